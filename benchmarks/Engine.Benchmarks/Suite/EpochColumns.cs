using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Running;
using Engine.Benchmarks.Measuring;

namespace Engine.Benchmarks.Suite;

/// <summary>The columns of the benchmarks that time epochs.</summary>
internal static class EpochColumns
{
    /// <summary>Samples a second, GFLOP/s and the share of the peak.</summary>
    /// <param name="problem">The network and data of a case.</param>
    /// <param name="threads">The threads of a case.</param>
    public static IColumn[] Of(Func<BenchmarkCase, TrainingProblem> problem, Func<BenchmarkCase, int> threads) =>
    [
        new RateColumn("samples/s", "Training images a second", benchmark => 1e9 * problem(benchmark).Images, "N0"),
        new RateColumn("GFLOP/s", "Billions of floating-point operations a second; zeros that are skipped count", benchmark => problem(benchmark).Flops, "F1"),
        new RateColumn(
            "% of peak",
            "Share of the best FMA rate of one core with these vectors, times the threads",
            benchmark => 100 * problem(benchmark).Flops / (FmaPeak.Of(WidthJobs.Of(benchmark)) * threads(benchmark)),
            "F0"),
    ];
}
