using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Kernels;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>The sparse input path against the dense one, bit for bit, and when which is taken.</summary>
public class InputPathTests
{
    private const int Classes = 3;
    private static readonly int[] Threads = [1, 2, 3, 8];
    private static readonly int[] BatchSizes = [1, 2, 7, 64, 65, 130];
    private static readonly string[] Hidden = ["", " -> ReLU", " -> Tanh"];
    private static readonly Loss[] Losses = [new SoftmaxCrossEntropy(), new MeanSquaredError()];

    [Test]
    public void Train_SparseOrDense_GivesTheSameBits(
        [Values("5x7", "8x8", "28x28")] string size, [Values(0, 0.2, 0.6, 1)] double density, [Values(1, 10, 100, 130)] int width)
    {
        int[] sides = [.. size.Split('x').Select(int.Parse)];
        int number = size.Length + width;
        foreach (int batchSize in BatchSizes)
        {
            // The last minibatch of an epoch is short, unless a minibatch is a single sample.
            ImageDataset data = TestDatasets.Images(batchSize + (batchSize / 2) + 1, sides[0], sides[1], density, Classes);
            foreach (string hidden in Hidden)
            {
                var description = NetworkDescription.Parse($"{data.Inputs} -> Dense {width}{hidden} -> Dense {Classes}");
                AssertSameBits(description, Losses[number % 2], data, batchSize, Threads[number / 2 % 4]);
                number++;
            }
        }
    }

    [TestCase("35 -> Dense 3")]
    [TestCase("35 -> Dense 3 -> ReLU")]
    [TestCase("35 -> Dense 17 -> ReLU -> Tanh -> Dense 3")]
    [TestCase("35 -> Dense 17 -> LeakyReLU 0.1 -> ReLU -> Dense 200 -> ReLU -> Dense 5 -> Sigmoid")]
    [TestCase("35 -> Dense 300 -> ReLU -> ReLU -> Dense 3 -> Tanh -> Dense 4")]
    public void Train_OtherNetworks_GivesTheSameBits(string description)
    {
        foreach (double density in new[] { 0.1, 0.9 })
        {
            foreach (int threads in new[] { 1, 3 })
            {
                AssertSameBits(NetworkDescription.Parse(description), new MeanSquaredError(), TestDatasets.Images(30, 5, 7, density, Classes), 8, threads);
            }
        }
    }

    [Test]
    public void Step_Mnist_GivesTheSameBits([Values(InputPath.Sparse, InputPath.Automatic)] InputPath path, [Values(1, 2, 3)] int threads)
    {
        (double[] losses, Network network) dense = Run(InputPath.Dense, 2);
        (double[] losses, Network network) sparse = Run(path, threads);
        Assert.That(sparse.losses, Is.EqualTo(dense.losses));
        Assert.That(Parameters.Bits(sparse.network), Is.EqualTo(Parameters.Bits(dense.network)));

        static (double[] Losses, Network Network) Run(InputPath path, int threads)
        {
            var network = new Network(NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU), new InitializationOptions { Seed = 1 });
            using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { InputPath = path, Threads = threads });
            return (Mnist.Steps(trainer, 20), network);
        }
    }

    /// <summary>From the second epoch on images come from where they are packed.</summary>
    [Test]
    public void Train_SeveralEpochs_GivesTheBitsOfAsManyTrainingsOnNewData([Values(1, 2, 3)] int threads, [Values(InputPath.Automatic, InputPath.Dense)] InputPath path)
    {
        const int Epochs = 4;
        var description = NetworkDescription.Parse($"400 -> Dense 50 -> ReLU -> Dense 20 -> ReLU -> Dense {Classes}");
        (Network whole, Evaluation ofWhole, ImageDataset[] used) = Run(1, Epochs);
        (Network parts, Evaluation ofParts, ImageDataset[] unused) = Run(Epochs, 1);
        Assert.That(Parameters.Bits(whole), Is.EqualTo(Parameters.Bits(parts)));
        Assert.That(ofWhole, Is.EqualTo(ofParts));
        Assert.That(used[0].Packed is not null, Is.EqualTo(PackedImages.IsSupported && (path != InputPath.Dense || VectorWidth.IsWide)), "the one has packed");
        Assert.That(unused, Is.All.Property(nameof(ImageDataset.Packed)).Null, "the others have not");

        (Network Network, Evaluation Evaluation, ImageDataset[] Data) Run(int trainings, int epochs)
        {
            var network = new Network(description, new InitializationOptions { Seed = 1 });
            ImageDataset[] data = [.. Enumerable.Range(0, trainings).Select(_ => TestDatasets.Images(150, 20, 20, density: 0.3, Classes))];
            using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = 16, Threads = threads, InputPath = path });
            foreach (ImageDataset one in data)
            {
                trainer.Train(one, new TrainingPlan { Epochs = epochs });
            }
            return (network, trainer.Evaluate(data[^1]), data);
        }
    }

    [TestCase(0, true)]
    [TestCase(1, true)]
    [TestCase(99, true)]
    [TestCase(100, true)]
    [TestCase(101, false)]
    [TestCase(200, false)]
    public void Automatic_TwoHundredPixels_IsSparseUpToAHundredThatAreNotZero(int notZero, bool sparse)
    {
        // The same pixels, of any brightness, all at the front or all at the back, in many small images or in two large ones.
        foreach (byte brightness in new byte[] { 1, 255 })
        {
            byte[] front = [.. Enumerable.Range(0, 200).Select(i => i < notZero ? brightness : (byte)0)];
            foreach (byte[] pixels in new[] { front, [.. front.Reverse()] })
            {
                foreach (int columns in new[] { 1, 4, 100 })
                {
                    var data = new ImageDataset(pixels, new byte[200 / columns], 1, columns);
                    Assert.That(data.Density, Is.EqualTo(notZero / 200.0).Within(1e-15));
                    Assert.That(Uses(InputPath.Automatic, $"{columns} -> Dense 1", data, batchSize: 1), Is.EqualTo(sparse));
                    Assert.That(Uses(InputPath.Automatic, $"{columns} -> Dense 40 -> ReLU -> Dense 2", data, threads: 2), Is.EqualTo(sparse));
                    Assert.That(Uses(InputPath.Automatic, $"{columns} -> Tanh -> Dense 2", data), Is.False, "it starts with an activation");
                    Assert.That(Uses(InputPath.Dense, $"{columns} -> Dense 2", data), Is.False);
                    Assert.That(Uses(InputPath.Sparse, $"{columns} -> Dense 2", data), Is.True);
                }
            }
        }
    }

    [Test]
    public void Automatic_OtherData_IsDenseButMnistIsSparse()
    {
        Assert.That(Uses(InputPath.Automatic, "4 -> Dense 3", new VectorDataset(new float[40], new float[30], 4, 3)), Is.False, "all inputs are zero");
        Assert.That(Uses(InputPath.Automatic, "4 -> Dense 3", new WatchedDataset(TestDatasets.Images(5, 2, 2, 0, Classes))), Is.False, "images, but wrapped");
        Assert.That(Uses(InputPath.Automatic, "4 -> Dense 3", new ImageDataset([], [], 2, 2)), Is.True, "no pixel is bright");
        Assert.That(Uses(InputPath.Automatic, "784 -> Dense 10", Mnist.Training), Is.True);
        Assert.That(Uses(InputPath.Automatic, "784 -> Dense 10", Mnist.Test), Is.True);
        Assert.That(new TrainerOptions().InputPath, Is.EqualTo(InputPath.Automatic));
    }

    /// <summary>What no number tells as long as weights are finite: an infinite weight of a black pixel makes 0 · ∞, unless it is skipped.</summary>
    [TestCase(InputPath.Automatic, 2, true)]
    [TestCase(InputPath.Automatic, 3, false)]
    [TestCase(InputPath.Sparse, 2, true)]
    [TestCase(InputPath.Sparse, 3, true)]
    [TestCase(InputPath.Dense, 2, false)]
    [TestCase(InputPath.Dense, 3, false)]
    public void StepTrainAndEvaluate_AnyPath_SkipTheBlackPixelOrNot(InputPath path, int notZero, bool skipped)
    {
        byte[] image = [.. Enumerable.Range(0, 4).Select(i => i < notZero ? (byte)7 : (byte)0)];
        var data = new ImageDataset([.. image, .. image], [0, 1], 2, 2);
        Assert.That(double.IsFinite(Create().Evaluate(data).Loss), Is.EqualTo(skipped));
        Assert.That(double.IsFinite(Create().Step(data, [0, 1])), Is.EqualTo(skipped));
        double loss = 0;
        Create().Train(data, new TrainingPlan { OnStep = report => loss = report.Loss });
        Assert.That(double.IsFinite(loss), Is.EqualTo(skipped));

        Trainer Create()
        {
            var network = new Network(NetworkDescription.Parse("4 -> Dense 2"));
            network.DenseLayers[0].SetParameters([1, 2, 3, 4, 5, 6, float.PositiveInfinity, 7], [0, 0]);
            return new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { InputPath = path, Threads = 1 });
        }
    }

    [Test]
    public void Sparse_VectorsOrAnActivationFirst_IsRefused()
    {
        ImageDataset images = TestDatasets.Images(5, 2, 2, 0.5, Classes);
        AssertRefused("4 -> Dense 3", new VectorDataset(new float[8], new float[6], 4, 3), "found VectorDataset and 4 -> Dense 3.");
        AssertRefused("4 -> Dense 3", new WatchedDataset(images), "found WatchedDataset and");
        AssertRefused("4 -> Tanh -> Dense 3", images, "found ImageDataset and 4 -> Tanh -> Dense 3.");

        using var trainer = new Trainer(
            new Network(NetworkDescription.Parse("4 -> Dense 3")), new MeanSquaredError(), new TrainerOptions { InputPath = InputPath.Sparse, Threads = 1 });
        ulong before = Parameters.Hash(trainer.Network);
        var plan = new TrainingPlan { Validation = new VectorDataset(new float[8], new float[6], 4, 3) };
        Assert.That(() => trainer.Train(images, plan), Throws.ArgumentException, "its validation data is refused before the first step");
        Assert.That(Parameters.Hash(trainer.Network), Is.EqualTo(before));
        Assert.That(() => trainer.Train(images, new TrainingPlan { Validation = images }), Throws.Nothing);

        static void AssertRefused(string description, Dataset data, string found)
        {
            var options = new TrainerOptions { InputPath = InputPath.Sparse, Threads = 1 };
            using var trainer = new Trainer(new Network(NetworkDescription.Parse(description)), new MeanSquaredError(), options);
            Action[] calls = [() => trainer.Step(data, [0]), () => trainer.Evaluate(data), () => trainer.Train(data, new TrainingPlan())];
            foreach (Action call in calls)
            {
                Assert.That(
                    call,
                    Throws.ArgumentException.With.Message.StartsWith("Expected images and a network that starts with a dense layer, since the input path is sparse")
                        .And.Message.Contains(found));
            }
        }
    }

    [TestCase((InputPath)(-1))]
    [TestCase((InputPath)3)]
    public void Trainer_UnknownInputPath_IsRefused(InputPath path) =>
        Assert.That(
            () => new Trainer(new Network(NetworkDescription.Parse("4 -> Dense 3")), new MeanSquaredError(), new TrainerOptions { InputPath = path }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Expected a known input path"));

    private static bool Uses(InputPath path, string description, Dataset data, int batchSize = 64, int threads = 1)
    {
        var options = new TrainerOptions { InputPath = path, BatchSize = batchSize, Threads = threads };
        using var trainer = new Trainer(new Network(NetworkDescription.Parse(description)), new MeanSquaredError(), options);
        return trainer.UsesSparseInputs(data);
    }

    private static void AssertSameBits(NetworkDescription description, Loss loss, ImageDataset data, int batchSize, int threads)
    {
        string context = $"{description}, {loss.GetType().Name}, batches of {batchSize}, {threads} threads";
        (double[] Numbers, Network Network) dense = Run(InputPath.Dense, 1);
        (double[] Numbers, Network Network) sparse = Run(InputPath.Sparse, threads);
        if (!dense.Numbers.All(double.IsFinite))
        {
            Assert.Fail($"{context}: it diverges, so it shows nothing.");
        }
        if (!dense.Numbers.SequenceEqual(sparse.Numbers))
        {
            Assert.Fail($"{context}: losses {string.Join(", ", sparse.Numbers)}, expected {string.Join(", ", dense.Numbers)}.");
        }
        Expect.SameBits(sparse.Network.ParameterMemory, dense.Network.ParameterMemory, context);

        (double[] Numbers, Network Network) Run(InputPath path, int threads)
        {
            var network = new Network(description, new InitializationOptions { Seed = 2 });
            network.DenseLayers[0].BiasMemory[0] = 0.25f;
            var options = new TrainerOptions { InputPath = path, BatchSize = batchSize, Threads = threads, LearningRates = [0.02f] };
            using var trainer = new Trainer(network, loss, options);
            Evaluation before = trainer.Evaluate(data);
            var losses = new List<double>();
            TrainingReport report = trainer.Train(
                data, new TrainingPlan { Epochs = 2, Shuffle = true, Seed = 3, Validation = data, OnStep = step => losses.Add(step.Loss) });
            IEnumerable<double> epochs = report.Epochs.SelectMany(
                epoch => new[] { epoch.Loss, epoch.TrainAccuracy, epoch.Validation!.Value.Loss, epoch.Validation.Value.Hits });
            return ([before.Loss, before.Hits, .. losses, .. epochs], network);
        }
    }
}
