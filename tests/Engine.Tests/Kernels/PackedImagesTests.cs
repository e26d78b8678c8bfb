using Engine.Data;
using Engine.Kernels;
using Engine.Tests.Reference;
using Engine.Tests.Training;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>What is packed and unpacked is what it was before, as bytes and as floats. Where the processor cannot pack, nothing is ever packed.</summary>
public sealed class PackedImagesTests
{
    private const int Images = 7;

    [Test]
    public void Fill_PackedImagesOfEveryLength_IsAsFillWithTheImages([Range(1, 200)] int columns)
    {
        var random = new Random(columns);
        foreach (int zerosOfTen in new[] { 0, 1, 5, 8, 10 })
        {
            byte[] pixels = [.. Enumerable.Range(0, Images * columns).Select(_ => (byte)(random.Next(10) < zerosOfTen ? 0 : random.Next(1, 256)))];
            pixels.AsSpan(2 * columns, columns).Clear();
            pixels.AsSpan(5 * columns, columns).Fill(byte.MaxValue);
            AssertUnpacks(pixels, columns);
        }
    }

    [Test]
    public void Fill_PackedImagesOfMnist_IsAsFillWithTheImages() => AssertUnpacks(Mnist.Test.Pixels, Mnist.Test.Inputs);

    [Test]
    public void Pays_IfRecordsTakeLessThanPixels()
    {
        // A record: 13 words of mask, 1 for what does not fill up the last one, 8 for all behind the last record.
        const int Columns = 784, Rest = (14 + 8) * 8;
        Assert.That(PackedImages.Pays(Columns, Columns, Columns - Rest - 8), Is.EqualTo(PackedImages.IsSupported));
        Assert.That(PackedImages.Pays(Columns, Columns, Columns - Rest), Is.False);
        Assert.That(PackedImages.Pays(int.MaxValue, 1, 0), Is.False, "a word for each pixel");
        Assert.That(PackedImages.Pays(0, Columns, 0), Is.False);
    }

    [Test]
    public void BeginRound_TheSecondTime_Packs([Values(0.1, 0.5, 1)] double density)
    {
        ImageDataset data = TestDatasets.Images(50, 20, 20, density, classes: 3);
        Assert.That(data.Packed, Is.Null);
        data.BeginRound();
        Assert.That(data.Packed, Is.Null, "who trains for one epoch gains nothing");
        data.BeginRound();
        PackedImages? packed = data.Packed;
        Assert.That(packed is not null, Is.EqualTo(PackedImages.IsSupported && density < 1));
        data.BeginRound();
        Assert.That(data.Packed, Is.SameAs(packed));
    }

    private static void AssertUnpacks(ReadOnlySpan<byte> pixels, int columns)
    {
        if (!PackedImages.IsSupported)
        {
            Assert.That(PackedImages.Pays(pixels.Length, columns, 0), Is.False);
            return;
        }
        int count = pixels.Length / columns;
        var packed = new PackedImages(pixels, columns, pixels.Length - pixels.Count((byte)0));
        var expected = new PixelBlocks(Images, columns);
        var actual = new PixelBlocks(Images, columns);
        for (int i = 0; i < count; i++)
        {
            // Backwards, each after another image in the same row.
            int image = count - 1 - i;
            expected.Fill(i % Images, pixels.Slice(image * columns, columns));
            actual.Fill(i % Images, packed, image);
            AssertScales(packed, image, pixels.Slice(image * columns, columns));
            if (i % Images == Images - 1 || i == count - 1)
            {
                Assert.That(actual.Pixels.SequenceEqual(expected.Pixels), $"pixels up to image {image}");
                for (int word = 0; word < expected.Words; word++)
                {
                    Assert.That(actual.Masks(word, 0, Images).SequenceEqual(expected.Masks(word, 0, Images)), $"masks up to image {image}, word {word}");
                }
            }
        }
    }

    /// <summary>All floats of whole cache lines, and nothing behind them.</summary>
    private static void AssertScales(PackedImages packed, int image, ReadOnlySpan<byte> pixels)
    {
        int padded = RowLayout.Lines(pixels.Length) * RowLayout.LineFloats;
        float[] expected = new float[padded + RowLayout.LineFloats];
        expected.AsSpan(padded).Fill(7f);
        for (int i = 0; i < pixels.Length; i++)
        {
            expected[i] = pixels[i] / 255f;
        }
        float[] actual = new float[expected.Length];
        actual.AsSpan().Fill(7f);
        packed.Scale(image, actual.AsSpan(0, padded));
        Assert.That(actual.AsSpan().SequenceEqual(expected), $"floats of image {image}");
    }
}
