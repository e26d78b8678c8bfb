using Engine.Cli.Training;
using Engine.Data;
using Engine.Networks;
using Engine.Tests.Cli.Drawing;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class TrainingTextTests
{
    private static readonly EpochReport[] Epochs = [Epoch(1, 900, 1.5), Epoch(2, 980, 0.5), Epoch(3, 950, 1)];

    [Test]
    public void Heading_OfATraining_TellsDataAndOptions()
    {
        var training = new ImageDataset(new byte[2400], new byte[2400], 1, 1);
        var test = new ImageDataset(new byte[60], new byte[60], 1, 1);
        var options = new TrainerOptions { BatchSize = 16, LearningRates = [0.05f, 0.1f], Threads = 2 };

        string text = string.Join("\n", TrainingText.Heading(new Network(NetworkDescription.Parse("1 -> Dense 1")), training, test, options));

        Assert.That(text, Does.Contain("2,400 training and 60 test images; minibatch 16; learning rate 0.05, 0.1; 2 threads; "));
    }

    [Test]
    public void Epoch_WithATest_TellsAllOfIt()
    {
        Assert.That(TrainingText.Epoch(Epochs[0]), Is.EqualTo("epoch 1: loss 0.2500, train accuracy 50.00 %, test loss 0.7500, test accuracy 90.00 %, 1500 ms"));
        Assert.That(TrainingText.Epoch(Epochs[0] with { Validation = null }), Is.EqualTo("epoch 1: loss 0.2500, train accuracy 50.00 %, 1500 ms"));
    }

    [Test]
    public void Outcome_OfACompleteTraining_TellsTheLastAndTheBestEpoch() =>
        Assert.That(TrainingText.Outcome(new TrainingReport(StopReason.Completed, 30, Epochs), null, DefaultSettings.Train, ["a"]), Is.EqualTo(new[]
        {
            "Done: 3 epochs, 30 steps.",
            "Test accuracy 95.00 % (950 of 1000), best 98.00 % after epoch 2.",
            "Training took 3.00 s, 1000 ms an epoch; 12 GFLOP/s in the last, counted as if all inputs were multiplied.",
            "Wrote a.",
        }));

    /// <summary>What is saved is the network after the last step, and not the one of the last whole epoch.</summary>
    [Test]
    public void Outcome_OfATrainingStoppedWithinAnEpoch_TellsWhatTheLastStepCameTo()
    {
        var stopped = new Evaluation(0.5, 990, 1000);
        Assert.That(TrainingText.Outcome(new TrainingReport(StopReason.Cancelled, 35, Epochs), stopped, DefaultSettings.Train, []).Take(3), Is.EqualTo(new[]
        {
            "Stopped after 35 steps, 3 whole epochs.",
            "Test accuracy after the last step 99.00 % (990 of 1000).",
            "Test accuracy after epoch 3 95.00 % (950 of 1000), best 98.00 % after epoch 2.",
        }));
        Assert.That(TrainingText.Outcome(new TrainingReport(StopReason.Cancelled, 5, []), stopped, DefaultSettings.Train with { Log = "log" }, []), Is.EqualTo(new[]
        {
            "Stopped after 5 steps, 0 whole epochs.",
            "Test accuracy after the last step 99.00 % (990 of 1000).",
            "There is no epoch to log, so log was not written.",
        }));
    }

    /// <summary>What was saved under that name before is worth more than weights without training.</summary>
    [TestCase(StopReason.Cancelled, 0, 0, ExpectedResult = false)]
    [TestCase(StopReason.Cancelled, 1, 0, ExpectedResult = true)]
    [TestCase(StopReason.Diverged, 5, 0, ExpectedResult = false)]
    [TestCase(StopReason.Diverged, 15, 1, ExpectedResult = true)]
    [TestCase(StopReason.Completed, 0, 0, ExpectedResult = true)]
    public bool Outcome_OfATrainingWithoutNewWeights_SaysThatNothingIsSaved(StopReason reason, int steps, int epochs)
    {
        var report = new TrainingReport(reason, steps, Epochs[..epochs]);
        string[] lines = [.. TrainingText.Outcome(report, null, DefaultSettings.Train with { Save = "model" }, [])];
        Assert.That(lines.Contains("There are no new weights, so model was not written."), Is.Not.EqualTo(TrainingText.HasNetworkToSave(report)));
        return TrainingText.HasNetworkToSave(report);
    }

    [TestCase(57, "engine evaluate m                  see where it is wrong", "engine predict m --index 0         ask it about one image")]
    [TestCase(56, "engine evaluate m", "  see where it is wrong")]
    public void NextSteps_AnyWidth_FitInLines(int width, params string[] first)
    {
        string[] lines = [.. TrainingText.NextSteps(new TrainingReport(StopReason.Completed, 30, Epochs), DefaultSettings.Train with { Save = "m" }, width)];
        Assert.That(lines[..2], Is.EqualTo(first));
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(width));
    }

    [Test]
    public void Fault_OfADivergedTraining_TellsTheStepAndTheWeights()
    {
        Assert.That(
            TrainingText.Fault(new TrainingReport(StopReason.Diverged, 35, Epochs)),
            Does.EndWith(" at step 34. The weights are those of the end of epoch 3, the last good one."));
        Assert.That(TrainingText.Fault(new TrainingReport(StopReason.Completed, 30, Epochs)), Is.Null);
    }

    /// <summary>An epoch in which no two numbers are the same.</summary>
    private static EpochReport Epoch(int epoch, int hits, double seconds) => Pictures.Epoch(epoch, 0.5, loss: 0.25) with
    {
        Validation = new Evaluation(0.75, hits, 1000),
        TrainSeconds = seconds,
        GigaflopsPerSecond = 12,
    };
}
