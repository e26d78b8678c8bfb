using Engine.Benchmarks.Cost;
using Engine.Tests.Cli;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class TrainingProgramTests
{
    /// <summary>The benchmark reads what the command writes for people: both must say the same.</summary>
    [Test]
    public void Accuracy_OfWhatTheCommandWrites_IsFound()
    {
        using var folder = new TemporaryFolder();
        EngineProcess.Result result = EngineProcess.Run("train", "--data", TinyData.Write(folder.File("data")), "--epochs", "2");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(TrainingProgram.Accuracy(result.Output), Is.InRange(0, 100));
        Assert.That(TrainingProgram.Accuracy("Done: 2 epochs."), Is.NaN);
        Assert.That(TrainingProgram.Accuracy("Done.\nTest accuracy 97.68 % (9768 of 10000), best 97.72 %"), Is.EqualTo(97.68));
    }
}
