using System.Text.Json.Serialization;

namespace Engine.Benchmarks.Measuring;

/// <summary>The samples of one benchmark.</summary>
/// <param name="Name">What was measured, such as <c>epoch/784-100-200-10/2 threads</c>; the same in every run.</param>
/// <param name="Seconds">The time of one operation, a sample each, in the order of measuring.</param>
/// <param name="Flops">Floating-point operations of one operation; 0 if that says nothing.</param>
/// <param name="Bytes">Bytes that one operation has to move at least; 0 if that says nothing.</param>
/// <param name="AllocatedBytes">Managed bytes that one operation allocated, the most of all samples; null if not measured.</param>
internal sealed record Measurement(string Name, double[] Seconds, double Flops = 0, double Bytes = 0, long? AllocatedBytes = null)
{
    /// <summary>The median time of an operation.</summary>
    [JsonIgnore]
    public double Median => Summary.MedianOf(Seconds);

    /// <summary>Billions of floating-point operations a second, by the median.</summary>
    [JsonIgnore]
    public double Gigaflops => Flops / Median / 1e9;
}
