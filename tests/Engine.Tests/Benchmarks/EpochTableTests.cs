using Engine.Benchmarks.Cost;
using Engine.Benchmarks.Measuring;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class EpochTableTests
{
    [Test]
    public void Write_EpochsWithoutAPeakInTurns_ComparesWithThePeakOfAsManyCores()
    {
        var cost = new EpochCost
        {
            Threads = [Cost(2), Cost(1)],
            PeakGigaflops = 40,
            SignalSeconds = [],
            DenseFlops = 1,
            UsefulFlops = 1,
            MeanLoss = 1,
            TestAccuracy = 1,
            PeakMemory = 1,
            Noise = [],
        };
        Assert.That(TableText.Of(console => EpochTable.Write(console, cost)), Does.Contain("share of the FMA peak 25.0 % 50.0 %"));
    }

    /// <summary>Epochs of 20 GFLOP/s.</summary>
    private static ThreadCost Cost(int threads) => new()
    {
        Threads = threads,
        Epoch = new Measurement("epoch", [0.5, 0.5], 10e9),
        CpuSeconds = 1,
        Collections = 0,
        Parts = new Dictionary<string, double> { [StepProfile.Waiting] = 0.5 },
        ProfiledSeconds = 0.5,
    };
}
