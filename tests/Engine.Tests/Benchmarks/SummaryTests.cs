using Engine.Benchmarks.Measuring;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class SummaryTests
{
    [Test]
    public void Of_OddAndEvenCounts_HasTheMedian()
    {
        Assert.That(Summary.MedianOf([3, 1, 2]), Is.EqualTo(2));
        Assert.That(Summary.MedianOf([4, 1, 2, 3]), Is.EqualTo(2.5));
        Assert.That(Summary.MedianOf([7]), Is.EqualTo(7));
    }

    [Test]
    public void Of_AHundredSamples_HasTheIntervalOfTheBinomialRanks()
    {
        Summary summary = Summary.Of(Enumerable.Range(1, 100).Select(i => (double)i));

        // Ranks 41 to 60 of 100: the textbook's interval for the median at 95 %.
        Assert.That(summary.Low, Is.EqualTo(41).Within(1));
        Assert.That(summary.High, Is.EqualTo(60).Within(1));
        Assert.That((summary.Least, summary.Greatest, summary.Count), Is.EqualTo((1.0, 100.0, 100)));
    }

    [Test]
    public void Of_FewSamples_HasAnIntervalWithinTheRange([Range(1, 8)] int count)
    {
        Summary summary = Summary.Of(Enumerable.Range(1, count).Select(i => (double)i));
        Assert.That(summary.Low, Is.InRange(1, summary.Median));
        Assert.That(summary.High, Is.InRange(summary.Median, count));
    }

    [Test]
    public void Of_NoSample_Throws() => Assert.That(() => Summary.Of([]), Throws.ArgumentException);

    [Test]
    public void GeometricMean_OfARatioAndItsInverse_IsOne() => Assert.That(Summary.GeometricMean([4, 0.25]), Is.EqualTo(1).Within(1e-12));

    [Test]
    public void Drift_IsThatOfTheTwoHalves()
    {
        Assert.That(Noise.Drift([1, 1, 1, 1.2, 1.2, 1.2]), Is.EqualTo(0.2).Within(1e-12));
        Assert.That(Noise.Drift([1, 2, 1, 2]), Is.Zero);
        Assert.That(Noise.Drift([1]), Is.Zero);
    }

    /// <summary>Four times as many threads as cores share them: whatever else the machine does, none gets half of one.</summary>
    [Test]
    public void ShareTogether_OfMoreThreadsThanCores_TellsThatTheyShare() =>
        Assert.That(FmaPeak.ShareTogether(4 * Environment.ProcessorCount), Is.Positive.And.LessThan(0.5));

    [Test]
    public void Noise_IsFoundInOtherLoadInSharedCoresInDriftAndInSpread()
    {
        var steady = new Measurement("steady", [1, 1, 1, 1]);
        var drifting = new Measurement("drifting", [1, 1, 1.1, 1.1]);
        Assert.That(Noise.Find(0.01, [steady]), Is.Empty);
        Assert.That(Noise.Find(null, [steady]), Is.Empty);
        Assert.That(Noise.Find(0.5, [steady]), Has.One.Contains("50 %"));
        Assert.That(Noise.Find(0, [steady], 0.51, 0.99, 0.52), Has.One.Contains("52 %"));
        Assert.That(Noise.Find(0, [steady], 0.99, 0.51, 0.98), Is.Empty);
        Assert.That(Noise.Find(0, [steady, drifting]), Has.One.Contains("drifting").And.One.Contains("10 %"));
        var scattered = new Measurement("scattered", [1, 1.2, 1, 1.2, 1, 1.2]);
        Assert.That(Noise.Find(0, [steady, scattered]), Has.One.Contains("scattered: the quartiles are 18 %"));
        Assert.That(Noise.Find(0, [new Measurement("an outlier", [1, 1, 1, 1, 1, 5])]), Is.Empty);
    }

    [TestCase(1.234e-9, "1.23 ns")]
    [TestCase(0.171, "171 ms")]
    [TestCase(4.5e-6, "4.50 µs")]
    [TestCase(12, "12.0 s")]
    public void Time_HasThreeDigitsThatCount(double seconds, string expected) => Assert.That(Quantity.Time(seconds), Is.EqualTo(expected));
}
