using Engine.Benchmarks.Measuring;
using Perfolizer.Mathematics.SignificanceTesting.Base;
using Perfolizer.Mathematics.SignificanceTesting.MannWhitney;
using Perfolizer.Metrology;
using Pragmastat;

namespace Engine.Benchmarks.History;

/// <summary>What became of a benchmark from one run to another.</summary>
internal enum Verdict
{
    /// <summary>No difference that the samples prove.</summary>
    Same,

    /// <summary>Faster.</summary>
    Better,

    /// <summary>Slower, or more bytes allocated.</summary>
    Worse,
}

/// <summary>A benchmark in two runs.</summary>
/// <param name="Name">The benchmark.</param>
/// <param name="Before">Its measurement in the first run.</param>
/// <param name="After">In the second.</param>
/// <param name="TimeVerdict">What became of its time.</param>
/// <param name="BytesVerdict">What became of its allocations, which are compared exactly.</param>
internal sealed record Change(string Name, Measurement Before, Measurement After, Verdict TimeVerdict, Verdict BytesVerdict)
{
    /// <summary>The second median as a multiple of the first.</summary>
    public double Ratio => After.Median / Before.Median;

    /// <summary>Both verdicts in one: more bytes are worse whatever the time.</summary>
    public Verdict Verdict => BytesVerdict == Verdict.Worse || TimeVerdict == Verdict.Worse ? Verdict.Worse
        : TimeVerdict == Verdict.Better || BytesVerdict == Verdict.Better ? Verdict.Better : Verdict.Same;
}

/// <summary>
/// Compares two recorded runs by their raw samples.
/// </summary>
/// <remarks>
/// A benchmark is worse if a one-sided test of Mann and Whitney says so, at the level of <see cref="Level"/>, of the second
/// run's samples against the first's made longer by the threshold, and if the medians differ by more than the noise floor; likewise better.
/// So neither a large difference between a few scattered samples nor a tiny one between many counts.
/// </remarks>
internal static class Comparison
{
    /// <summary>The level of the test.</summary>
    public const double Level = 0.01;

    /// <summary>Differences below this many seconds an operation are noise of the clock.</summary>
    public const double DefaultFloor = 5e-9;

    /// <summary>Compares all benchmarks that both runs have, peers apart.</summary>
    /// <param name="before">The first run.</param>
    /// <param name="after">The second.</param>
    /// <param name="threshold">How much slower, as a share, does not matter.</param>
    /// <param name="floor">How many seconds an operation do not matter.</param>
    public static IReadOnlyList<Change> Of(RecordedRun before, RecordedRun after, double threshold, double floor) =>
        [.. before.Measurements.Where(one => !one.Name.StartsWith("gemm/OpenBLAS", StringComparison.Ordinal))
            .Select(one => (Before: one, After: after.Find(one.Name)))
            .Where(pair => pair.After is not null)
            .Select(pair => new Change(pair.Before.Name, pair.Before, pair.After!, Time(pair.Before, pair.After!, threshold, floor), Bytes(pair.Before, pair.After!)))];

    private static Verdict Time(Measurement before, Measurement after, double threshold, double floor)
    {
        if (Math.Abs(after.Median - before.Median) <= floor)
        {
            return Verdict.Same;
        }
        return IsLonger(after.Seconds, before.Seconds, threshold) ? Verdict.Worse
            : IsLonger(before.Seconds, after.Seconds, threshold) ? Verdict.Better : Verdict.Same;
    }

    /// <summary>Whether the first samples are longer than the second by more than the threshold.</summary>
    private static bool IsLonger(double[] first, double[] second, double threshold)
    {
        double[] lengthened = [.. second.Select(sample => sample * (1 + threshold))];
        MannWhitneyResult result = MannWhitneyTest.Instance.Perform(
            new Sample(first), new Sample(lengthened), AlternativeHypothesis.Greater, Threshold.Zero);
        return result.PValue < Level;
    }

    private static Verdict Bytes(Measurement before, Measurement after) =>
        before.AllocatedBytes is not { } first || after.AllocatedBytes is not { } second || first == second ? Verdict.Same
        : second > first ? Verdict.Worse : Verdict.Better;
}
