using Engine.Cli.Training;
using Engine.Kernels;
using Engine.Tests.Cli.Drawing;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class TrainingLogTests
{
    [Test]
    public void Epoch_AnyNumber_StandsInItsField()
    {
        EpochReport report = Pictures.Epoch(1, 0.5, loss: 0.25) with
        {
            Validation = new Evaluation(0.75, 900, 1000),
            TrainSeconds = 1.5,
            EvaluationSeconds = 0.0625,
            SamplesPerSecond = 4096,
            GigaflopsPerSecond = 12,
            AllocatedBytes = 3,
        };

        string[] lines = Write(report, report with { Epoch = 2, Loss = double.NaN, Validation = null });

        string same = $@"""trainSeconds"":1.5,""evalSeconds"":0.0625,""samplesPerSecond"":4096,""gflops"":12,""allocatedBytes"":3,""threads"":3,""vectorBits"":{Hardware.VectorBits},""seed"":7}}";
        Assert.That(lines, Is.EqualTo(new[]
        {
            @"{""epoch"":1,""loss"":0.25,""trainAccuracy"":0.5,""testAccuracy"":0.9,""testLoss"":0.75," + same,
            @"{""epoch"":2,""loss"":null,""trainAccuracy"":0.5,""testAccuracy"":null,""testLoss"":null," + same,
        }));
    }

    [Test]
    public void Step_Written_ReachesTheFileAtOnce()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("steps.jsonl");
        using var log = new TrainingLog(DefaultSettings.Train with { LogSteps = file });
        log.Step(new StepReport(1, 0, 0, 10, 0.5));
        Assert.That(new FileInfo(file).Length, Is.EqualTo("{'step':0,'loss':0.5}\n".Length));
    }

    private static string[] Write(params EpochReport[] reports)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("log.jsonl");
        using (var log = new TrainingLog(DefaultSettings.Train with { Log = file, Seed = 7, Threads = 3 }))
        {
            Array.ForEach(reports, log.Epoch);
        }
        return File.ReadAllLines(file);
    }
}
