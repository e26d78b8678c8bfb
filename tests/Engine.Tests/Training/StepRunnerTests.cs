using Engine.Data;
using Engine.Kernels;
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

    /// <summary>However a step is divided: any number of owners that there can be, which keep to their columns or do not, or all but one do.</summary>
    [Test]
    public void Train_InEveryDivision_EndsAsOnOneThread([Values(2, 3, 4)] int threads, [Values(1, 5, 48, 100)] int batchSize, [Values] bool sparse, [Values("usual", "keep", "past caches")] string division)
    {
        ImageDataset data = sparse ? Images : Plain;
        int[] order = [.. Enumerable.Range(0, Samples)];
        var start = new Network(NetworkDescription.Parse("144 -> Dense 130 -> ReLU -> Dense 20 -> ReLU -> Dense 4"));
        Network expected = start.Clone();
        var expectedLosses = new List<(double[], int)>();
        Run(expected, 1, new Roles(0, OwnersKeepToColumns: false), expectedLosses);
        bool pastCaches = division == "past caches";
        IEnumerable<Roles> withKeepers = Enumerable.Range(1, threads - 1).Select(owners => new Roles(owners, OwnersKeepToColumns: true, PastCaches: pastCaches));
        IEnumerable<Roles> withColumnsApart = Enumerable.Range(1, new WorkPlan(start, threads, Hardware.VectorLanes, skipsZeros: true).MostLinesApart).Select(lines => new Roles(threads, OwnersKeepToColumns: true, lines, pastCaches));
        IEnumerable<Roles> others = Enumerable.Range(0, threads + 1).Select(owners => new Roles(owners, OwnersKeepToColumns: false));
        Assert.That(withColumnsApart, Is.Not.Empty);
        foreach (Roles roles in division == "usual" ? others.Append(Roles.Alone) : withKeepers.Concat(withColumnsApart))
        {
            Network actual = start.Clone();
            var losses = new List<(double[], int)>();
            Run(actual, threads, roles, losses);
            Assert.That(losses, Is.EqualTo(expectedLosses), $"{roles}");
            Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)), $"{roles}");
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

    private static Roles RolesOf(string division) => division switch
    {
        "alone" => Roles.Alone,
        "usual" => new Roles(1, OwnersKeepToColumns: false),
        "keep" => new Roles(1, OwnersKeepToColumns: true),
        "past caches" => new Roles(1, OwnersKeepToColumns: true, PastCaches: true),
        "apart" => new Roles(2, OwnersKeepToColumns: true, LinesApart: 1),
        _ => new Roles(2, OwnersKeepToColumns: true, LinesApart: 1, PastCaches: true),
    };

    /// <summary>More threads than cores: each is stopped anywhere, and what it has begun must not be taken for done.</summary>
    [Test]
    public void Train_SeveralAtOnce_EndAsOnOneThread([Values] bool sparse, [Values("alone", "usual", "keep", "past caches", "apart", "apart past caches")] string division)
    {
        const int Runners = 5, Epochs = 25, BatchSize = 64, Count = 20 * BatchSize;
        ImageDataset data = TestDatasets.Images(Count, 28, 28, density: 0.2, classes: 4);
        int[] order = [.. Enumerable.Range(0, Count)];
        var start = new Network(NetworkDescription.Parse("784 -> Dense 20 -> ReLU -> Dense 40 -> ReLU -> Dense 4"));
        Roles roles = RolesOf(division);
        Network[] networks = [.. Enumerable.Range(0, Runners + 1).Select(_ => start.Clone())];

        Run(networks[0], 1, new Roles(0, OwnersKeepToColumns: false));
        Task.WaitAll([.. networks[1..].Select(network => Task.Factory.StartNew(
            () => Run(network, 2, roles), default, TaskCreationOptions.LongRunning, TaskScheduler.Default))]);

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

    /// <summary>Stretches of 32 steps, three for each division, then many steps at once; where there is nothing to try, all at once.</summary>
    /// <remarks>In the midst of a run the next minibatch has been read when a step is decided upon; after its last step nothing has, nor after any of one worker alone, which comes last.</remarks>
    [TestCase("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4", 2, 4)]
    [TestCase("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4", 3, 3)]
    [TestCase("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4", 1, 1)]
    [TestCase("144 -> Dense 4", 2, 2)]
    public void Train_WhileDivisionsAreTried_StopsBetweenThem(string description, int threads, int divisions)
    {
        const int Count = 2 * Samples, Stretch = PlanTrial.StretchSteps;
        int targets = 0;
        var data = new WatchedDataset(Plain, onTarget: _ => Interlocked.Increment(ref targets));
        int[] order = [.. Enumerable.Range(0, Count).Select(i => i % Samples)];
        var network = new Network(NetworkDescription.Parse(description));
        float[] rates = [.. network.DenseLayers.Select(_ => 0.01f)];
        using var runner = new StepRunner(new Backpropagation(network, new SoftmaxCrossEntropy(), 1), rates, threads, profile: null);
        var ends = new List<int>();
        int steps = 0;

        // The trial of the other path, where zeros are skipped, is one of its own.
        runner.Train(Images, order, 0, Samples, sparse: true, () => true);
        runner.Train(data, order, 0, Count, sparse: false, () =>
        {
            steps++;
            if (Volatile.Read(ref targets) == steps)
            {
                ends.Add(steps);
            }
            return true;
        });
        Assert.That(steps, Is.EqualTo(Count));
        int tried = divisions > 1 ? 3 * divisions * Stretch : 0;
        IEnumerable<int> expected = Enumerable.Range(1, tried).Where(step => step % Stretch == 0 || (step - 1) / Stretch % divisions == divisions - 1);
        Assert.That(ends.Where(step => step <= tried), Is.EqualTo(expected));
        int[] after = [.. ends.Where(step => step > tried)];
        Assert.That(after, threads == 1 ? Has.Length.EqualTo(Count) : Has.Length.EqualTo(1).Or.Length.EqualTo(Count - tried), "whichever was the fastest, it takes all that is left at once");
        Assert.That(after[^1], Is.EqualTo(Count));
    }

    /// <summary>Runs of one step, as of <see cref="Trainer.Step"/> or of an epoch of few samples, have their trial too: then one worker makes tiny steps alone.</summary>
    /// <remarks>Steps of a few microseconds are too little for eight threads. What disturbs may bring one more trial, half of whose steps are shared.</remarks>
    [Test]
    public void Train_TinyStepsOneByOne_AreSoonThoseOfOneWorkerAlone()
    {
        const int BatchSize = 16, TrialSteps = 2 * 3 * PlanTrial.StretchSteps;
        int caller = Environment.CurrentManagedThreadId;
        int readByOthers = 0;
        var data = new WatchedDataset(Plain, onTarget: _ => Interlocked.Add(ref readByOthers, Environment.CurrentManagedThreadId == caller ? 0 : 1));
        using var runner = new StepRunner(new Backpropagation(new Network(NetworkDescription.Parse("144 -> Dense 4")), new SoftmaxCrossEntropy(), BatchSize), [0.01f], threads: 8, profile: null);
        int[] order = [.. Enumerable.Range(0, BatchSize)];
        Steps(TrialSteps);
        Assert.That(readByOthers, Is.Positive, "sharing is tried");
        readByOthers = 0;
        Steps(20 * TrialSteps);
        Assert.That(readByOthers, Is.AtMost(TrialSteps * BatchSize / 2));

        void Steps(int count)
        {
            for (int step = 0; step < count; step++)
            {
                runner.Train(data, order, 0, order.Length, sparse: false, () => true);
            }
        }
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

    /// <summary>Columns apart are given back however a run ends.</summary>
    [Test]
    public void Train_CallerThrows_EndsWithWholeSteps([Values("alone", "usual", "keep", "past caches", "apart", "apart past caches")] string division, [Values(1, 3)] int last)
    {
        const int BatchSize = 24;
        Roles roles = RolesOf(division);
        var network = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network expected = network.Clone();
        int[] order = [.. Enumerable.Range(0, Samples)];
        using Trainer one = Create(expected, 1, BatchSize);
        using var runner = new StepRunner(new Backpropagation(network, new SoftmaxCrossEntropy(), BatchSize), [0.1f, 0.1f, 0.1f], 2, profile: null);
        for (int run = 0; run < 20; run++)
        {
            for (int step = 0; step < last; step++)
            {
                one.Step(Plain, order.AsSpan(step * BatchSize, BatchSize));
            }
            int steps = 0;
            Assert.That(() => runner.Train(Plain, order, 0, Samples, sparse: false, roles, () => ++steps < last ? true : throw new FormatException()), Throws.InstanceOf<FormatException>());
            Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(expected)), $"run {run}");
        }
    }

    /// <summary>Others are at the next step by then, and whoever begins its update early must not change a weight.</summary>
    [Test]
    public void Train_ToldToStop_EndsWithWholeSteps([Values("alone", "usual", "keep", "past caches", "apart", "apart past caches")] string division, [Values(1, 3)] int last)
    {
        const int BatchSize = 64;
        var start = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network expected = start.Clone();
        int[] order = [.. Enumerable.Range(0, Samples)];
        using (Trainer one = Create(expected, 1, BatchSize))
        {
            for (int step = 0; step < last; step++)
            {
                one.Step(Images, order.AsSpan(step * BatchSize, BatchSize));
            }
        }
        for (int run = 0; run < 50; run++)
        {
            Network actual = start.Clone();
            int steps = 0;
            using var runner = new StepRunner(new Backpropagation(actual, new SoftmaxCrossEntropy(), BatchSize), [0.1f, 0.1f, 0.1f], 2, profile: null);
            runner.Train(Images, order, 0, Samples, sparse: true, RolesOf(division), () => ++steps < last);
            Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)), $"run {run}");
        }
    }

    [Test]
    public void Train_SampleCannotBeRead_InEveryDivisionMakesAllStepsBefore([Values("alone", "usual", "keep", "past caches", "apart", "apart past caches")] string division, [Values(0, 24, 71, 290)] int faultySample)
    {
        const int BatchSize = 24;
        var start = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network expected = start.Clone();
        int[] order = [.. Enumerable.Range(0, Samples)];
        using (Trainer one = Create(expected, 1, BatchSize))
        {
            for (int step = 0; step < faultySample / BatchSize; step++)
            {
                one.Step(Plain, order.AsSpan(step * BatchSize, BatchSize));
            }
        }
        for (int run = 0; run < 20; run++)
        {
            Network actual = start.Clone();
            using var runner = new StepRunner(new Backpropagation(actual, new SoftmaxCrossEntropy(), BatchSize), [0.1f, 0.1f, 0.1f], 2, profile: null);
            Assert.That(
                () => runner.Train(new FaultyDataset(Plain, faultySample), order, 0, Samples, sparse: false, RolesOf(division), () => true),
                Throws.InvalidOperationException.With.Message.EqualTo($"sample {faultySample}"));
            Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)), $"run {run}");
        }
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

    /// <summary>Workers that are late when another one is told to stop must not leave before the meeting at which the others wait for them. More workers than cores, so that some are late.</summary>
    [Test]
    public void Train_ToldToStopAtAnyStep_EndsEveryTime([Values(2, 3, 9)] int threads, [Values(0, 1, 2)] int owners, [Values] bool keep) => TimeLimit.Run(() =>
    {
        const int BatchSize = 1;
        var network = new Network(NetworkDescription.Parse("144 -> Dense 20 -> ReLU -> Dense 20 -> Dense 4"));
        using var runner = new StepRunner(new Backpropagation(network, new SoftmaxCrossEntropy(), BatchSize), [0.01f, 0.01f, 0.01f], threads, profile: null);
        int[] order = [.. Enumerable.Range(0, Samples)];
        var random = new Random(1);
        for (int run = 0; run < 3000 / threads; run++)
        {
            int steps = 0;
            int last = random.Next(1, 6);
            runner.Train(Plain, order, 0, Samples, sparse: false, RolesOf(owners, keep), () => ++steps < last);
            Assert.That(steps, Is.EqualTo(last));
        }

        // If all own columns, one has its own apart.
        Roles RolesOf(int owners, bool keep) => new(owners, keep && owners > 0, keep && owners == threads ? 1 : 0);
    });

    [Test]
    public void Train_CancelledWhileASampleIsRead_EndsWithWholeSteps([Values(1, 2, 3)] int threads)
    {
        const int BatchSize = 5;
        var expected = new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 50 -> ReLU -> Dense 4"));
        Network actual = expected.Clone();
        using var source = new CancellationTokenSource();
        using Trainer one = Create(expected, 1, BatchSize), trainer = Create(actual, threads, BatchSize);
        TrainingReport report = trainer.Train(new WatchedDataset(Plain, onInput: CancelAt152), new TrainingPlan { Epochs = 3 }, source.Token);

        void CancelAt152(int sample)
        {
            if (sample == 152)
            {
                source.Cancel();
            }
        }

        Assert.That(report.StopReason, Is.EqualTo(StopReason.Cancelled));
        Assert.That(report.Steps, Is.InRange(29, 31), "the sample is read for its own step, or while the one before is under way, when that is not yet decided upon");
        for (int step = 0; step < report.Steps; step++)
        {
            one.Step(Plain, [.. Enumerable.Range(step * BatchSize, BatchSize)]);
        }
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
    }

    private static Trainer Create(Network network, int threads, int batchSize) =>
        new(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = batchSize, LearningRates = [0.1f], Threads = threads });
}
