using System.Text.Json.Serialization;

namespace Engine.Benchmarks.Measuring;

/// <summary>The samples of one benchmark.</summary>
/// <param name="Name">What was measured, such as <c>epoch/784-100-200-10/2 threads</c>; the same in every run.</param>
/// <param name="Seconds">The time of one operation, a sample each, in the order of measuring.</param>
/// <param name="Flops">Floating-point operations of one operation; 0 if that says nothing.</param>
/// <param name="Bytes">Bytes that one operation has to move at least; 0 if that says nothing.</param>
/// <param name="AllocatedBytes">Managed bytes that one operation allocated, the most of all samples; null if not measured.</param>
/// <param name="PeakRates">The FMA peak of the cores that it may use, GFLOP/s, measured in turns with it, one for each sample; null if not compared with it.</param>
/// <param name="PeakMemory">The most memory that its process had, bytes, the median of the samples; null if it has no process of its own.</param>
internal sealed record Measurement(
    string Name, double[] Seconds, double Flops = 0, double Bytes = 0, long? AllocatedBytes = null, double[]? PeakRates = null, long? PeakMemory = null)
{
    /// <summary>The median time of an operation.</summary>
    [JsonIgnore]
    public double Median => Summary.MedianOf(Seconds);

    /// <summary>Billions of floating-point operations a second, by the median.</summary>
    [JsonIgnore]
    public double Gigaflops => Flops / Median / 1e9;

    /// <summary>How many times as fast it is as another one that was measured in turns with it: the median of the rounds.</summary>
    public double TimesAsFastAs(Measurement other) => Summary.MedianOf(other.Seconds.Zip(Seconds, (theirs, own) => theirs / own));

    /// <summary>Its share of the FMA peak: the median of what each sample had of the rate that was measured in turns with it.</summary>
    /// <param name="peak">The peak to compare with if none was measured in turns, GFLOP/s.</param>
    public double ShareOfPeak(double peak) =>
        PeakRates is null ? Gigaflops / peak : Summary.MedianOf(Seconds.Zip(PeakRates, (seconds, rate) => Flops / seconds / 1e9 / rate));
}
