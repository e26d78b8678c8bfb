using Engine.Data;
using Engine.Networks;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>A classifier that takes an image of four pixels for the class of its brightest one; the last of four classes is in no data.</summary>
public sealed class ClassificationReportTests
{
    private const int Classes = 4;
    private const float Weight = 8f;

    /// <summary>Label, what is taken for it, and how bright that pixel is: two of three of class 0 found, all of class 1, none of class 2.</summary>
    private static readonly (byte Label, int Taken, byte Pixel)[] Samples = [(0, 0, 255), (0, 0, 100), (0, 1, 50), (1, 1, 200), (2, 0, 255), (2, 1, 128)];

    private static readonly ImageDataset Data = Create(Samples);

    [Test]
    public void Confusion_AndWhatFollowsFromIt_CountTheClasses([Values] bool softmax)
    {
        ClassificationReport report = Report(softmax);

        Assert.That((report.Classes, report.Count, report.Hits, report.Accuracy), Is.EqualTo((Classes, 6, 3, 0.5)));
        int[,] expected = { { 2, 1, 0, 0 }, { 0, 1, 0, 0 }, { 1, 1, 0, 0 }, { 0, 0, 0, 0 } };
        for (int actual = 0; actual < Classes; actual++)
        {
            for (int predicted = 0; predicted < Classes; predicted++)
            {
                Assert.That(report.Confusion(actual, predicted), Is.EqualTo(expected[actual, predicted]), $"{actual} taken for {predicted}");
            }
        }
        Assert.That(Enumerable.Range(0, Classes).Select(report.Support), Is.EqualTo(new[] { 3, 1, 2, 0 }));
        Assert.That(Enumerable.Range(0, Classes).Select(report.Precision), Is.EqualTo(new[] { 2.0 / 3, 1.0 / 3, double.NaN, double.NaN }));
        Assert.That(Enumerable.Range(0, Classes).Select(report.Recall), Is.EqualTo(new[] { 2.0 / 3, 1, 0, double.NaN }));
    }

    [Test]
    public void Probabilities_AndMeanLoss_AreThoseOfSoftmax([Values] bool softmax)
    {
        ClassificationReport report = Report(softmax);

        double loss = 0;
        for (int i = 0; i < Samples.Length; i++)
        {
            (byte label, int taken, byte pixel) = Samples[i];
            double lit = Math.Exp(Weight * pixel / 255.0), sum = lit + Classes - 1;
            double[] expected = [.. Enumerable.Range(0, Classes).Select(c => (c == taken ? lit : 1) / sum)];
            Assert.That(report.Predicted(i), Is.EqualTo(taken));
            Assert.That(report.Probabilities(i).ToArray(), Is.EqualTo(expected).Within(1e-6));
            loss -= Math.Log(expected[label]);
        }
        Assert.That(report.MeanLoss, Is.EqualTo(loss / Samples.Length).Within(1e-5));
    }

    [Test]
    public void WorstMistakes_AreThoseThatItWasSurestOf([Values] bool softmax) =>
        Assert.That(Report(softmax).WorstMistakes(), Is.EqualTo(new[] { 4, 5, 2 }));

    [Test]
    public void Members_OfAClassOrSampleThatIsNot_Throw()
    {
        ClassificationReport report = Report(softmax: false);
        Assert.That(() => report.Confusion(0, Classes), Throws.InstanceOf<IndexOutOfRangeException>());
        Assert.That(() => report.Precision(Classes), Throws.InstanceOf<IndexOutOfRangeException>());
        Assert.That(() => report.Recall(-1), Throws.InstanceOf<IndexOutOfRangeException>());
        Assert.That(() => report.Support(Classes), Throws.InstanceOf<IndexOutOfRangeException>());
        Assert.That(() => report.Predicted(Samples.Length), Throws.InstanceOf<IndexOutOfRangeException>());
        Assert.That(() => report.Probabilities(Samples.Length).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => report.Probabilities(1 << 30).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void New_OfNoImages_IsEmpty()
    {
        var report = new ClassificationReport(Network(softmax: false), new ImageDataset([], [], 2, 2));
        Assert.That((report.Count, report.Hits, report.Accuracy, report.MeanLoss), Is.EqualTo((0, 0, 0.0, 0.0)));
        Assert.That(report.WorstMistakes(), Is.Empty);
    }

    [Test]
    public void MeanLoss_OfMoreOutputsThanLabelsTellApart_IsThatOfAll()
    {
        var network = new Network(NetworkDescription.Parse("4 -> Dense 300"));
        var report = new ClassificationReport(network, new ImageDataset(new byte[8], [0, 255], 2, 2));
        Assert.That(report.MeanLoss, Is.EqualTo(Math.Log(300)).Within(1e-5), "no pixel is lit, so all outputs are alike");
    }

    [Test]
    public void New_OfManyOutputs_TakesNoMemoryForTheirSquare()
    {
        const int Many = 100_000;
        var network = new Network(NetworkDescription.Parse($"4 -> Dense {Many}"), new InitializationOptions { Scheme = Initialization.Uniform });
        long before = GC.GetAllocatedBytesForCurrentThread();
        var report = new ClassificationReport(network, Data);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000_000));
        Assert.That((report.Count, report.Support(2), report.Support(Many - 1)), Is.EqualTo((6, 2, 0)));
        Assert.That((report.Confusion(Many - 1, Many - 1), report.Recall(Many - 1)), Is.EqualTo((0, double.NaN)));
    }

    [Test]
    public void New_OfDataThatDoesNotFit_IsRefused()
    {
        Assert.That(() => new ClassificationReport(Network(softmax: false), new ImageDataset(new byte[9], [0], 3, 3)), Throws.ArgumentException.With.Message.Contains("4 pixels").And.Message.Contains("found 9"));
        Assert.That(() => new ClassificationReport(Network(softmax: false), new ImageDataset(new byte[4], [Classes], 2, 2)), Throws.ArgumentException.With.Message.Contains("at most 4 classes").And.Message.Contains("5 classes"));
    }

    [Test]
    public void WorstMistakes_ThatItWasEquallySureOf_ComeInOrder([Values] bool softmax)
    {
        ImageDataset data = Create([(0, 1, 100), (1, 0, 100), (2, 3, 200), (1, 2, 100)]);
        Assert.That(new ClassificationReport(Network(softmax), data).WorstMistakes(), Is.EqualTo(new[] { 2, 0, 1, 3 }));
    }

    private static ClassificationReport Report(bool softmax) => new(Network(softmax), Data);

    private static Network Network(bool softmax)
    {
        var network = new Network(NetworkDescription.Parse(softmax ? "4 -> Dense 4 -> Softmax" : "4 -> Dense 4"));
        float[] weights = new float[Classes * Classes];
        for (int i = 0; i < Classes; i++)
        {
            weights[(i * Classes) + i] = Weight;
        }
        network.DenseLayers[0].SetParameters(weights, new float[Classes]);
        return network;
    }

    private static ImageDataset Create((byte Label, int Taken, byte Pixel)[] samples)
    {
        byte[] pixels = new byte[samples.Length * Classes];
        for (int i = 0; i < samples.Length; i++)
        {
            pixels[(i * Classes) + samples[i].Taken] = samples[i].Pixel;
        }
        return new ImageDataset(pixels, [.. samples.Select(sample => sample.Label)], 2, 2);
    }
}
