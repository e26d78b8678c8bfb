using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Layers on their own, on padded rows.</summary>
public class LayerTests
{
    private const int Rows = 3;

    /// <summary>Widths below, at and above one cache line; 20 columns are two lines and a third for the odd stride.</summary>
    private static readonly int[] Widths = [1, 15, 16, 17, 20];

    [Test]
    public void Forward_OfAnyLayer_AgreesWithTheReferenceAndLeavesPaddingZero(
        [Values("ReLU", "LeakyReLU 0.3", "Sigmoid", "Tanh", "BinaryStep", "Softmax", "Dense 18")] string kind, [ValueSource(nameof(Widths))] int width)
    {
        var network = new Network(NetworkDescription.Parse($"{width} -> {kind}"), new InitializationOptions { Seed = 3 });
        var reference = new ScalarNetwork(network, new MeanSquaredError());
        Layer layer = network.Layers[0];
        float[] input = PaddedRows(width, seed: 1);
        float[] output = new float[Rows * RowLayout.Stride(layer.Outputs)];
        layer.Forward(Rows, input, output);

        for (int row = 0; row < Rows; row++)
        {
            double[] expected = reference.Forward(Row(input, row, width))[^1];
            Assert.That(Row(output, row, layer.Outputs), Is.EqualTo(expected).Within(1e-6));
            Assert.That(Padding(output, row, layer.Outputs), Is.All.Zero);
        }
    }

    [Test]
    public void Backward_OfAnyActivation_LeavesPaddingZeroAndWorksInPlace(
        [Values("ReLU", "LeakyReLU 0.3", "Sigmoid", "Tanh", "Softmax")] string kind, [ValueSource(nameof(Widths))] int width)
    {
        var layer = (Activation)new Network(NetworkDescription.Parse($"{width} -> {kind}")).Layers[0];
        float[] output = new float[Rows * RowLayout.Stride(width)];
        layer.Forward(Rows, PaddedRows(width, seed: 1), output);
        float[] dOutput = PaddedRows(width, seed: 2);
        float[] dInput = new float[output.Length];
        layer.Backward(Rows, output, dOutput, dInput);
        for (int row = 0; row < Rows; row++)
        {
            Assert.That(Padding(dInput, row, width), Is.All.Zero);
        }
        layer.Backward(Rows, output, dOutput, dOutput);
        Assert.That(dOutput, Is.EqualTo(dInput));
    }

    [Test]
    public void Forward_SpanTooShort_IsRefused([Values("ReLU", "LeakyReLU", "Sigmoid", "Tanh", "BinaryStep", "Softmax", "Dense 20")] string kind)
    {
        Layer layer = new Network(NetworkDescription.Parse($"20 -> {kind}")).Layers[0];
        int tooShort = (Rows - 1) * RowLayout.Stride(20);
        Assert.That(() => layer.Forward(Rows, new float[tooShort], new float[500]), Throws.InstanceOf<ArgumentException>().With.Message.Contains("must hold").Or.Message.Contains("must have"));
        Assert.That(() => layer.Forward(Rows, new float[500], new float[tooShort]), Throws.InstanceOf<ArgumentException>().With.Message.Contains("must hold").Or.Message.Contains("must have"));
    }

    /// <summary>Rows whose floats are more than an int tells, or fewer than none.</summary>
    [Test]
    public void Activation_ImpossibleRows_AreRefused([Values("ReLU", "LeakyReLU", "Sigmoid", "Tanh", "BinaryStep")] string kind, [Values(1 << 28, int.MaxValue, -1, int.MinValue)] int rows)
    {
        var layer = (Activation)new Network(NetworkDescription.Parse($"20 -> {kind}")).Layers[0];
        Assert.That(() => layer.Forward(rows, [], []), Throws.InstanceOf<ArgumentException>());
        if (layer.IsDifferentiable)
        {
            Assert.That(() => layer.Backward(rows, [], [], []), Throws.InstanceOf<ArgumentException>());
        }
    }

    [TestCase(-1, 1)]
    [TestCase(3, 1)]
    [TestCase(0, 4)]
    [TestCase(2, 2)]
    [TestCase(1, -1)]
    [TestCase(1, int.MaxValue)]
    [TestCase(int.MaxValue, int.MaxValue)]
    public void Dense_WeightsOfInputsThatAreNot_AreRefused(int first, int count)
    {
        var layer = new Dense(3, 5);
        float[] block = new float[256];
        Assert.That(() => layer.BackwardWeights(1, block, block, first, count, new float[256]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => layer.UpdateWeights(1, block, block, first, count, 0.1f), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase(-1f)]
    [TestCase(float.NaN)]
    public void LeakyReLU_ImpossibleSlope_IsRefused(float slope) =>
        Assert.That(() => new LeakyReLU(3, slope), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Dense_WeightsOfNoSamples_AreWithoutGradient([Values(0, 2)] int first)
    {
        var layer = new Dense(3, 5);
        float[] dWeights = [.. Enumerable.Repeat(1f, layer.Stride)], before = layer.Weights.ToArray();
        layer.BackwardWeights(0, [], [], first, 1, dWeights);
        layer.UpdateWeights(0, [], [], first, 1, 0.1f);
        Assert.That(dWeights[..5], Is.All.Zero);
        Assert.That(layer.Weights.ToArray(), Is.EqualTo(before));
    }

    /// <summary>A product that underflows to −0 is counted as +0, as if it had been skipped: so a weight of −0 stays what it is.</summary>
    [Test]
    public void UpdateWeights_ByAGradientOfNegativeZero_LeavesTheSignOfAZero()
    {
        var layer = new Dense(1, 2);
        layer.SetParameters([-0f, 0f], [0f, 0f]);
        layer.UpdateWeights(1, [float.Epsilon, .. new float[15]], [-0.25f, -0.25f, .. new float[14]], 0, 1, 0.1f);
        Assert.That(layer.Weights[..2].ToArray().Select(BitConverter.SingleToInt32Bits), Is.EqualTo(new[] { -0f, 0f }.Select(BitConverter.SingleToInt32Bits)));
    }

    private static float[] PaddedRows(int width, int seed)
    {
        int stride = RowLayout.Stride(width);
        float[] rows = new float[Rows * stride];
        float[] numbers = new Random(seed).Uniform(Rows * width, 2);
        for (int row = 0; row < Rows; row++)
        {
            numbers.AsSpan(row * width, width).CopyTo(rows.AsSpan(row * stride));
        }
        return rows;
    }

    private static float[] Row(float[] rows, int row, int width) => rows[(row * RowLayout.Stride(width))..][..width];

    private static float[] Padding(float[] rows, int row, int width) => rows[((row * RowLayout.Stride(width)) + width)..((row + 1) * RowLayout.Stride(width))];
}
