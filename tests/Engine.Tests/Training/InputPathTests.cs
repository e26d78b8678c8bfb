using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Zero pixels skipped or multiplied: the same bits, and chosen by the density of the data alone.</summary>
public sealed class InputPathTests
{
    [Test]
    public void Train_SparseOrDense_HasTheSameBits(
        [Values("35 -> Dense 1", "35 -> Dense 10 -> ReLU -> Dense 3", "35 -> Dense 100 -> Tanh -> Dense 7 -> ReLU -> Dense 3", "35 -> Dense 130 -> ReLU -> LeakyReLU 0.1 -> Dense 3")] string description,
        [Values(0.0, 0.2, 0.7, 1.0)] double density,
        [Values(1, 7, 64, 65, 130)] int batchSize)
    {
        NetworkDescription shape = NetworkDescription.Parse(description);
        ImageDataset data = Images(150, 5, 7, density, classes: shape.Layers[^1].Units == 1 ? 1 : 3);
        (string Run, ulong Bits, double Loss)[] results =
        [
            .. from path in new[] { InputPath.Dense, InputPath.Sparse }
               from threads in new[] { 1, 2, 3 }
               select Run(path, threads),
        ];
        Assert.That(results.Select(result => (result.Bits, result.Loss)).Distinct().Count(), Is.EqualTo(1), string.Join(", ", results));

        (string, ulong, double) Run(InputPath path, int threads)
        {
            var network = new Network(shape);
            using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = batchSize, Threads = threads, InputPath = path });
            TrainingReport report = trainer.Train(data, new TrainingPlan { Epochs = 2, Shuffle = true, Validation = data });
            return ($"{path} on {threads}", Parameters.Hash(network), report.Epochs.Sum(epoch => epoch.Loss + epoch.Validation!.Value.Loss));
        }
    }

    [Test]
    public void Train_OnMnist_SparseOrDense_HasTheSameBits()
    {
        ulong[] hashes = [.. new[] { InputPath.Automatic, InputPath.Sparse, InputPath.Dense }.Select(path =>
        {
            var network = new Network(NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU));
            using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { InputPath = path });
            for (int step = 0; step < 20; step++)
            {
                trainer.Step(Mnist.Training, [.. Enumerable.Range(64 * step, 64)]);
            }
            return Parameters.Hash(network);
        })];
        Assert.That(hashes.Distinct().Count(), Is.EqualTo(1));
    }

    [TestCase(0.0, true)]
    [TestCase(0.49, true)]
    [TestCase(0.51, false)]
    [TestCase(1.0, false)]
    public void Automatic_ImagesOfADensity_SkipsZerosUpToAHalf(double density, bool sparse)
    {
        byte[] pixels = [.. Enumerable.Range(0, 100).Select(i => i < Math.Round(100 * density) ? (byte)1 : (byte)0)];
        var data = new ImageDataset(pixels, [0], 10, 10);
        using var trainer = new Trainer(new Network(NetworkDescription.Parse("100 -> Dense 1")), new MeanSquaredError());

        Assert.That(data.Density, Is.EqualTo(density).Within(1e-12));
        Assert.That(trainer.UsesSparseInputs(data), Is.EqualTo(sparse));
    }

    [Test]
    public void Automatic_WithoutImagesOrADenseFirstLayer_IsDense()
    {
        using var plain = new Trainer(new Network(NetworkDescription.Parse("4 -> Dense 2")), new MeanSquaredError());
        using var activated = new Trainer(new Network(NetworkDescription.Parse("4 -> Tanh -> Dense 2")), new MeanSquaredError());

        Assert.That(plain.UsesSparseInputs(TestDatasets.Vectors(3, 4, 2)), Is.False);
        Assert.That(activated.UsesSparseInputs(Images(3, 2, 2, 0.1, classes: 2)), Is.False);
    }

    [Test]
    public void Sparse_WithoutImagesOrADenseFirstLayer_IsRefused()
    {
        var options = new TrainerOptions { InputPath = InputPath.Sparse };
        using var plain = new Trainer(new Network(NetworkDescription.Parse("4 -> Dense 2")), new MeanSquaredError(), options);
        using var activated = new Trainer(new Network(NetworkDescription.Parse("4 -> Tanh -> Dense 2")), new MeanSquaredError(), options);

        Assert.That(() => plain.Step(TestDatasets.Vectors(3, 4, 2), [0]), Throws.ArgumentException.With.Message.Contain("VectorDataset"));
        Assert.That(() => activated.Evaluate(Images(3, 2, 2, 0.1, classes: 2)), Throws.ArgumentException.With.Message.Contain("4 -> Tanh -> Dense 2"));
        Assert.That(
            () => new Trainer(new Network(NetworkDescription.Parse("4 -> Dense 2")), new MeanSquaredError(), options with { InputPath = (InputPath)3 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void ImageDataset_WithoutImages_HasDensityZero() => Assert.That(new ImageDataset([], [], 2, 2).Density, Is.Zero);

    private static ImageDataset Images(int count, int rows, int columns, double density, int classes)
    {
        var random = new Random(count);
        byte[] pixels = [.. Enumerable.Range(0, count * rows * columns).Select(_ => random.NextDouble() < density ? (byte)random.Next(1, 256) : (byte)0)];
        return new ImageDataset(pixels, [.. Enumerable.Range(0, count).Select(i => (byte)(i % classes))], rows, columns);
    }
}
