namespace Engine.Benchmarks.Measuring;

/// <summary>What is said of some samples: their median with a confidence interval, and their range.</summary>
/// <param name="Count">How many samples.</param>
/// <param name="Median">The median.</param>
/// <param name="Low">Lower end of the median's 95 % confidence interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Least">The least sample.</param>
/// <param name="Greatest">The greatest.</param>
internal readonly record struct Summary(int Count, double Median, double Low, double High, double Least, double Greatest)
{
    /// <summary>Summarises samples, one or more.</summary>
    /// <remarks>
    /// The interval is that of order statistics, which assumes no distribution: the ranks n/2 ± 1.96·√n/2. With fewer than six samples it is their range.
    /// </remarks>
    public static Summary Of(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        if (sorted.Length == 0)
        {
            throw new ArgumentException("Expected one sample at least; found none.", nameof(samples));
        }
        double reach = 1.96 * Math.Sqrt(sorted.Length) / 2;
        int low = Math.Max(0, (int)Math.Floor((sorted.Length / 2.0) - reach));
        int high = Math.Min(sorted.Length - 1, (int)Math.Ceiling((sorted.Length / 2.0) + reach) - 1);
        return new Summary(sorted.Length, QuantileOfSorted(sorted, 0.5), sorted[low], sorted[Math.Max(low, high)], sorted[0], sorted[^1]);
    }

    /// <summary>The median of some samples.</summary>
    public static double MedianOf(IEnumerable<double> samples) => Of(samples).Median;

    /// <summary>The geometric mean of positive numbers.</summary>
    public static double GeometricMean(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return all.Length == 0 ? 1 : Math.Exp(all.Average(Math.Log));
    }

    /// <summary>How far apart the quartiles are, as a share of the median.</summary>
    public static double Spread(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        return (QuantileOfSorted(sorted, 0.75) - QuantileOfSorted(sorted, 0.25)) / QuantileOfSorted(sorted, 0.5);
    }

    /// <summary>A quantile of some samples, one or more, in any order; between two of them in proportion.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="p">The share of the samples that are less, 0 to 1.</param>
    public static double Quantile(IEnumerable<double> samples, double p) => QuantileOfSorted([.. samples.Order()], p);

    private static double QuantileOfSorted(double[] sorted, double p)
    {
        double position = p * (sorted.Length - 1);
        int index = (int)position;
        double next = sorted[Math.Min(index + 1, sorted.Length - 1)];
        return sorted[index] + ((position - index) * (next - sorted[index]));
    }
}
