using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// The epoch of <see cref="EpochBenchmark"/> with 784-100-200-10 on one thread, with vectors of 128 bits and of all other widths
/// that the processor has.
/// </summary>
/// <remarks>Verified as there: the result does not depend on the width, so the golden losses hold for all.</remarks>
[MemoryDiagnoser]
[BenchmarkCategory("Epoch", "Vector width")]
[Config(typeof(Settings))]
public class EpochVectorBenchmark
{
    private readonly EpochBenchmark _epoch = new();

    /// <summary>Reads the data and makes the epoch that the timed ones are compared with.</summary>
    [GlobalSetup]
    public void Setup() => _epoch.Setup();

    /// <summary>Back to the initial weights.</summary>
    [IterationSetup]
    public void Restore() => _epoch.Restore();

    /// <summary>The timed epoch.</summary>
    [Benchmark]
    public void Epoch() => _epoch.Epoch();

    /// <summary>Verifies the epoch that was timed.</summary>
    [IterationCleanup]
    public void VerifyEpoch() => _epoch.VerifyEpoch();

    /// <summary>Ends the threads.</summary>
    [GlobalCleanup]
    public void Cleanup() => _epoch.Cleanup();

    /// <summary>A job for each vector width of the processor; that of 128 bits is the baseline.</summary>
    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            AddJob([.. WidthJobs.Supported.Select(bits => WidthJobs.Epochs(bits).WithBaseline(bits == 128))]);
            AddColumn(EpochColumns.Of(_ => TrainingProblem.Seed, _ => 1));
        }
    }
}
