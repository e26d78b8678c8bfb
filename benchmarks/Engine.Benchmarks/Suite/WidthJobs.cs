using System.Globalization;
using System.Runtime.Intrinsics;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Engine.Kernels;

namespace Engine.Benchmarks.Suite;

/// <summary>Jobs that run an epoch with vectors of a given width, each in a process of its own.</summary>
internal static class WidthJobs
{
    private const string Variable = "DOTNET_MaxVectorTBitWidth";
    private const string ProductsVariable = "DOTNET_PreferredVectorBitWidth";

    /// <summary>The widths from 128 bits up that this processor has.</summary>
    public static IEnumerable<int> Supported
    {
        get
        {
            yield return 128;
            if (Vector256.IsHardwareAccelerated)
            {
                yield return 256;
            }
            if (Vector512.IsHardwareAccelerated)
            {
                yield return 512;
            }
        }
    }

    /// <summary>A job of epochs: each iteration is one epoch from the same weights.</summary>
    public static Job Epochs(int bits) =>
        Job.Default
            .WithStrategy(RunStrategy.Monitoring)
            .WithWarmupCount(5)
            .WithIterationCount(20)
            .WithInvocationCount(1)
            .WithUnrollFactor(1)
            .WithEnvironmentVariable(Variable, bits.ToString(CultureInfo.InvariantCulture))
            .WithEnvironmentVariable(ProductsVariable, Math.Max(bits, 256).ToString(CultureInfo.InvariantCulture))
            .WithId($"{bits} bits");

    /// <summary>The width of a case's job; this process's own if the job sets none.</summary>
    public static int Of(BenchmarkCase benchmark)
    {
        EnvironmentVariable? variable = benchmark.Job.Environment.EnvironmentVariables?.FirstOrDefault(candidate => candidate.Key == Variable);
        return variable is null ? Hardware.VectorBits : int.Parse(variable.Value, CultureInfo.InvariantCulture);
    }
}
