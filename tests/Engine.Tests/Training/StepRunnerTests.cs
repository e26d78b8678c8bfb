using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Runs of many steps, in which workers are ahead of one another: they end as the same steps one by one on one thread.</summary>
public sealed class StepRunnerTests
{
    private const int Samples = 300;
    private static readonly ImageDataset Images = TestDatasets.Images(Samples, 12, 12, density: 0.3, classes: 4);
    private static readonly ImageDataset Plain = TestDatasets.Images(Samples, 12, 12, density: 1, classes: 4);

    [Test]
    public void Train_ManyStepsAtOnce_EndsAsStepByStepOnOneThread(
        [Values("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4", "144 -> Dense 130 -> ReLU -> Dense 4", "144 -> Tanh -> Dense 20 -> ReLU -> Dense 4", "144 -> Dense 4")] string network,
        [Values(2, 3, 4, 8)] int threads,
        [Values(1, 5, 8, 33, 64)] int batchSize,
        [Values] bool sparse)
    {
        ImageDataset data = sparse ? Images : Plain;
        var expected = new Network(NetworkDescription.Parse(network));
        Network actual = expected.Clone();
        double loss = 0;
        int[] order = [.. Enumerable.Range(0, Samples)];
        using (Trainer one = Create(expected, 1, batchSize))
        {
            int[][] minibatches = [.. order.Chunk(batchSize)];
            for (int epoch = 0; epoch < 2; epoch++)
            {
                loss = minibatches.Sum(samples => one.Step(data, samples)) / minibatches.Length;
            }
        }
        using Trainer trainer = Create(actual, threads, batchSize);
        TrainingReport report = trainer.Train(data, new TrainingPlan { Epochs = 2 });

        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
        Assert.That(report.Epochs[1].Loss, Is.EqualTo(loss).Within(1e-12));
    }

    /// <summary>However a step is divided: any number of owners that there can be, which keep to their columns or do not.</summary>
    [Test]
    public void Train_InEveryDivision_EndsAsOnOneThread([Values(2, 3, 4)] int threads, [Values(1, 5, 48, 100)] int batchSize, [Values] bool sparse, [Values] bool keep)
    {
        ImageDataset data = sparse ? Images : Plain;
        int[] order = [.. Enumerable.Range(0, Samples)];
        var start = new Network(NetworkDescription.Parse("144 -> Dense 130 -> ReLU -> Dense 20 -> ReLU -> Dense 4"));
        Network expected = start.Clone();
        var expectedLosses = new List<(double[], int)>();
        Run(expected, 1, new Roles(0, OwnersKeepToColumns: false), expectedLosses);
        for (int owners = keep ? 1 : 0; owners <= (keep ? threads - 1 : threads); owners++)
        {
            Network actual = start.Clone();
            var losses = new List<(double[], int)>();
            Run(actual, threads, new Roles(owners, keep), losses);
            Assert.That(losses, Is.EqualTo(expectedLosses), $"{owners} owners");
            Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)), $"{owners} owners");
        }

        void Run(Network network, int workers, Roles roles, List<(double[] Losses, int Hits)> told)
        {
            using var runner = new StepRunner(new Backpropagation(network, new SoftmaxCrossEntropy(), batchSize), [0.1f, 0.1f, 0.1f], workers, profile: null);
            for (int epoch = 0; epoch < 2; epoch++)
            {
                runner.Train(data, order, 0, Samples, sparse, roles, () =>
                {
                    told.Add((runner.Losses.ToArray(), runner.Hits));
                    return true;
                });
            }
        }
    }

    /// <summary>More threads than cores: each is stopped anywhere, and what it has begun must not be taken for done.</summary>
    [Test]
    public void Train_SeveralAtOnce_EndAsOnOneThread([Values] bool sparse, [Values] bool keep)
    {
        const int Runners = 5, Epochs = 25, BatchSize = 64, Count = 20 * BatchSize;
        ImageDataset data = TestDatasets.Images(Count, 28, 28, density: 0.2, classes: 4);
        int[] order = [.. Enumerable.Range(0, Count)];
        var start = new Network(NetworkDescription.Parse("784 -> Dense 20 -> ReLU -> Dense 40 -> ReLU -> Dense 4"));
        Network[] networks = [.. Enumerable.Range(0, Runners + 1).Select(_ => start.Clone())];

        Run(networks[0], 1, new Roles(0, OwnersKeepToColumns: false));
        Task.WaitAll([.. networks[1..].Select(network => Task.Factory.StartNew(
            () => Run(network, 2, new Roles(1, keep)), default, TaskCreationOptions.LongRunning, TaskScheduler.Default))]);

        Assert.That(networks[1..].Select(Parameters.Bits), Is.All.EqualTo(Parameters.Bits(networks[0])));

        void Run(Network network, int workers, Roles roles)
        {
            using var runner = new StepRunner(new Backpropagation(network, new SoftmaxCrossEntropy(), BatchSize), [0.1f, 0.1f, 0.1f], workers, profile: null);
            for (int epoch = 0; epoch < Epochs; epoch++)
            {
                runner.Train(data, order, 0, Count, sparse, roles, () => true);
            }
        }
    }

    /// <summary>Six runs of 32 steps, three for each division, then many at once; with one thread there is nothing to try.</summary>
    [Test]
    public void SamplesAtOnce_WhileDivisionsAreTried_AreFew([Values] bool sparse)
    {
        const int BatchSize = 2;
        ImageDataset data = sparse ? Images : Plain;
        int[] order = [.. Enumerable.Range(0, Samples)];
        var description = NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4");
        using StepRunner two = Create(2), one = Create(1);
        for (int run = 0; run < 6; run++)
        {
            Assert.That(two.SamplesAtOnce(sparse), Is.EqualTo(PlanTrial.StretchSteps * BatchSize), $"run {run}");
            two.Train(data, order, 0, PlanTrial.StretchSteps * BatchSize, sparse, () => true);
        }
        Assert.That(two.SamplesAtOnce(sparse), Is.EqualTo(8192 * BatchSize));
        Assert.That(two.SamplesAtOnce(!sparse), Is.EqualTo(PlanTrial.StretchSteps * BatchSize), "each path has a trial of its own");
        Assert.That(one.SamplesAtOnce(sparse), Is.EqualTo(int.MaxValue));

        StepRunner Create(int threads) =>
            new(new Backpropagation(new Network(description), new SoftmaxCrossEntropy(), BatchSize), [0.1f, 0.1f, 0.1f], threads, profile: null);
    }

    [Test]
    public void Train_SampleCannotBeRead_MakesAllStepsBeforeItsMinibatchAndThrows(
        [Values(1, 2, 3, 8)] int threads, [Values(0, 4, 5, 9, 150, 297, 299)] int faultySample)
    {
        const int BatchSize = 5;
        var expected = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network actual = expected.Clone();
        using Trainer one = Create(expected, 1, BatchSize), trainer = Create(actual, threads, BatchSize);
        for (int step = 0; step < faultySample / BatchSize; step++)
        {
            one.Step(Plain, [.. Enumerable.Range(step * BatchSize, BatchSize)]);
        }
        var faulty = new FaultyDataset(Plain, faultySample);

        Assert.That(() => trainer.Train(faulty, new TrainingPlan()), Throws.InvalidOperationException.With.Message.EqualTo($"sample {faultySample}"));
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)), "whole steps only");
        Assert.That(trainer.Step(Plain, [1, 2, 3]), Is.EqualTo(one.Step(Plain, [1, 2, 3])), "and it goes on");
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
    }

    [Test]
    public void Train_ToldToStop_DoesNotTellOfASampleOfTheNextMinibatch([Values(1, 2, 3, 8)] int threads)
    {
        const int BatchSize = 5;
        var network = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network expected = network.Clone();
        using var runner = new StepRunner(new Backpropagation(network, new SoftmaxCrossEntropy(), BatchSize), [0.1f, 0.1f, 0.1f], threads, profile: null);
        int[] order = [.. Enumerable.Range(0, Samples)];
        int steps = 0;
        runner.Train(new FaultyDataset(Plain, faultySample: 10), order, 0, Samples, sparse: false, () => ++steps < 2);

        using Trainer one = Create(expected, 1, BatchSize);
        one.Step(Plain, order.AsSpan(0, BatchSize));
        one.Step(Plain, order.AsSpan(BatchSize, BatchSize));
        Assert.That(steps, Is.EqualTo(2));
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(expected)));
    }

    [Test]
    public void Train_CancelledWhileASampleIsRead_EndsWithWholeSteps([Values(1, 2, 3)] int threads)
    {
        const int BatchSize = 5;
        var expected = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network actual = expected.Clone();
        using var source = new CancellationTokenSource();
        using Trainer one = Create(expected, 1, BatchSize), trainer = Create(actual, threads, BatchSize);
        TrainingReport report = trainer.Train(new CancellingDataset(Plain, source, sample: 152), new TrainingPlan { Epochs = 3 }, source.Token);

        Assert.That(report.StopReason, Is.EqualTo(StopReason.Cancelled));
        Assert.That(report.Steps, Is.InRange(29, 31), "the sample is read for its own step, or while the one before is under way, when that is not yet decided upon");
        for (int step = 0; step < report.Steps; step++)
        {
            one.Step(Plain, [.. Enumerable.Range(step * BatchSize, BatchSize)]);
        }
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
    }

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

    [Test]
    public void OnLoss_CallsTheTrainer_IsRefused([Values(1, 2)] int threads)
    {
        var network = new Network(NetworkDescription.Parse("144 -> Dense 4"));
        using Trainer trainer = Create(network, threads, batchSize: 5);
        foreach (Action action in new Action[] { () => trainer.Step(Plain, [1]), () => trainer.Evaluate(Plain), () => trainer.Train(Plain, new TrainingPlan()) })
        {
            Assert.That(
                () => trainer.Train(Plain, new TrainingPlan { OnLoss = _ => action() }),
                Throws.InvalidOperationException.With.Message.Contains("one call of the trainer at a time"));
        }
        Assert.That(trainer.Evaluate(Plain).Count, Is.EqualTo(Samples));
    }

    private static Trainer Create(Network network, int threads, int batchSize) =>
        new(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = batchSize, LearningRates = [0.1f], Threads = threads });

    /// <summary>Passes everything on, and cancels when it is asked for a sample.</summary>
    private sealed class CancellingDataset(Dataset inner, CancellationTokenSource source, int sample) : Dataset
    {
        public override int Count => inner.Count;

        public override int Inputs => inner.Inputs;

        public override int Targets => inner.Targets;

        public override void CopyInput(int number, Span<float> destination)
        {
            if (number == sample)
            {
                source.Cancel();
            }
            inner.CopyInput(number, destination);
        }

        public override void CopyTarget(int number, Span<float> destination) => inner.CopyTarget(number, destination);

        public override bool FitsOutputs(int outputs) => inner.FitsOutputs(outputs);
    }
}
