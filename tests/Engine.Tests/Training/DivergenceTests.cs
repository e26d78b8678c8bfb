using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Training that diverges leaves the weights of the last good epoch.</summary>
public sealed class DivergenceTests
{
    private static readonly VectorDataset Data = TestDatasets.Vectors(12, 4, 3);

    [Test]
    public void Train_LossOverflowsAfterSomeEpochs_LeavesTheWeightsOfTheLastGoodOne()
    {
        (ulong diverged, TrainingReport report) = Train(1e4f, epochs: 100);
        (ulong good, TrainingReport shorter) = Train(1e4f, report.Epochs.Count);

        Assert.That(report.StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(report.Epochs, Has.Count.GreaterThan(0));
        Assert.That(shorter.StopReason, Is.EqualTo(StopReason.Completed));
        Assert.That(diverged, Is.EqualTo(good));
    }

    [Test]
    public void Train_LossOverflowsInTheFirstEpoch_LeavesTheWeightsItStartedWith()
    {
        (ulong diverged, TrainingReport report) = Train(1e30f, epochs: 100);

        Assert.That((report.StopReason, report.Epochs.Count), Is.EqualTo((StopReason.Diverged, 0)));
        Assert.That(diverged, Is.EqualTo(Train(1e30f, epochs: 0).Hash));
    }

    /// <summary>One step an epoch: its loss is that of the weights before, so only a look at the weights shows what it did to them.</summary>
    [Test]
    public void Train_AWeightOverflowsInTheLastStep_IsSeenAtTheEndOfThatEpoch()
    {
        var network = new Network(NetworkDescription.Parse("1 -> Dense 1"), new InitializationOptions { Seed = 3 });
        ulong before = Parameters.Hash(network);
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { LearningRates = [3e38f], Threads = 1 });
        var losses = new List<double>();
        TrainingReport report = trainer.Train(new VectorDataset([1e18f], [-1e18f], 1, 1), new TrainingPlan { Epochs = 5, OnStep = step => losses.Add(step.Loss) });

        Assert.That(losses, Has.Count.EqualTo(1));
        Assert.That(losses, Is.All.Matches<double>(double.IsFinite));
        Assert.That((report.StopReason, report.Epochs.Count), Is.EqualTo((StopReason.Diverged, 0)));
        Assert.That(Parameters.Hash(network), Is.EqualTo(before));
    }

    private static (ulong Hash, TrainingReport Report) Train(float rate, int epochs)
    {
        var network = new Network(NetworkDescription.Parse("4 -> Dense 5 -> Dense 3"));
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 6, LearningRates = [rate] });
        TrainingReport report = trainer.Train(Data, new TrainingPlan { Epochs = epochs });
        return (Parameters.Hash(network), report);
    }
}
