using System.Runtime.CompilerServices;
using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Networks;

public class NetworkTests
{
    private static readonly NetworkDescription Seed = NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU);

    [Test]
    public void Summary_OfTheSeedNetwork_HasItsNumbers()
    {
        var network = new Network(Seed);
        var summary = new NetworkSummary(network);

        Assert.That(summary.Layers.Select(l => l.Layer), Is.EqualTo(new[] { "Dense 100", "ReLU", "Dense 200", "ReLU", "Dense 10" }));
        Assert.That(summary.Layers.Select(l => l.Parameters), Is.EqualTo(new long[] { 78_500, 0, 20_200, 0, 2_010 }));
        Assert.That(summary.Layers.Select(l => (l.Inputs, l.Outputs)), Is.EqualTo(new[] { (784, 100), (100, 100), (100, 200), (200, 200), (200, 10) }));
        Assert.That(summary.Layers.Select(l => l.FlopsPerSample), Is.EqualTo(new long[] { 156_800, 0, 40_000, 0, 4_000 }));
        Assert.That((summary.Parameters, network.ParameterCount), Is.EqualTo((100_710, 100_710)));
        Assert.That(summary.FlopsPerSample, Is.EqualTo(200_800));
        Assert.That(summary.TrainingFlopsPerSample, Is.EqualTo((3 * 200_800) - 156_800));

        // Rows of 100, 200 and 10 floats are padded to 7, 13 and 1 cache lines, and the 784 inputs of a workspace to 49. An image has 13 words of a mask.
        Assert.That(summary.Layers.Select(l => l.Bytes), Is.EqualTo(new long[] { 785 * 7 * 64, 0, 101 * 13 * 64, 0, 201 * 64 }));
        Assert.That(summary.Bytes, Is.EqualTo(summary.Layers.Sum(l => l.Bytes)));
        Assert.That(summary.WorkspaceBytesPerSample, Is.EqualTo(((784 + 112 + 208 + 16) * sizeof(float)) + (13 * sizeof(ulong))));
        Assert.That(new Workspace(network, 3).Bytes, Is.EqualTo(3 * summary.WorkspaceBytesPerSample));
        string[] lines = summary.ToString().ReplaceLineEndings("\n").Split('\n');
        Assert.That(Words(lines[1]), Is.EqualTo(new[] { "Dense", "100", "784", "->", "100", "78,500", "156,800", "343.4" }));
        Assert.That(Words(lines[^2]), Is.EqualTo(new[] { "total", "100,710", "200,800", "438.1" }));
        Assert.That(lines[^1], Is.EqualTo("training: 445,600 flops a sample; workspace: 4.5 KB a sample"));
        Assert.That(lines[..^1].Select(line => line.Length).Distinct(), Has.Exactly(1).Items.And.All.LessThanOrEqualTo(60));

        static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Two threads may update two layers; a core that goes down the rows of one asks for some lines behind them.</summary>
    [Test]
    public void DenseLayers_OneBehindTheOther_AreApart()
    {
        var network = new Network(Seed);
        for (int i = 1; i < network.DenseLayers.Count; i++)
        {
            Dense before = network.DenseLayers[i - 1];
            long distance = Unsafe.ByteOffset(in before.Bias[0], in network.DenseLayers[i].Weights[0]) / sizeof(float);
            Assert.That(distance, Is.GreaterThanOrEqualTo((1 + 16) * before.Stride));
        }
    }

    [Test]
    public void Summary_WithoutDenseLayer_CountsNothing()
    {
        var summary = new NetworkSummary(new Network(NetworkDescription.Parse("4 -> ReLU")));
        Assert.That((summary.Parameters, summary.FlopsPerSample, summary.TrainingFlopsPerSample, summary.Bytes), Is.EqualTo((0, 0, 0, 0)));
    }

    [Test]
    public void SetParameters_ThenCopied_AreTheSameAndPaddingStaysZero()
    {
        Dense layer = new Network(NetworkDescription.Parse("19 -> Dense 17")).DenseLayers[0];
        float[] weights = new Random(1).Uniform(19 * 17), bias = new Random(2).Uniform(17), copy = new float[19 * 17];
        layer.SetParameters(weights, bias);
        layer.CopyWeightsTo(copy);
        Assert.That(copy, Is.EqualTo(weights));
        Assert.That(layer.Bias[..17].ToArray(), Is.EqualTo(bias));
        Assert.That(layer.Weights[(18 * layer.Stride) + 16], Is.EqualTo(weights[^1]));
        Assert.That(PaddedMatrix.Padding(layer), Is.All.Zero);
    }

    /// <summary>A step with an infinite input leaves 0 · ∞ in the padding of W. Who then sets good weights has a good network.</summary>
    [Test]
    public void SetParameters_AfterAStepThatDiverged_ClearsThePadding()
    {
        var network = new Network(NetworkDescription.Parse("4 -> Dense 3"));
        uint[] before = Parameters.Bits(network);
        Dense layer = network.DenseLayers[0];
        float[] weights = new float[12], bias = layer.Bias[..3].ToArray();
        layer.CopyWeightsTo(weights);
        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = 1, Threads = 1 });
        trainer.Step(new VectorDataset([float.PositiveInfinity, 1, 1, 1], [1, 0, 0], 4, 3), [0]);
        Assert.That(PaddedMatrix.Padding(layer), Has.Some.NaN);
        layer.SetParameters(weights, bias);
        Assert.That(PaddedMatrix.Padding(layer), Is.All.Zero);
        Assert.That(Parameters.Bits(network), Is.EqualTo(before));
    }

    [Test]
    public void SetParameters_WrongLength_IsRefusedAndChangesNothing()
    {
        var network = new Network(NetworkDescription.Parse("3 -> Dense 2"));
        uint[] before = Parameters.Bits(network);
        Dense layer = network.DenseLayers[0];
        Assert.That(() => layer.SetParameters(new float[5], new float[2]), Throws.ArgumentException.With.Message.Contains("6 elements; found 5"));
        Assert.That(() => layer.SetParameters(new float[7], new float[2]), Throws.ArgumentException);
        Assert.That(() => layer.SetParameters(new float[6], new float[1]), Throws.ArgumentException);
        Assert.That(() => layer.SetParameters(new float[6], new float[3]), Throws.ArgumentException);
        Assert.That(() => layer.CopyWeightsTo(new float[5]), Throws.ArgumentException);
        Assert.That(Parameters.Bits(network), Is.EqualTo(before));
    }

    [Test]
    public void Clone_ChangedAfterwards_LeavesTheOriginalAlone()
    {
        var network = new Network(Seed, new InitializationOptions { Seed = 5 });
        network.DenseLayers[2].SetParameters(new float[2000], new Random(1).Uniform(10));
        ulong before = Parameters.Hash(network);
        Network clone = network.Clone();
        Assert.That(Parameters.Hash(clone), Is.EqualTo(before));

        clone.DenseLayers[0].SetParameters(new float[78_400], new float[100]);
        Assert.That(Parameters.Hash(network), Is.EqualTo(before));
        network.DenseLayers[1].SetParameters(new float[20_000], new float[200]);
        Assert.That(clone.DenseLayers[1].Weights.ToArray(), Has.Some.Not.Zero);
    }

    [Test]
    public void WithDescription_SoftmaxPutLast_GivesProbabilitiesOfTheSameLogits()
    {
        var network = new Network(NetworkDescription.Parse("8 -> Dense 5 -> Tanh -> Dense 4"), new InitializationOptions { Seed = 2 });
        Network probabilities = network.WithDescription(NetworkDescription.Parse("8 -> Dense 5 -> Tanh -> Dense 4 -> Softmax"));
        Assert.That(Parameters.Bits(probabilities), Is.EqualTo(Parameters.Bits(network)));

        float[] input = new Random(1).Uniform(8), logits = new float[4], outputs = new float[4];
        network.Predict(input, logits, new Workspace(network));
        probabilities.Predict(input, outputs, new Workspace(probabilities));
        double sum = logits.Sum(x => Math.Exp(x));
        for (int i = 0; i < 4; i++)
        {
            Assert.That(outputs[i], Is.EqualTo(Math.Exp(logits[i]) / sum).Within(1e-6));
        }
    }

    [TestCase("9 -> Dense 5 -> Dense 4")]
    [TestCase("8 -> Dense 6 -> Dense 4")]
    [TestCase("8 -> Dense 5")]
    [TestCase("8 -> Dense 5 -> Dense 4 -> Dense 4")]
    public void WithDescription_OtherDenseLayers_IsRefused(string other)
    {
        var network = new Network(NetworkDescription.Parse("8 -> Dense 5 -> Dense 4"));
        Assert.That(
            () => network.WithDescription(NetworkDescription.Parse(other)),
            Throws.ArgumentException.With.Message.StartsWith($"Expected the dense layers of 8 -> Dense 5 -> Dense 4; found {other}."));
    }

    [Test]
    public void WithDescription_OtherInputs_IsRefused() =>
        Assert.That(
            () => new Network(NetworkDescription.Parse("2 -> ReLU")).WithDescription(NetworkDescription.Parse("3 -> ReLU")),
            Throws.ArgumentException.With.Message.StartsWith("Expected the 2 inputs of 2 -> ReLU; found 3 -> ReLU."));

    [Test]
    public void Backpropagation_RowsAndLayersThatAreNot_AreRefused([Values(-1, 4, 1 << 28)] int number)
    {
        var pass = new Backpropagation(new Network(NetworkDescription.Parse("3 -> Dense 5 -> Tanh -> Dense 2")), new MeanSquaredError(), rows: 4);
        Assert.That(() => pass.Input(number).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => pass.Target(number).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => pass.Output(number).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => pass.WeightGradient(number).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => pass.BiasGradient(number).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That((pass.Input(3).Length, pass.Target(3).Length, pass.Output(3).Length), Is.EqualTo((3, 2, 2)));
    }

    [Test]
    public void Network_TooLargeForOneArray_IsRefusedBeforeMemoryIsTaken()
    {
        Assert.That(() => new Network(NetworkDescription.Parse("100000 -> Dense 100000")), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new Network(NetworkDescription.Parse("30000 -> Dense 30000 -> Dense 30000 -> Dense 30000")), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Network(null!), Throws.ArgumentNullException);
        Assert.That(() => new Dense(0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Dense(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Dense(1, int.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Dense(int.MaxValue, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Tanh(int.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Workspace(new Network(new NetworkDescription(RowLayout.MaximumColumns, LayerDescription.ReLU)), rows: 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
