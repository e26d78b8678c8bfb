using System.Runtime.InteropServices;
using Engine.Networks;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Networks;

public class PredictTests
{
    private const string EveryLayer =
        "21 -> Sigmoid -> Dense 17 -> ReLU -> Dense 33 -> LeakyReLU 0.2 -> Dense 9 -> Tanh -> Dense 5 -> Softmax -> Dense 3 -> BinaryStep";

    private readonly Network _network = new(NetworkDescription.Parse("6 -> Dense 4 -> ReLU -> Dense 2"));

    [TestCase(EveryLayer)]
    [TestCase("5 -> Dense 1")]
    [TestCase("40 -> Dense 31 -> Sigmoid -> Dense 16 -> Softmax")]
    public void Predict_OfAnyNetwork_AgreesWithTheReference(string description)
    {
        const int Samples = 13;
        var network = new Network(NetworkDescription.Parse(description), new InitializationOptions { Seed = 4 });
        var reference = new ScalarNetwork(network, new Engine.Layers.MeanSquaredError());
        float[] inputs = new Random(6).Uniform(Samples * network.Inputs, 2);
        float[] outputs = new float[Samples * network.Outputs];
        network.Predict(inputs, outputs, new Workspace(network, 4));
        double[] expected = [.. inputs.Chunk(network.Inputs).SelectMany(input => reference.Forward(input)[^1])];
        Assert.That(outputs, Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Predict_Bytes_AreScaledToOne()
    {
        byte[] pixels = new Random(1).Bytes(3 * 6);
        float[] fromBytes = new float[6], fromFloats = new float[6];
        _network.Predict(pixels, fromBytes, new Workspace(_network, 2));
        _network.Predict(Array.ConvertAll(pixels, p => p / 255f), fromFloats, new Workspace(_network, 2));
        Assert.That(fromBytes, Is.EqualTo(fromFloats));
    }

    [Test]
    public void Predict_NoSamples_DoesNothing()
    {
        var workspace = new Workspace(_network);
        Assert.That(() => _network.Predict(ReadOnlySpan<float>.Empty, [], workspace), Throws.Nothing);
        Assert.That(() => _network.Predict(ReadOnlySpan<byte>.Empty, [], workspace), Throws.Nothing);
    }

    [TestCase(5, 2, "whole samples of 6 numbers; found 5")]
    [TestCase(13, 4, "whole samples of 6 numbers; found 13")]
    [TestCase(12, 2, "room for 2 samples of 2 outputs, 4 numbers; found 2")]
    [TestCase(12, 5, "room for 2 samples of 2 outputs, 4 numbers; found 5")]
    [TestCase(0, 1, "room for 0 samples of 2 outputs, 0 numbers; found 1")]
    public void Predict_WrongLengths_AreRefused(int inputs, int outputs, string message)
    {
        var workspace = new Workspace(_network);
        Assert.That(() => _network.Predict(new float[inputs], new float[outputs], workspace), Throws.ArgumentException.With.Message.Contains(message));
        Assert.That(() => _network.Predict(new byte[inputs], new float[outputs], workspace), Throws.ArgumentException.With.Message.Contains(message));
    }

    [Test]
    public void Predict_OutputsOverInputs_AreRefused()
    {
        float[] memory = new float[12];
        var workspace = new Workspace(_network);
        Assert.That(() => _network.Predict(memory.AsSpan(0, 6), memory.AsSpan(5, 2), workspace), Throws.ArgumentException.With.Message.Contains("must not overlap"));
        Assert.That(() => _network.Predict(memory.AsSpan(0, 6), memory.AsSpan(6, 2), workspace), Throws.Nothing);
        Assert.That(() => _network.Predict(MemoryMarshal.AsBytes(memory.AsSpan())[..12], memory.AsSpan(2, 4), workspace), Throws.ArgumentException.With.Message.Contains("must not overlap"));
        Assert.That(() => _network.Predict(MemoryMarshal.AsBytes(memory.AsSpan())[..12], memory.AsSpan(3, 4), workspace), Throws.Nothing);
    }

    [Test]
    public void Predict_WrongWorkspace_IsRefused()
    {
        var other = new Workspace(new Network(NetworkDescription.Parse("6 -> Dense 4 -> Tanh -> Dense 2")));
        Assert.That(() => _network.Predict(new float[6], new float[2], other), Throws.ArgumentException.With.Message.StartsWith("Expected a workspace for 6 -> Dense 4 -> ReLU"));
        Assert.That(() => _network.Predict(new float[6], new float[2], null!), Throws.ArgumentNullException);
        Assert.That(() => new Workspace(_network, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Workspace(_network, int.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Workspace(null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Predict_WorkspaceOfAClone_Serves()
    {
        float[] input = new Random(2).Uniform(6), expected = new float[2], found = new float[2];
        _network.Predict(input, expected, new Workspace(_network));
        _network.Predict(input, found, new Workspace(_network.Clone()));
        Assert.That(found, Is.EqualTo(expected));
    }

    [Test]
    public void Predict_ByManyThreadsAtOnce_GivesEachTheSameBits()
    {
        const int Samples = 64;
        var network = new Network(NetworkDescription.Parse(EveryLayer[..EveryLayer.LastIndexOf(" ->", StringComparison.Ordinal)]));
        float[] inputs = new Random(3).Uniform(Samples * network.Inputs);
        float[] expected = new float[Samples * network.Outputs];
        network.Predict(inputs, expected, new Workspace(network, Samples));
        int[] wrong = new int[6];
        Thread[] threads = [.. Enumerable.Range(0, wrong.Length).Select(number => new Thread(() =>
        {
            var workspace = new Workspace(network, number + 1);
            float[] outputs = new float[expected.Length];
            for (int round = 0; round < 200; round++)
            {
                Array.Clear(outputs);
                network.Predict(inputs, outputs, workspace);
                wrong[number] += outputs.AsSpan().SequenceEqual(expected) ? 0 : 1;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.That(wrong, Is.All.Zero);
    }
}
