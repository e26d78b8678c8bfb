using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Whole calls of Train: order, callbacks, reports, and every reason to stop.</summary>
public class TrainTests
{
    private static readonly NetworkDescription Small = NetworkDescription.Parse("4 -> Dense 5 -> Sigmoid -> Dense 3");
    private static readonly VectorDataset Data = TestDatasets.Vectors(10, 4, 3);

    [Test]
    public void Train_NoShuffle_TakesTheSamplesInFileOrder() =>
        Assert.That(OrderOfEpochs(epochs: 2, shuffle: false, seed: 1), Is.EqualTo(Enumerable.Repeat(Enumerable.Range(0, 40), 2)));

    [Test]
    public void Train_Shuffle_TakesANewPermutationEachEpochFromTheSeed()
    {
        int[][] epochs = OrderOfEpochs(epochs: 5, shuffle: true, seed: 1);
        Assert.That(epochs, Is.All.EquivalentTo(Enumerable.Range(0, 40)));
        Assert.That(epochs.Select(order => string.Join(' ', order)), Is.Unique);
        Assert.That(epochs[0], Is.Not.EqualTo(Enumerable.Range(0, 40)));
        Assert.That(OrderOfEpochs(epochs: 5, shuffle: true, seed: 1), Is.EqualTo(epochs));
        Assert.That(OrderOfEpochs(epochs: 5, shuffle: true, seed: 2)[0], Is.Not.EqualTo(epochs[0]));
    }

    [Test]
    public void Train_Shuffle_PutsEverySampleEverywhereEquallyOften()
    {
        const int Seeds = 4000;
        int[,] counts = new int[5, 5];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            int[] order = OrderOfEpochs(epochs: 1, shuffle: true, seed, samples: 5)[0];
            for (int place = 0; place < 5; place++)
            {
                counts[place, order[place]]++;
            }
        }

        // Five standard deviations of a binomial number of 4,000 trials with probability 1/5.
        Assert.That(counts.Cast<int>(), Is.All.EqualTo(Seeds / 5).Within(5 * Math.Sqrt(Seeds * 0.2 * 0.8)));
    }

    [Test]
    public void Train_Callbacks_ComeInOrderWithTheirNumbers()
    {
        var events = new List<string>();
        int caller = Environment.CurrentManagedThreadId;
        var plan = new TrainingPlan
        {
            Epochs = 2,
            Validation = Data,
            OnStep = r => Note($"step {r.Step} of epoch {r.Epoch}: {r.StepInEpoch} of {r.StepsPerEpoch}"),
            OnEpoch = r => Note($"epoch {r.Epoch}, {r.Validation!.Value.Count} validated"),
        };
        using Trainer trainer = CreateTrainer(new Network(Small));
        TrainingReport report = trainer.Train(Data, plan);

        Assert.That(events, Is.EqualTo(new[]
        {
            "step 0 of epoch 1: 0 of 3", "step 1 of epoch 1: 1 of 3", "step 2 of epoch 1: 2 of 3", "epoch 1, 10 validated",
            "step 3 of epoch 2: 0 of 3", "step 4 of epoch 2: 1 of 3", "step 5 of epoch 2: 2 of 3", "epoch 2, 10 validated",
        }));
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Completed, 6, 2)));

        void Note(string text)
        {
            Assert.That(Environment.CurrentManagedThreadId, Is.EqualTo(caller));
            events.Add(text);
        }
    }

    [Test]
    public void Train_Report_HasTheNumbersOfTheEpoch()
    {
        var network = new Network(Small);
        var losses = new List<double>();
        Evaluation afterEpoch = default;
        using Trainer trainer = CreateTrainer(network);
        var plan = new TrainingPlan { Validation = Data, OnStep = r => losses.Add(r.Loss), OnEpoch = _ => afterEpoch = trainer.Evaluate(Data) };
        EpochReport epoch = trainer.Train(Data, plan).Epochs.Single();

        Assert.That(epoch.Loss, Is.EqualTo(losses.Average()).Within(1e-15));
        Assert.That(epoch.Validation, Is.EqualTo(afterEpoch));
        Assert.That(epoch.TrainSeconds, Is.Positive);
        Assert.That(epoch.EvaluationSeconds, Is.Positive);
        Assert.That(epoch.SamplesPerSecond, Is.EqualTo(10 / epoch.TrainSeconds).Within(1e-9).Percent);
        Assert.That(epoch.GigaflopsPerSecond, Is.EqualTo(network.TrainingFlopsPerSample * 1e-9 * epoch.SamplesPerSecond).Within(1e-9).Percent);
    }

    [Test]
    public void Train_AccuracyOfTheEpoch_CountsHitsBeforeEachUpdate()
    {
        var network = new Network(Small);
        var data = new ImageDataset(new Random(1).Bytes(40), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 2, 2);
        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = 64, Threads = 2 });
        Evaluation before = trainer.Evaluate(data);
        EpochReport epoch = trainer.Train(data, new TrainingPlan()).Epochs[0];
        Assert.That((epoch.TrainAccuracy, epoch.Loss), Is.EqualTo((before.Accuracy, before.Loss)), "one step: the whole epoch is before its update");
        Assert.That(epoch.Validation, Is.Null);
        Assert.That(epoch.EvaluationSeconds, Is.Zero);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    public void Train_Cancelled_StopsAfterTheCurrentStep(int cancelAtStep)
    {
        using var source = new CancellationTokenSource();
        var network = new Network(Small);
        var expected = new Network(Small);
        var plan = new TrainingPlan
        {
            Epochs = 5,
            OnStep = r =>
            {
                if (r.Step == cancelAtStep)
                {
                    source.Cancel();
                }
            },
        };
        using Trainer trainer = CreateTrainer(network), stepwise = CreateTrainer(expected);
        TrainingReport report = trainer.Train(Data, plan, source.Token);
        int[][] minibatches = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]];
        for (int step = 0; step <= cancelAtStep; step++)
        {
            stepwise.Step(Data, minibatches[step % 3]);
        }
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Cancelled, cancelAtStep + 1, cancelAtStep / 3)));
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(expected)), "the network is as that step left it");
    }

    [Test]
    public void Train_CancelledBetweenEpochs_MakesNoFurtherStep([Values(0, 2)] int epochs)
    {
        using var source = new CancellationTokenSource();
        var network = new Network(Small);
        if (epochs == 0)
        {
            source.Cancel();
        }
        using Trainer trainer = CreateTrainer(network);
        uint[] seen = Parameters.Bits(network);
        var plan = new TrainingPlan
        {
            Epochs = 5,
            OnEpoch = report =>
            {
                seen = Parameters.Bits(network);
                if (report.Epoch == epochs)
                {
                    source.Cancel();
                }
            },
        };
        TrainingReport report = trainer.Train(Data, plan, source.Token);
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Cancelled, 3L * epochs, epochs)));
        Assert.That(Parameters.Bits(network), Is.EqualTo(seen), "the network is as the last epoch left it");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Train_TargetAccuracy_StopsAfterTheFirstEpochThatReachesIt(bool validate)
    {
        // Two classes that a straight line separates; they are learned, but not within the first epoch.
        byte[] pixels = [.. Enumerable.Range(0, 20).SelectMany(i => i % 2 == 0 ? new byte[] { 0, 0, (byte)(100 + i), 0 } : [0, 0, (byte)(160 + i), 0])];
        var data = new ImageDataset(pixels, [.. Enumerable.Range(0, 20).Select(i => (byte)(i % 2))], 2, 2);
        var network = new Network(NetworkDescription.Parse("4 -> Dense 2"));
        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = 5, LearningRates = [1f] });
        TrainingReport report = trainer.Train(data, new TrainingPlan { Epochs = 1000, TargetAccuracy = 0.95, Validation = validate ? data : null });

        double[] accuracies = [.. report.Epochs.Select(epoch => validate ? epoch.Validation!.Value.Accuracy : epoch.TrainAccuracy)];
        Assert.That(report.StopReason, Is.EqualTo(StopReason.TargetReached));
        Assert.That(accuracies.Length, Is.InRange(2, 999));
        Assert.That(accuracies[^1], Is.GreaterThanOrEqualTo(0.95));
        Assert.That(accuracies[..^1], Is.All.LessThan(0.95));
        Assert.That(report.Steps, Is.EqualTo(4 * accuracies.Length));
    }

    [Test]
    public void Train_LossOverflows_StopsAsDiverged()
    {
        var network = new Network(NetworkDescription.Parse("4 -> Dense 5 -> Dense 3"));
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 4, LearningRates = [1e10f] });
        var losses = new List<double>();
        TrainingReport report = trainer.Train(Data, new TrainingPlan { Epochs = 100, OnStep = r => losses.Add(r.Loss) });
        Assert.That(report.StopReason, Is.EqualTo(StopReason.Diverged));
        Assert.That(losses[..^1], Is.All.Matches<double>(double.IsFinite));
        Assert.That(double.IsFinite(losses[^1]), Is.False);
        Assert.That(report.Steps, Is.EqualTo(losses.Count));
        Assert.That(report.Epochs, Has.Count.EqualTo((losses.Count - 1) / 3));
    }

    [Test]
    public void Train_NoEpochs_DoesNothing()
    {
        var network = new Network(Small);
        ulong before = Parameters.Hash(network);
        using Trainer trainer = CreateTrainer(network);
        TrainingReport report = trainer.Train(Data, new TrainingPlan { Epochs = 0 });
        Assert.That((report.StopReason, report.Steps, report.Epochs.Count), Is.EqualTo((StopReason.Completed, 0, 0)));
        Assert.That(Parameters.Hash(network), Is.EqualTo(before));
    }

    [Test]
    public void Train_BadArguments_AreRefused()
    {
        using Trainer trainer = CreateTrainer(new Network(Small));
        Assert.That(() => trainer.Train(Data, null!), Throws.ArgumentNullException);
        Assert.That(() => trainer.Train(null!, new TrainingPlan()), Throws.ArgumentNullException);
        Assert.That(() => trainer.Train(Data, new TrainingPlan { Epochs = -1 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        foreach (double target in new[] { -0.01, 1.01, double.NaN })
        {
            Assert.That(() => trainer.Train(Data, new TrainingPlan { TargetAccuracy = target }), Throws.InstanceOf<ArgumentOutOfRangeException>(), $"{target}");
        }
        Assert.That(() => trainer.Train(new VectorDataset([], [], 4, 3), new TrainingPlan()), Throws.ArgumentException.With.Message.Contains("found none"));
        Assert.That(() => trainer.Train(TestDatasets.Vectors(2, 5, 3), new TrainingPlan()), Throws.ArgumentException);
        Assert.That(() => trainer.Train(Data, new TrainingPlan { Validation = TestDatasets.Vectors(2, 4, 2) }), Throws.ArgumentException);
    }

    private static Trainer CreateTrainer(Network network) =>
        new(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 4, Threads = 2 });

    private static int[][] OrderOfEpochs(int epochs, bool shuffle, ulong seed, int samples = 40)
    {
        var order = new List<int>();
        var data = new WatchedDataset(TestDatasets.Vectors(samples, 4, 3), onInput: order.Add);
        using var trainer = new Trainer(new Network(Small), new MeanSquaredError(), new TrainerOptions { BatchSize = 3, Threads = 1 });
        trainer.Train(data, new TrainingPlan { Epochs = epochs, Shuffle = shuffle, Seed = seed });
        return [.. order.Chunk(samples)];
    }
}
