using System.Diagnostics;
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

    [TestCase(0, 1)]
    [TestCase(0.5, 3)]
    [TestCase(0.6, 3.4)]
    [TestCase(1, 5)]
    public void Quantile_OfSamplesInAnyOrder_IsBetweenTwoInProportion(double p, double expected) =>
        Assert.That(Summary.Quantile([5, 1, 4, 2, 3], p), Is.EqualTo(expected).Within(1e-12));

    [Test]
    public void TimesAsFastAs_IsTheMedianOfTheRounds() =>
        Assert.That(new Measurement("x", [1, 2, 4]).TimesAsFastAs(new Measurement("y", [2, 3, 4])), Is.EqualTo(1.5));

    /// <summary>A clock that was slower for a while slows the product and the peak alike: the share stays.</summary>
    [Test]
    public void ShareOfPeak_IsTheMedianOfWhatEachSampleHadOfThePeakInTurnsWithIt()
    {
        var slowed = new Measurement("x", [1, 2, 2], 60e9, PeakRates: [100, 50, 40]);
        Assert.That(slowed.ShareOfPeak(1000), Is.EqualTo(0.6).Within(1e-12));
        Assert.That((slowed with { PeakRates = null }).ShareOfPeak(100), Is.EqualTo(0.3).Within(1e-12));
    }

    /// <summary>The best of some: one may be interrupted.</summary>
    [Test]
    public void BurstAndRate_AreAsManyOperationsAsTheyTakeTimeFor()
    {
        double best = FmaPeak.Measure();
        double burst = Enumerable.Range(0, 40).Max(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            double operations = FmaPeak.Burst();
            return operations / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        });
        double rate = Enumerable.Range(0, 10).Max(_ => FmaPeak.Rate());
        Assert.That(burst, Is.InRange(0.5 * best, 1.5 * best));
        Assert.That(rate, Is.InRange(0.3 * best, 1.5 * best));
    }

    /// <summary>No signal is as fast as a processor's step, and none as slow as a thread that has to be woken each time for long.</summary>
    [Test]
    public void Signal_BetweenCores_TakesSomeTime()
    {
        if (CoreSignal.Measure() is not { } seconds)
        {
            Assert.That(Environment.ProcessorCount, Is.EqualTo(1));
            return;
        }
        Assert.That(seconds, Is.InRange(1e-9, 1e-3));
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

    [Test]
    public void Disturbed_AreThoseWhoseMediansAreFarAboveTheirLeastSamples()
    {
        var steady = new Measurement("steady", [1, 1.09, 1.09, 5]);
        var disturbed = new Measurement("disturbed", [1, 1.11, 1.11]);
        Assert.That(Noise.Disturbed([steady, disturbed]), Is.EqualTo(new[] { disturbed }));
    }

    [TestCase(1.234e-9, "1.23 ns")]
    [TestCase(0.171, "171 ms")]
    [TestCase(4.5e-6, "4.50 µs")]
    [TestCase(12, "12.0 s")]
    public void Time_HasThreeDigitsThatCount(double seconds, string expected) => Assert.That(Quantity.Time(seconds), Is.EqualTo(expected));
}
