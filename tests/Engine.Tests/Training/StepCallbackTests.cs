using System.Diagnostics;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Who is called for each step: it is told what there is, may throw, and may not disturb the steps.</summary>
public sealed class StepCallbackTests
{
    private const int Samples = 300;
    private static readonly ImageDataset Images = TestDatasets.Images(Samples, 12, 12, density: 0.3, classes: 4);
    private static readonly ImageDataset Plain = TestDatasets.Images(Samples, 12, 12, density: 1, classes: 4);

    [Test]
    public void OnLoss_OfEveryStep_IsWhatOnStepTells([Values(1, 2, 3)] int threads)
    {
        var description = NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4");
        Network first = new(description), second = first.Clone();
        using Trainer one = Create(first, threads, batchSize: 7), other = Create(second, threads, batchSize: 7);
        var expected = new List<StepReport>();
        one.Train(Images, new TrainingPlan { Epochs = 2, OnStep = expected.Add });
        var actual = new List<StepReport>();
        other.Train(Images, new TrainingPlan { Epochs = 2, OnLoss = actual.Add });
        Assert.That(actual, Has.Count.EqualTo(86));
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void OnLoss_Throws_LeavesWholeStepsAndATrainerThatGoesOn([Values(1, 2, 3, 8)] int threads)
    {
        const int BatchSize = 5;
        var expected = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network actual = expected.Clone();
        using Trainer one = Create(expected, 1, BatchSize), trainer = Create(actual, threads, BatchSize);
        for (int step = 0; step <= 20; step++)
        {
            one.Step(Plain, [.. Enumerable.Range(step * BatchSize, BatchSize)]);
        }
        var plan = new TrainingPlan { OnLoss = report => _ = report.Step < 20 ? report : throw new NotSupportedException("enough") };

        Assert.That(() => trainer.Train(Plain, plan), Throws.InstanceOf<NotSupportedException>().With.Message.EqualTo("enough"));
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
        Assert.That(trainer.Step(Plain, [1, 2, 3]), Is.EqualTo(one.Step(Plain, [1, 2, 3])));
    }

    /// <summary>After the last step of a run too, when other workers may still be at its update, or not yet have begun it.</summary>
    [Test]
    public void OnLoss_ThrowsAtTheLastStep_LeavesAllSteps([Values(2, 3, 8)] int threads, [Values] bool stepByStep) => TimeLimit.Run(() =>
    {
        const int BatchSize = 7;
        ImageDataset data = TestDatasets.Images(2 * BatchSize, 5, 4, density: 1, classes: 5);
        var start = new Network(NetworkDescription.Parse("20 -> Dense 40 -> ReLU -> Dense 30 -> ReLU -> Dense 5"));
        Network expected = start.Clone();
        using (Trainer one = Create(expected, 1, BatchSize))
        {
            one.Train(data, new TrainingPlan());
        }
        uint[] bits = Parameters.Bits(expected);
        Network actual = start.Clone();
        using Trainer trainer = Create(actual, threads, BatchSize);
        var plan = new TrainingPlan { OnStep = stepByStep ? _ => { } : null, OnLoss = report => _ = report.Step == 0 ? report : throw new NotSupportedException("enough") };
        for (int i = 0; i < 200; i++)
        {
            start.ParameterMemory.CopyTo(actual.ParameterMemory);
            Assert.That(() => trainer.Train(data, plan), Throws.InstanceOf<NotSupportedException>());
            Assert.That(Parameters.Bits(actual), Is.EqualTo(bits), $"run {i}");
        }
    });

    [Test]
    public void OnLoss_CallsTheTrainer_IsRefused([Values(1, 2)] int threads)
    {
        var network = new Network(NetworkDescription.Parse("144 -> Dense 4"));
        using Trainer trainer = Create(network, threads, batchSize: 5);
        foreach (Action action in new Action[] { () => trainer.Step(Plain, [1]), () => trainer.Evaluate(Plain), () => trainer.Train(Plain, new TrainingPlan()), trainer.Dispose })
        {
            Assert.That(
                () => trainer.Train(Plain, new TrainingPlan { OnLoss = _ => action() }),
                Throws.InvalidOperationException.With.Message.Contains("one call of the trainer at a time"));
        }
        Assert.That(trainer.Evaluate(Plain).Count, Is.EqualTo(Samples));
    }

    [Test]
    public void OnLoss_CatchesTheRefusal_EpochGoesOnAsIfNothingWere([Values(1, 2)] int threads)
    {
        Network actual = new(NetworkDescription.Parse("144 -> Dense 20 -> ReLU -> Dense 4")), expected = actual.Clone();
        using Trainer trainer = Create(actual, threads, batchSize: 5), other = Create(expected, threads, batchSize: 5);
        int refused = 0;
        TrainingReport report = trainer.Train(Plain, new TrainingPlan
        {
            OnLoss = _ =>
            {
                Assert.That(() => trainer.Step(Plain, [1, 2]), Throws.InvalidOperationException);
                Assert.That(() => trainer.Train(Plain, new TrainingPlan()), Throws.InvalidOperationException);
                refused++;
            },
        });

        EpochReport epoch = other.Train(Plain, new TrainingPlan()).Epochs[0];
        Assert.That((report.Steps, refused), Is.EqualTo((Samples / 5L, Samples / 5)));
        Assert.That((report.Epochs[0].Loss, report.Epochs[0].TrainAccuracy), Is.EqualTo((epoch.Loss, epoch.TrainAccuracy)));
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
    }

    [Test]
    public void Data_CallsTheTrainer_IsRefused([Values(1, 2)] int threads, [Values] bool evaluates)
    {
        var network = new Network(NetworkDescription.Parse("144 -> Dense 4"));
        using Trainer trainer = Create(network, threads, batchSize: 5);
        foreach (Action action in new Action[] { () => trainer.Step(Plain, [1]), () => trainer.Evaluate(Plain), () => trainer.Train(Plain, new TrainingPlan()), trainer.Dispose })
        {
            var data = new WatchedDataset(Plain, onInput: sample => (sample == 12 ? action : () => { })());
            Assert.That(
                () => evaluates ? trainer.Evaluate(data).Loss : trainer.Train(data, new TrainingPlan()).Steps,
                Throws.InvalidOperationException.With.Message.Contains("one call of the trainer at a time"));
        }
        Assert.That(trainer.Evaluate(Plain).Count, Is.EqualTo(Samples));
        Assert.That(trainer.Step(Plain, [1]), Is.Positive, "and it goes on");
    }

    [Test]
    public void OnStepOrOnEpoch_DisposesOfTheTrainer_EndsTheTraining([Values(1, 2)] int threads, [Values] bool afterStep)
    {
        Trainer trainer = Create(new Network(NetworkDescription.Parse("144 -> Dense 4")), threads, batchSize: 5);
        var plan = new TrainingPlan { Epochs = 2, OnStep = afterStep ? report => ((Action)(report.Step == Samples / 5 - 1 ? trainer.Dispose : () => { }))() : null, OnEpoch = _ => trainer.Dispose() };
        Assert.That(() => trainer.Train(Plain, plan), Throws.InstanceOf<ObjectDisposedException>().With.Property(nameof(ObjectDisposedException.ObjectName)).EqualTo(typeof(Trainer).FullName));
    }

    /// <summary>Between two steps the trainer may evaluate, and the epoch goes on as if it had not; other steps would become part of the epoch.</summary>
    [Test]
    public void OnStep_CallsTheTrainer_MayEvaluateAndNothingElse([Values(1, 2)] int threads)
    {
        Network actual = new(NetworkDescription.Parse("144 -> Dense 20 -> ReLU -> Dense 4")), expected = actual.Clone();
        using Trainer trainer = Create(actual, threads, batchSize: 5), other = Create(expected, threads, batchSize: 5);
        var accuracies = new List<double>();
        TrainingReport report = trainer.Train(Plain, new TrainingPlan { OnStep = _ => accuracies.Add(trainer.Evaluate(Plain).Accuracy) });

        EpochReport epoch = other.Train(Plain, new TrainingPlan()).Epochs[0];
        Assert.That((report.Steps, report.Epochs[0].Loss, report.Epochs[0].TrainAccuracy), Is.EqualTo((Samples / 5L, epoch.Loss, epoch.TrainAccuracy)));
        Assert.That(accuracies, Has.Count.EqualTo(Samples / 5).And.Some.Not.EqualTo(accuracies[0]));
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
        foreach (Action action in new Action[] { () => trainer.Step(Plain, [1]), () => trainer.Train(Plain, new TrainingPlan()) })
        {
            Assert.That(
                () => trainer.Train(Plain, new TrainingPlan { OnStep = _ => action() }),
                Throws.InvalidOperationException.With.Message.Contains("one call of the trainer at a time"));
        }
        Assert.That(trainer.Step(Plain, [1]), Is.Positive, "and it goes on");
    }

    private static Trainer Create(Network network, int threads, int batchSize) =>
        new(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = batchSize, LearningRates = [0.1f], Threads = threads });

    [Test]
    public void TrainSeconds_DoNotCountCallbacks([Values] bool stepByStep)
    {
        var inCallbacks = new Stopwatch();
        void Slow(StepReport report)
        {
            inCallbacks.Start();
            SpinWait.SpinUntil(() => inCallbacks.ElapsedMilliseconds >= 100 * (report.Step + 1));
            inCallbacks.Stop();
        }
        using var trainer = new Trainer(new Network(NetworkDescription.Parse("4 -> Dense 3")), new MeanSquaredError(), new TrainerOptions { BatchSize = 4, Threads = 1 });
        var plan = new TrainingPlan { OnStep = stepByStep ? Slow : null, OnLoss = stepByStep ? null : Slow };
        EpochReport epoch = trainer.Train(TestDatasets.Vectors(10, 4, 3), plan).Epochs[0];
        Assert.That(epoch.TrainSeconds, Is.LessThan(inCallbacks.Elapsed.TotalSeconds / 2));
    }
}
