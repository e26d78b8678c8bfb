using Engine.Data;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Data;

public class DatasetTests
{
    private static readonly Dataset[] TwoSamples =
    [
        new ImageDataset([0, 51, 102, 255, 1, 254], [2, 0], 1, 3),
        new VectorDataset([0f, 0.2f, 0.4f, 1f, -1f, 3f], [1f, 2f, 3f, 4f, 5f, 6f], 3, 3),
    ];

    [Test]
    public void ImageDataset_CopyInput_ScalesPixelsToOne()
    {
        byte[] pixels = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        var data = new ImageDataset(pixels, [0], 16, 16);
        float[] input = new float[256];
        data.CopyInput(0, input);
        Assert.That(input, Is.EqualTo(pixels.Select(p => p / 255f)));
    }

    [Test]
    public void ImageDataset_CopyTarget_IsOneHotOfAnyWidthThatFits()
    {
        Dataset data = TwoSamples[0];
        foreach (int width in new[] { 3, 10 })
        {
            float[] target = [.. Enumerable.Repeat(9f, width)];
            data.CopyTarget(0, target);
            Assert.That(target, Is.EqualTo(Enumerable.Range(0, width).Select(i => i == 2 ? 1f : 0f)));
        }
        Assert.That((data.FitsOutputs(2), data.FitsOutputs(3), data.FitsOutputs(10)), Is.EqualTo((false, true, true)));
        Assert.That(() => data.CopyTarget(0, new float[2]), Throws.ArgumentException);
    }

    [Test]
    public void CopyTargets_IsCopyTargetOfEach()
    {
        foreach (Dataset data in TwoSamples)
        {
            const int Stride = 5;
            float[] expected = [.. Enumerable.Repeat(9f, 3 * Stride)], found = [.. expected];
            int[] samples = [1, 0, 1];
            for (int i = 0; i < samples.Length; i++)
            {
                data.CopyTarget(samples[i], expected.AsSpan(i * Stride, 3));
            }

            data.CopyTargets(samples, 3, Stride, found);

            Assert.That(found, Is.EqualTo(expected));
            Assert.That(() => data.CopyTargets([0, 2], 3, Stride, found), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => data.CopyTargets([-1], 3, Stride, found), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void ImageDataset_Density_IsTheShareOfPixelsThatAreNotZero()
    {
        Assert.That(new ImageDataset([], [], 2, 2).Density, Is.Zero);
        Assert.That(new ImageDataset(new byte[8], [0, 0], 2, 2).Density, Is.Zero);
        Assert.That(new ImageDataset([1, 255, 128, 7], [0], 2, 2).Density, Is.EqualTo(1));
        Assert.That(new ImageDataset([0, 255, 0, 0, 0, 0, 0, 1], [0, 0], 2, 2).Density, Is.EqualTo(0.25));
        Assert.That(new ImageDataset([0, 1, 0], [0], 1, 3).Density, Is.EqualTo(1.0 / 3).Within(1e-15));
        byte[] pixels = Mnist.Test.Pixels.ToArray();
        Assert.That(Mnist.Test.Density, Is.EqualTo(pixels.Count(p => p != 0) / (double)pixels.Length).Within(1e-15));
    }

    [Test]
    public void VectorDataset_Copies_AreTheNumbers()
    {
        Dataset data = TwoSamples[1];
        float[] input = new float[3], target = new float[3];
        data.CopyInput(1, input);
        data.CopyTarget(1, target);
        Assert.That(input, Is.EqualTo(new[] { 1f, -1f, 3f }));
        Assert.That(target, Is.EqualTo(new[] { 4f, 5f, 6f }));
        Assert.That((data.Count, data.Inputs, data.Targets), Is.EqualTo((2, 3, 3)));
        Assert.That((data.FitsOutputs(2), data.FitsOutputs(3), data.FitsOutputs(4)), Is.EqualTo((false, true, false)));
    }

    [TestCaseSource(nameof(TwoSamples))]
    public void Copy_WrongLength_IsRefused(Dataset data)
    {
        Assert.That(() => data.CopyInput(0, new float[2]), Throws.ArgumentException);
        Assert.That(() => data.CopyInput(0, new float[4]), Throws.ArgumentException);
        Assert.That(() => data.CopyTarget(0, new float[2]), Throws.ArgumentException);
    }

    [Test]
    public void Copy_NoSuchSample_IsRefused(
        [ValueSource(nameof(TwoSamples))] Dataset data, [Values(-1, 2, int.MinValue, int.MaxValue, 0x4000_0000)] int sample)
    {
        Assert.That(() => data.CopyInput(sample, new float[3]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => data.CopyTarget(sample, new float[3]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void VectorDataset_SampleNumberWhoseOffsetOverflows_IsRefused()
    {
        var data = new VectorDataset([1f, 2f, 3f, 4f], [5f, 6f, 7f, 8f], 4, 4);
        Assert.That(() => data.CopyInput(0x4000_0000, new float[4]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => data.CopyTarget(0x4000_0000, new float[4]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void ImageDataset_BadArguments_AreRefused()
    {
        Assert.That(() => new ImageDataset(null!, [], 1, 1), Throws.ArgumentNullException);
        Assert.That(() => new ImageDataset([], null!, 1, 1), Throws.ArgumentNullException);
        Assert.That(() => new ImageDataset([], [], 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ImageDataset([], [], 1, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ImageDataset(new byte[5], new byte[2], 1, 3), Throws.ArgumentException.With.Message.Contains("2 images of 1 x 3 pixels, 6 bytes; found 5"));
        Assert.That(() => new ImageDataset(new byte[7], new byte[2], 1, 3), Throws.ArgumentException);
        Assert.That(() => ((ImageDataset)TwoSamples[0]).Image(2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ((ImageDataset)TwoSamples[0]).Image(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0, 65_536, 65_536)]
    [TestCase(16, 1 << 30, 1 << 30)]
    public void ImageDataset_SizeThatOverflows_IsRefused(int count, int rows, int columns) =>
        Assert.That(() => new ImageDataset([], new byte[count], rows, columns), Throws.InstanceOf<ArgumentException>());

    [Test]
    public void VectorDataset_BadArguments_AreRefused()
    {
        Assert.That(() => new VectorDataset(null!, [], 1, 1), Throws.ArgumentNullException);
        Assert.That(() => new VectorDataset([], null!, 1, 1), Throws.ArgumentNullException);
        Assert.That(() => new VectorDataset([], [], 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new VectorDataset([], [], 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new VectorDataset(new float[5], new float[2], 3, 1), Throws.ArgumentException, "no whole samples");
        Assert.That(() => new VectorDataset(new float[6], new float[3], 3, 2), Throws.ArgumentException, "no whole targets");
        Assert.That(() => new VectorDataset(new float[6], new float[5], 3, 2), Throws.ArgumentException, "as many targets, and half a one");
        Assert.That(() => new VectorDataset(new float[6], new float[3], 3, 1), Throws.ArgumentException, "2 samples, 3 targets");
        Assert.That(new VectorDataset([], [], 3, 1).Count, Is.Zero);
    }
}
