using Engine.Benchmarks.Peers;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class PeerRoundsTests
{
    [Test]
    public void Series_OfSomeRuns_HasTheMediansWithoutTheFirstEpochs()
    {
        PeerSeries series = PeerRounds.Series("Peer", 2, [new PeerRun([9, 1, 3, 2], 0.5, "a version"), new PeerRun([9, 4, 4, 4], 0.5, "a version")]);

        Assert.That(series.Seconds, Is.EqualTo(new[] { 2.0, 4.0 }));
        Assert.That((series.Name, series.Threads, series.Version, series.FirstLoss), Is.EqualTo(("Peer", 2, "a version", 0.5)));
    }

    [TestCase(0.4995)]
    [TestCase(0.5005)]
    public void CheckLosses_OfTheSameWork_Passes(double loss) => Assert.That(() => PeerRounds.CheckLosses(EngineAndPeer(loss)), Throws.Nothing);

    [TestCase(0.4985)]
    [TestCase(0.5015)]
    [TestCase(double.NaN)]
    public void CheckLosses_OfOtherWork_ThrowsAndNamesThePeer(double loss) =>
        Assert.That(() => PeerRounds.CheckLosses(EngineAndPeer(loss)), Throws.InvalidOperationException.With.Message.Contains("A peer on 2 threads"));

    private static PeerSeries[] EngineAndPeer(double loss) =>
        [new PeerSeries("A peer", 2, "", [1], loss), new PeerSeries(PeerComparison.EngineName, 2, "", [1], 0.5)];
}
