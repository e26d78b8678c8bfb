using Engine.Benchmarks.Peers;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class OtherWorkTests
{
    [TestCase(1, "prediction of 1 digit")]
    [TestCase(1024, "prediction of 1,024 digits")]
    public void Pair_OfAPrintedLine_HasTheEnginesSecondsAndThePeers(int samples, string work)
    {
        PeerPair pair = OtherWork.Pair($$"""{"samples":{{samples}},"threads":2,"version":"a version","engineSeconds":[1,2],"peerSeconds":[3,8]}""");

        Assert.That((pair.Work, pair.Name, pair.Threads, pair.Version), Is.EqualTo((work, "ONNX Runtime", 2, "a version")));
        Assert.That(pair.Ratios(), Is.EqualTo(new[] { 3.0, 4.0 }));
    }
}
