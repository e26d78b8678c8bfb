using Engine.Benchmarks.Peers;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

/// <summary>Programs that speak the contenders' protocol, played by a shell.</summary>
[Platform(Exclude = "Win")]
public sealed class PeerProgramTests
{
    private const string Epochs = """echo '{"epoch":1,"trainSeconds":0.5,"loss":0.25}'; echo '{"epoch":2,"trainSeconds":0.4,"loss":0.125}'; """;

    [Test]
    public async Task Run_ReadsEpochsAndVersion()
    {
        PeerRun run = await Shell(Epochs + """echo '{"version":"Peer 1","blas":"a BLAS","testAccuracy":0.9}'""").Run("data", 2, 2);

        Assert.That(run.Seconds, Is.EqualTo(new[] { 0.5, 0.4 }));
        Assert.That(run.FirstLoss, Is.EqualTo(0.25));
        Assert.That(run.Version, Is.EqualTo("Peer 1, a BLAS"));
    }

    [TestCase("OPENBLAS_NUM_THREADS")]
    [TestCase("OMP_NUM_THREADS")]
    [TestCase("MKL_NUM_THREADS")]
    public async Task Run_TellsThreadsAsOptionAndInTheEnvironment(string variable)
    {
        PeerRun run = await Shell($$"""echo "{\"epoch\":1,\"trainSeconds\":${{variable}},\"loss\":1}"; echo "{\"version\":\"$*\"}" """).Run("d", 3, 1);

        Assert.That(run.Seconds, Is.EqualTo(new[] { 3.0 }));
        Assert.That(run.Version, Is.EqualTo("--data d --seed 42 --epochs 1 --threads 3"));
    }

    [Test]
    public void Run_FewerEpochsThanAskedFor_Throws() =>
        Assert.That(async () => await Shell(Epochs).Run("data", 1, 3), Throws.InvalidOperationException.With.Message.Contains("Expected 3 epochs").And.Message.Contains("found 2"));

    [Test]
    public void Run_AProgramThatFails_ThrowsWithWhatItSaid() =>
        Assert.That(async () => await Shell("echo broken >&2; exit 1").Run("data", 1, 1), Throws.InvalidOperationException.With.Message.Contains("broken"));

    [Test]
    public void Run_AProgramThatIsNotAvailableHere_SaysWhy() =>
        Assert.That(async () => await Shell("echo 'no library' >&2; exit 3").Run("data", 1, 1), Throws.InstanceOf<PeerUnavailableException>().With.Message.EqualTo("no library"));

    [Test]
    public void Ratios_AreByRoundAndThreads()
    {
        var comparison = new PeerComparison
        {
            Epochs = [new("Engine", 2, "", [1, 2], 0), new("Engine", 1, "", [4, 4], 0), new("Peer", 1, "", [8, 2], 0)],
            Pairs = [],
            Missing = [],
            Noise = [],
        };
        Assert.That(comparison.Ratios(comparison.Epochs[2]), Is.EqualTo(new[] { 2.0, 0.5 }));
    }

    private static PeerProgram Shell(string script) => new("Peer", "/bin/sh", "-c", script, "sh");
}
