using System.Globalization;

namespace Engine.Benchmarks.Measuring;

/// <summary>Why the samples of a run are not to be trusted, if they are not.</summary>
internal static class Noise
{
    /// <summary>The share of the machine that others may use.</summary>
    public const double MostOtherLoad = 0.04;

    /// <summary>How far the medians of the run's first and second half may be apart: what two runs in a row could differ by.</summary>
    public const double MostDrift = 0.05;

    /// <summary>How far apart the quartiles may be, as a share of the median. Where cores come and go, half of the samples are twice the others, and the median is either.</summary>
    public const double MostSpread = 0.15;

    /// <summary>The least share of their FMA peak that all cores at once must reach; alone they do.</summary>
    public const double LeastShareTogether = 0.9;

    /// <summary>How far the median of some samples may be above the least, as a share of it: what disturbs only ever makes them longer.</summary>
    public const double MostAboveLeast = 0.1;

    /// <summary>The reasons, none if the run was quiet.</summary>
    /// <param name="otherLoad">The share of the machine that others used; null if unknown.</param>
    /// <param name="measurements">The measurements, their samples in the order in which they were taken.</param>
    /// <param name="sharesTogether">What share of their FMA peak all cores at once reached, again and again during the run.</param>
    public static IReadOnlyList<string> Find(double? otherLoad, IEnumerable<Measurement> measurements, params IReadOnlyList<double> sharesTogether)
    {
        var reasons = new List<string>();
        if (otherLoad > MostOtherLoad)
        {
            reasons.Add(string.Create(CultureInfo.InvariantCulture, $"others used {otherLoad:P0} of the machine's cores"));
        }
        if (sharesTogether.Count > 0 && Summary.MedianOf(sharesTogether) is var together && together < LeastShareTogether)
        {
            reasons.Add(string.Create(CultureInfo.InvariantCulture, $"all cores at once reached {together:P0} of their FMA peak: they share a core, or others use them"));
        }
        foreach (Measurement measurement in measurements)
        {
            double drift = Drift(measurement.Seconds);
            if (drift > MostDrift)
            {
                reasons.Add(string.Create(CultureInfo.InvariantCulture, $"{measurement.Name}: the medians of the two halves of the run differ by {drift:P0}"));
            }
            double spread = Summary.Spread(measurement.Seconds);
            if (spread > MostSpread)
            {
                reasons.Add(string.Create(CultureInfo.InvariantCulture, $"{measurement.Name}: the quartiles are {spread:P0} of the median apart"));
            }
        }
        return reasons;
    }

    /// <summary>Those of some measurements whose medians are far above their least samples, in their order.</summary>
    public static IReadOnlyList<Measurement> Disturbed(IEnumerable<Measurement> measurements) =>
        [.. measurements.Where(measurement => measurement.Median > (1 + MostAboveLeast) * measurement.Seconds.Min())];

    /// <summary>By how much the medians of the first and the second half differ, as a share of the lesser.</summary>
    public static double Drift(double[] samples)
    {
        if (samples.Length < 2)
        {
            return 0;
        }
        double first = Summary.MedianOf(samples[..(samples.Length / 2)]);
        double second = Summary.MedianOf(samples[(samples.Length / 2)..]);
        return Math.Abs(first - second) / Math.Min(first, second);
    }
}
