using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Threads;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Not one byte once warm, over all threads of the process.</summary>
[NonParallelizable]
public class AllocationTests
{
    private const int Calls = 1000;
    private const int Samples = 10;

    /// <summary>
    /// The test host allocates some 168 bytes several times a second on a thread of its own. What the engine allocates in
    /// 100 calls is in every window of that many, what the host does is not: so the quietest window of many counts, ten times
    /// over, and the network and the data are small, so that a window is shorter than the host's pauses even on a busy machine.
    /// </summary>
    private const int CallsPerWindow = 100;

    private const int WindowsPerPart = 100;

    private const string EveryLayer = "20 -> Tanh -> Dense 17 -> ReLU -> Dense 9 -> LeakyReLU 0.2 -> Dense 8 -> Sigmoid -> Dense 6 -> Softmax -> Dense 5";

    private const string DenseFirst = "20 -> Dense 17 -> ReLU -> Dense 9 -> Tanh -> Dense 5";

    private static readonly ImageDataset MostlyBlack = TestDatasets.Images(Samples, 4, 5, 0.3, classes: 5);
    private static readonly ImageDataset Images = new(new Random(1).Bytes(Samples * 20), [.. Enumerable.Range(0, Samples).Select(i => (byte)(i % 5))], 4, 5);
    private static readonly VectorDataset Vectors = new(new Random(2).Uniform(Samples * 20), [.. new Random(3).Uniform(Samples * 5).Select(Math.Abs)], 20, 5);

    private static IEnumerable<TestCaseData> LossesAndThreads()
    {
        Loss[] losses = [new SoftmaxCrossEntropy(), new SigmoidCrossEntropy(), new MeanSquaredError(), new PerceptronCriterion()];
        foreach (int threads in new[] { 1, 2 })
        {
            foreach (Loss loss in losses)
            {
                Dataset data = loss is SoftmaxCrossEntropy or PerceptronCriterion ? Images : Vectors;
                yield return new TestCaseData(EveryLayer, loss, data, threads).SetArgDisplayNames(loss.GetType().Name, $"{threads} threads");
            }
            yield return new TestCaseData($"{EveryLayer} -> Sigmoid", new BinaryCrossEntropy(), Vectors, threads).SetArgDisplayNames("BinaryCrossEntropy", $"{threads} threads");
        }
    }

    [TestCaseSource(nameof(LossesAndThreads))]
    public void Step_OnceWarm_AllocatesNothing(string description, Loss loss, Dataset data, int threads)
    {
        using Trainer trainer = CreateTrainer(description, loss, threads);
        int[] samples = [3, 1, 4, 1, 5, 9, 2];
        AssertAllocatesNothing(() => trainer.Step(data, samples));
    }

    [TestCaseSource(nameof(LossesAndThreads))]
    public void Evaluate_OnceWarm_AllocatesNothing(string description, Loss loss, Dataset data, int threads)
    {
        using Trainer trainer = CreateTrainer(description, loss, threads);
        AssertAllocatesNothing(() => trainer.Evaluate(data));
    }

    [Test]
    public void StepAndEvaluate_EitherInputPath_AllocateNothing([Values] InputPath path, [Values(1, 2)] int threads, [Values] bool black)
    {
        ImageDataset data = black ? MostlyBlack : Images;
        using Trainer trainer = CreateTrainer(DenseFirst, new SoftmaxCrossEntropy(), threads, path);
        int[] samples = [3, 1, 4, 1, 5, 9, 2];
        AssertAllocatesNothing(() => trainer.Step(data, samples));
        AssertAllocatesNothing(() => trainer.Evaluate(data));
    }

    [TestCase(1)]
    [TestCase(64)]
    public void Predict_DenseLayerFirst_AllocatesNothing(int rows)
    {
        var network = new Network(NetworkDescription.Parse(DenseFirst));
        var workspace = new Workspace(network, rows);
        float[] outputs = new float[Samples * 5];
        foreach (ImageDataset data in new[] { MostlyBlack, Images })
        {
            float[] inputs = Array.ConvertAll(data.Pixels.ToArray(), p => p / 255f);
            AssertAllocatesNothing(() => network.Predict(data.Pixels, outputs, workspace));
            AssertAllocatesNothing(() => network.Predict(inputs, outputs, workspace));
        }
    }

    [Test]
    public void BatchPredictor_OnceWarm_AllocatesNothing([Values(1, 2)] int threads)
    {
        using var predictor = new BatchPredictor(new Network(NetworkDescription.Parse(EveryLayer)), threads, batchSize: 4);
        byte[] pixels = new Random(1).Bytes(10 * 20);
        float[] outputs = new float[10 * 5];
        AssertAllocatesNothing(() => predictor.Predict(pixels, outputs));
    }

    [Test]
    public void Train_OnceWarm_ReportsThatItsStepsAllocatedNothing([Values] bool stepByStep)
    {
        using Trainer trainer = CreateTrainer(EveryLayer, new SoftmaxCrossEntropy(), threads: 2);
        Action<StepReport> callback = report => _ = new byte[100];
        var plan = new TrainingPlan { Epochs = 200, Shuffle = true, OnStep = stepByStep ? callback : null, OnLoss = stepByStep ? null : callback };
        TrainingReport report = trainer.Train(Images, plan);
        Assert.That(report.Epochs.Skip(1).Max(epoch => epoch.AllocatedBytes), Is.Zero);
    }

    /// <summary>The data is read by every thread of the team; what it allocates there counts, and what a thread of somebody else allocates does not.</summary>
    [Test]
    public void Train_DataThatAllocates_ReportsItWhicheverThreadReads([Values(1, 2)] int threads)
    {
        const int Epochs = 20;
        using Trainer trainer = CreateTrainer("20 -> Dense 5", new SoftmaxCrossEntropy(), threads);
        bool done = false;
        var other = new Thread(() =>
        {
            for (object kept = new(); !Volatile.Read(ref done); kept = new byte[1000])
            {
                GC.KeepAlive(kept);
            }
        });
        other.Start();
        TrainingReport quiet = trainer.Train(Images, new TrainingPlan { Epochs = Epochs });
        TrainingReport report = trainer.Train(new AllocatingDataset(Images), new TrainingPlan { Epochs = Epochs });
        Volatile.Write(ref done, true);
        other.Join();

        Assert.That(quiet.Epochs.Skip(1).Max(epoch => epoch.AllocatedBytes), Is.Zero);
        long object24 = 24L * Images.Count;
        Assert.That(report.Epochs.Skip(1).Select(epoch => epoch.AllocatedBytes), Is.All.EqualTo(object24));
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(64)]
    public void Predict_FloatsOrBytes_AllocatesNothing(int rows)
    {
        var network = new Network(NetworkDescription.Parse($"{EveryLayer} -> BinaryStep"));
        var workspace = new Workspace(network, rows);
        float[] inputs = new Random(1).Uniform(10 * 20);
        byte[] pixels = new Random(1).Bytes(10 * 20);
        float[] outputs = new float[10 * 5];
        AssertAllocatesNothing(() => network.Predict(inputs, outputs, workspace));
        AssertAllocatesNothing(() => network.Predict(pixels, outputs, workspace));
    }

    [Test]
    public void AssertAllocatesNothing_OneObjectACallOnAnyThread_Fails()
    {
        using var team = new WorkerTeam(2);
        object[] kept = new object[2];
        long bytes = LeastBytes(() => team.Run(worker => kept[worker] = worker == 1 ? new object() : kept[0]));
        Assert.That(bytes, Is.GreaterThanOrEqualTo(24 * Calls));
    }

    /// <summary>The same data, with one object allocated for each sample that is read.</summary>
    private sealed class AllocatingDataset(Dataset data) : Dataset
    {
        private readonly object?[] _kept = new object?[data.Count];

        public override int Count => data.Count;

        public override int Inputs => data.Inputs;

        public override int Targets => data.Targets;

        public override void CopyInput(int sample, Span<float> destination)
        {
            _kept[sample] = new object();
            data.CopyInput(sample, destination);
        }

        public override void CopyTarget(int sample, Span<float> destination) => data.CopyTarget(sample, destination);

        public override bool FitsOutputs(int outputs) => data.FitsOutputs(outputs);
    }

    private static Trainer CreateTrainer(string description, Loss loss, int threads, InputPath path = InputPath.Automatic) =>
        new(new Network(NetworkDescription.Parse(description)), loss, new TrainerOptions { BatchSize = 8, Threads = threads, InputPath = path });

    private static void AssertAllocatesNothing(Action call) => Assert.That(LeastBytes(call), Is.Zero);

    /// <summary>The bytes of 1,000 calls, after a few to warm up: of each 100, those of the quietest window.</summary>
    private static long LeastBytes(Action call)
    {
        for (int i = 0; i < 3; i++)
        {
            call();
        }
        long sum = 0;
        for (int part = 0; part < Calls / CallsPerWindow; part++)
        {
            long least = long.MaxValue;
            for (int window = 0; window < WindowsPerPart && least > 0; window++)
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                for (int i = 0; i < CallsPerWindow; i++)
                {
                    call();
                }
                least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
            }
            sum += least;
        }
        return sum;
    }
}
