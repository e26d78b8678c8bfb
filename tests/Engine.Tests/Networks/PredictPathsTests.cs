using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Kernels;
using Engine.Tests.Reference;
using Engine.Tests.Training;
using NUnit.Framework;

namespace Engine.Tests.Networks;

/// <summary>One sample or many, pixels or floats, zeros skipped or not: the same bits.</summary>
public class PredictPathsTests
{
    private const int Samples = 20;

    [Test]
    public void Predict_AnySplitOfPixelsOrFloats_GivesTheSameBits(
        [Values("5x7", "8x8", "28x28")] string size,
        [Values(0, 0.2, 0.6, 1)] double density,
        [Values("Dense 1", "Dense 10 -> ReLU", "Dense 100 -> ReLU -> Dense 30 -> ReLU -> Dense 7", "Dense 130 -> Tanh -> ReLU -> Dense 3 -> Softmax", "Sigmoid -> Dense 65 -> ReLU -> Dense 2", "ReLU")]
        string layers)
    {
        int[] sides = [.. size.Split('x').Select(int.Parse)];
        ImageDataset data = TestDatasets.Images(Samples, sides[0], sides[1], density, classes: 1);
        AssertSameBits(CreateNetwork(data.Inputs, layers), data.Pixels.ToArray());
    }

    /// <summary>Black, half black and full images in turn: the parts of a batch go different ways.</summary>
    [Test]
    public void Predict_MixedBatch_GivesTheSameBits()
    {
        const int Inputs = 129;
        byte[] pixels = new byte[Samples * Inputs];
        var random = new Random(4);
        for (int i = 0; i < pixels.Length; i++)
        {
            bool black = (i / Inputs % 4) switch { 0 => true, 1 => i % 2 == 0, 2 => i % Inputs != Inputs - 1, _ => false };
            pixels[i] = black ? (byte)0 : (byte)random.Next(1, 256);
        }
        AssertSameBits(CreateNetwork(Inputs, "Dense 33 -> ReLU -> Dense 5"), pixels);
    }

    [Test]
    public void Predict_BlackImages_GivesTheBiasesOfTheFirstLayer([Values(1, 3, 64)] int rows)
    {
        Network network = CreateNetwork(70, "Dense 20");
        float[] outputs = new float[5 * 20];
        float[] expected = [.. Enumerable.Repeat(network.DenseLayers[0].Bias[..20].ToArray(), 5).SelectMany(bias => bias)];
        network.Predict(new byte[5 * 70], outputs, new Workspace(network, rows));
        Assert.That(outputs, Is.EqualTo(expected));
        network.Predict(new float[5 * 70], outputs, new Workspace(network, rows));
        Assert.That(outputs, Is.EqualTo(expected));
        network.Predict([.. Enumerable.Repeat(-0f, 5 * 70)], outputs, new Workspace(network, rows));
        Assert.That(outputs, Is.EqualTo(expected), "−0 is zero too");
    }

    [Test]
    public void Predict_WorkspaceUsedBefore_GivesTheSameBits()
    {
        // What a longer, brighter batch has left in the workspace must not show.
        Network network = CreateNetwork(100, "Dense 40 -> ReLU -> Dense 6");
        byte[] bright = TestDatasets.Images(8, 10, 10, 1, classes: 1).Pixels.ToArray();
        byte[] dark = TestDatasets.Images(3, 10, 10, 0.1, classes: 1).Pixels.ToArray();
        float[] expected = new float[3 * 6], found = new float[3 * 6];
        foreach (int rows in new[] { 1, 8 })
        {
            var workspace = new Workspace(network, rows);
            network.Predict(dark, expected, new Workspace(network, rows));
            network.Predict(bright, new float[8 * 6], workspace);
            network.Predict(dark, found, workspace);
            Expect.SameBits(found, expected, $"{rows} rows");
        }
    }

    /// <summary>The yardstick are the layers one after another, as in training on floats: there nothing is skipped.</summary>
    private static void AssertSameBits(Network network, byte[] pixels)
    {
        float[] inputs = Array.ConvertAll(pixels, pixel => pixel / 255f);
        float[] expected = new float[Samples * network.Outputs];
        var dense = new Workspace(network, Samples);
        for (int i = 0; i < Samples; i++)
        {
            inputs.AsSpan(i * network.Inputs, network.Inputs).CopyTo(dense.Input(i));
        }
        network.ForwardFirst(dense, 0, Samples);
        network.ForwardRest(dense, 0, Samples);
        for (int i = 0; i < Samples; i++)
        {
            dense.Output(i).CopyTo(expected.AsSpan(i * network.Outputs));
        }
        Assert.That(expected, Is.All.Matches<float>(float.IsFinite));
        foreach (int rows in new[] { 1, 2, 3, 7, Samples, 64 })
        {
            var workspace = new Workspace(network, rows);
            float[] outputs = new float[expected.Length];
            network.Predict(pixels, outputs, workspace);
            Expect.SameBits(outputs, expected, $"pixels, {rows} rows");
            Array.Clear(outputs);
            network.Predict(inputs, outputs, workspace);
            Expect.SameBits(outputs, expected, $"floats, {rows} rows");
        }
        var single = new Workspace(network, 64);
        float[] output = new float[network.Outputs];
        for (int i = 0; i < Samples; i++)
        {
            ReadOnlySpan<float> row = expected.AsSpan(i * network.Outputs, network.Outputs);
            network.Predict(pixels.AsSpan(i * network.Inputs, network.Inputs), output, single);
            Expect.SameBits(output, row, $"pixels of sample {i} alone");
            network.Predict(inputs.AsSpan(i * network.Inputs, network.Inputs), output, single);
            Expect.SameBits(output, row, $"floats of sample {i} alone");
        }
    }

    private static Network CreateNetwork(int inputs, string layers)
    {
        var network = new Network(NetworkDescription.Parse($"{inputs} -> {layers}"), new InitializationOptions { Seed = 6 });
        foreach (Dense layer in network.DenseLayers)
        {
            new Random(7).Uniform(layer.Outputs, 0.1).CopyTo(layer.BiasMemory);
        }
        return network;
    }
}
