using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;

namespace Engine.Tests.Benchmarks;

/// <summary>Recorded runs to test with.</summary>
internal static class RecordedRuns
{
    public static RecordedRun Create(params Measurement[] measurements) => new()
    {
        Schema = RecordedRun.CurrentSchema,
        Commit = "0123456789abcdef",
        Subject = "a subject",
        Dirty = false,
        Date = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Machine = new Machine("A (fast) CPU", "family 1 model 2", 2, "L1 data 32K", "a system", ".NET 10", 256, "workstation", new Dictionary<string, string> { ["DOTNET_TieredPGO"] = "0" }),
        DataChecksum = "00",
        Noise = [],
        PeakGigaflops = 100,
        Bandwidths = new Dictionary<string, double> { ["memory"] = 10 },
        MeanLoss = 0.4,
        TestAccuracy = 0.9,
        PeakMemory = 1000,
        Parts = new Dictionary<int, IReadOnlyDictionary<string, double>>(),
        Measurements = measurements,
    };

    /// <summary>Samples around a time, by up to 1 %.</summary>
    public static double[] Around(double seconds, int count = 15) => [.. Enumerable.Range(0, count).Select(i => seconds * (1 + (0.01 * Math.Sin(7 * i))))];
}
