using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Training that diverges stops and leaves the weights of the last good epoch.</summary>
public class DivergenceTests
{
    /// <summary>Two steps of two samples. Only the second changes the weight, and none the bias: its two samples pull it either way.</summary>
    private static readonly VectorDataset SecondStepPulls = new([0f, 0f, 1e-10f, -1e-10f], [0f, 0f, 1f, -1f], 1, 1);

    [TestCase("4 -> Dense 5 -> Dense 3", 1e10f, 0)]
    [TestCase("4 -> Dense 5 -> Dense 3", 2f, 1)]
    [TestCase("4 -> Dense 3", 10f, 5)]
    [TestCase("4 -> Dense 5 -> ReLU -> Dense 3", 10f, 0)]
    public void Train_HugeLearningRate_LeavesTheLastGoodEpoch(string description, float rate, int leastGoodEpochs)
    {
        foreach (InputPath path in new[] { InputPath.Dense, InputPath.Sparse })
        {
            ImageDataset data = TestDatasets.Images(10, 2, 2, 0.7, classes: 3);
            (TrainingReport report, Network network, List<EpochReport> seen) = Run(path, epochs: 1000);
            Assert.That(report.StopReason, Is.EqualTo(StopReason.Diverged));
            Assert.That(report.Epochs, Has.Count.GreaterThanOrEqualTo(leastGoodEpochs));
            Assert.That(report.Epochs, Is.EqualTo(seen), "the callback sees the good epochs only");
            Assert.That(report.Steps, Is.InRange((3 * report.Epochs.Count) + 1, 3 * (report.Epochs.Count + 1)));
            Assert.That(report.Epochs.Select(epoch => epoch.Loss), Is.All.Matches<double>(double.IsFinite));

            (TrainingReport good, Network expected, _) = Run(path, report.Epochs.Count);
            Assert.That(good.StopReason, Is.EqualTo(StopReason.Completed));
            Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(expected)));
            Assert.That(good.Epochs.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.Validation)), Is.EqualTo(report.Epochs.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.Validation))));

            (TrainingReport, Network, List<EpochReport>) Run(InputPath path, int epochs)
            {
                var network = new Network(NetworkDescription.Parse(description), new InitializationOptions { Seed = 3 });
                var seen = new List<EpochReport>();
                var options = new TrainerOptions { BatchSize = 4, LearningRates = [rate], InputPath = path, Threads = 2 };
                using var trainer = new Trainer(network, new MeanSquaredError(), options);
                var plan = new TrainingPlan { Epochs = epochs, Shuffle = true, Validation = data, OnEpoch = seen.Add };
                return (trainer.Train(data, plan), network, seen);
            }
        }
    }

    [Test]
    public void Train_WeightOverflowsInTheLastStepOfAnEpoch_LeavesTheEpochBefore()
    {
        // w grows from 0 to 2e25; then y = 2e15 and the loss 4e30 are still finite, but the step is −4e40.
        Network network = OneWeight(0f);
        (TrainingReport report, double[] losses) = TrainOneWeight(network, epochs: 5);
        Assert.That(report.StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(losses, Is.All.Matches<double>(double.IsFinite));
        Assert.That(losses[^1], Is.GreaterThan(1e30));
        Assert.That((report.Steps, report.Epochs.Count, losses.Length), Is.EqualTo((4, 1, 4)));

        Network expected = OneWeight(0f);
        Assert.That(TrainOneWeight(expected, epochs: 1).Report.StopReason, Is.EqualTo(StopReason.Completed));
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(expected)));
        Assert.That(network.DenseLayers[0].Weights[0], Is.EqualTo(2e25f).Within(1e20f));

        // The next call starts there, so what it goes back to are these weights, not those of the first call.
        (report, losses) = TrainOneWeight(network, epochs: 5);
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Diverged, 2, 0)));
        Assert.That(losses, Is.All.Matches<double>(double.IsFinite));
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(expected)));
    }

    [Test]
    public void Train_SameTrainerAgain_GoesBackToTheWeightsItFound()
    {
        Network network = OneWeight(2e25f);
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 2, LearningRates = [1e35f], Threads = 1 });
        Assert.That(trainer.Train(SecondStepPulls, new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(Parameters.All(network), Is.EqualTo(new[] { 2e25f, 0f }));
        network.DenseLayers[0].SetParameters([3e25f], [0f]);
        Assert.That(trainer.Train(SecondStepPulls, new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(Parameters.All(network), Is.EqualTo(new[] { 3e25f, 0f }));
        network.DenseLayers[0].SetParameters([0f], [0f]);
        Assert.That(trainer.Train(SecondStepPulls, new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Completed));
        Assert.That(Parameters.All(network)[0], Is.EqualTo(2e25f).Within(1e20f));
    }

    [Test]
    public void Train_CancelledAfterAStepThatOverflows_IsDiverged()
    {
        Network network = OneWeight(2e25f);
        using var source = new CancellationTokenSource();
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 2, LearningRates = [1e35f], Threads = 1 });
        TrainingReport report = trainer.Train(new VectorDataset([1e-10f, -1e-10f, 0f, 0f], [1f, -1f, 0f, 0f], 1, 1), new TrainingPlan { OnStep = _ => source.Cancel() }, source.Token);
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Diverged, 1, 0)));
        Assert.That(Parameters.All(network), Is.EqualTo(new[] { 2e25f, 0f }));
    }

    /// <summary>
    /// Both logits are the largest float, so the gradients are ±1/2: the weight of label 0 overflows. The other images are
    /// black there; the sparse path does not see it again, the dense path does.
    /// </summary>
    [TestCase(InputPath.Dense, 2)]
    [TestCase(InputPath.Sparse, 3)]
    public void Train_WeightOfABlackPixelOverflows_EndsWithTheInitialWeights(InputPath path, int steps)
    {
        var network = new Network(NetworkDescription.Parse("2 -> Dense 2"));
        network.DenseLayers[0].SetParameters([1, 2, float.MaxValue, float.MaxValue], [0, 0]);
        uint[] before = Parameters.Bits(network);
        var data = new ImageDataset([0, 255, 1, 0, 0, 0], [0, 0, 0], 1, 2);
        var losses = new List<double>();
        var options = new TrainerOptions { BatchSize = 1, LearningRates = [1e35f], InputPath = path, Threads = 1 };
        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), options);
        TrainingReport report = trainer.Train(
            data, new TrainingPlan { Epochs = 3, Validation = data, OnStep = r => losses.Add(r.Loss), OnEpoch = _ => Assert.Fail("no epoch is good") });
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Diverged, steps, 0)));
        Assert.That(losses[..^1], Is.All.Matches<double>(double.IsFinite));
        Assert.That(double.IsFinite(losses[^1]), Is.EqualTo(path == InputPath.Sparse));
        Assert.That(Parameters.Bits(network), Is.EqualTo(before));
    }

    [TestCase(0, float.NaN)]
    [TestCase(0, float.PositiveInfinity)]
    [TestCase(4, float.NaN)]
    [TestCase(9, float.NegativeInfinity)]
    public void Train_InputThatIsNotFinite_LeavesTheInitialWeights(int sample, float value)
    {
        float[] inputs = new Random(1).Uniform(40);
        inputs[(4 * sample) + 2] = value;
        var data = new VectorDataset(inputs, new Random(2).Uniform(30), 4, 3);
        var network = new Network(NetworkDescription.Parse("4 -> Dense 3"));
        uint[] before = Parameters.Bits(network);
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 4, Threads = 2 });
        TrainingReport report = trainer.Train(data, new TrainingPlan { Epochs = 2 });
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Diverged, (sample / 4) + 1, 0)));
        Assert.That(Parameters.Bits(network), Is.EqualTo(before));
    }

    /// <summary>0 · ∞ in the padding of a layer's outputs must not stay there, or in that of its gradients.</summary>
    [Test]
    public void Train_AfterAnInfiniteInput_GoesOnAsANewTrainer([Values("Tanh", "Sigmoid", "ReLU", "LeakyReLU")] string activation, [Values(1, 2)] int threads)
    {
        var network = new Network(NetworkDescription.Parse($"3 -> Dense 5 -> {activation} -> Dense 2"));
        Network copy = network.Clone();
        var good = new VectorDataset([1, 2, 3, 1, 1, 1], [1, 0, 0, 1], 3, 2);
        var options = new TrainerOptions { BatchSize = 4, Threads = threads };
        using Trainer trainer = new(network, new MeanSquaredError(), options), fresh = new(copy, new MeanSquaredError(), options);
        Assert.That(trainer.Train(new VectorDataset([1, 2, float.PositiveInfinity, 1, 1, 1], [1, 0, 0, 1], 3, 2), new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(trainer.Train(good, new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Completed));
        fresh.Train(good, new TrainingPlan());
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(copy)));
    }

    /// <summary>The padding of few rows is computed, and with 20 columns and 16 rows or more, where vectors have 16 floats, that of many is not: what is there stays.</summary>
    [Test]
    public void Train_AfterAnInfiniteInputInFewRows_GoesOnAsANewTrainer([Values("Tanh", "Sigmoid", "ReLU", "LeakyReLU")] string activation, [Values(1, 2)] int threads, [Values(2, 20)] int outputs)
    {
        var network = new Network(NetworkDescription.Parse($"17 -> Dense 20 -> {activation} -> Dense 20 -> {activation} -> Dense {outputs}"));
        Network copy = network.Clone();
        var random = new Random(1);
        float[] few = random.Uniform(3 * 17);
        few[^1] = float.PositiveInfinity;
        var good = new VectorDataset(random.Uniform(64 * 17), random.Uniform(64 * outputs), 17, outputs);
        var options = new TrainerOptions { BatchSize = 64, Threads = threads };
        using Trainer trainer = new(network, new MeanSquaredError(), options), fresh = new(copy, new MeanSquaredError(), options);
        Assert.That(trainer.Train(new VectorDataset(few, random.Uniform(3 * outputs), 17, outputs), new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(trainer.Train(good, new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Completed));
        fresh.Train(good, new TrainingPlan());
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(copy)));
    }

    /// <summary>Where zeros are skipped on the way back, the padding of the gradients is computed too. With few samples none are skipped, and what is there stays.</summary>
    [Test]
    public void Train_AfterInfiniteTargets_GoesOnAsANewTrainer([Values(InputPath.Automatic, InputPath.Dense)] InputPath path, [Values(1, 2)] int threads)
    {
        var network = new Network(NetworkDescription.Parse("20 -> Dense 90 -> Tanh -> Dense 200 -> ReLU -> Dense 10"));
        Network copy = network.Clone();
        var random = new Random(1);
        float[] inputs = random.Uniform(64 * 20), targets = [.. Enumerable.Repeat(3e38f, 64 * 10)];
        targets[0] = float.PositiveInfinity;
        var few = new VectorDataset(inputs[..(16 * 20)], random.Uniform(16 * 10), 20, 10);
        var options = new TrainerOptions { BatchSize = 64, LearningRates = [0.01f], Threads = threads, InputPath = path };
        using Trainer trainer = new(network, new MeanSquaredError(), options), fresh = new(copy, new MeanSquaredError(), options);
        Assert.That(trainer.Train(new VectorDataset(inputs, targets, 20, 10), new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(trainer.Train(few, new TrainingPlan()).StopReason, Is.EqualTo(StopReason.Completed));
        fresh.Train(few, new TrainingPlan());
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(copy)));
    }

    private static Network OneWeight(float weight)
    {
        var network = new Network(NetworkDescription.Parse("1 -> Dense 1"));
        network.DenseLayers[0].SetParameters([weight], [0f]);
        return network;
    }

    private static (TrainingReport Report, double[] Losses) TrainOneWeight(Network network, int epochs)
    {
        var losses = new List<double>();
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 2, LearningRates = [1e35f], Threads = 1 });
        TrainingReport report = trainer.Train(SecondStepPulls, new TrainingPlan { Epochs = epochs, OnStep = r => losses.Add(r.Loss) });
        return (report, [.. losses]);
    }
}
