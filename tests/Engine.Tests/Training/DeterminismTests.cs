using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>The same bits whatever the number of threads, the split into minibatches, or the machine.</summary>
public class DeterminismTests
{
    private static readonly NetworkDescription Seed = NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU);

    [Test]
    public void Train_WithAnyNumberOfThreads_GivesTheSameBits()
    {
        ulong expected = HashAfterSteps(Seed, threads: 1, steps: 60);
        foreach (int threads in new[] { 2, 3, 8 })
        {
            Assert.That(HashAfterSteps(Seed, threads, steps: 60), Is.EqualTo(expected), $"{threads} threads");
        }
        Assert.That(HashAfterSteps(Seed, threads: 1, steps: 60), Is.EqualTo(expected), "again");
        Assert.That(HashAfterSteps(Seed, threads: 1, steps: 60, seed: 2), Is.Not.EqualTo(expected), "another seed");
    }

    [TestCase("784 -> Sigmoid -> Dense 33 -> Tanh -> Dense 17 -> LeakyReLU 0.1 -> Dense 19 -> Softmax -> Dense 10")]
    [TestCase("784 -> Dense 1 -> Dense 130 -> ReLU -> Dense 11")]
    public void Train_EveryKindOfLayerWithAnyNumberOfThreads_GivesTheSameBits(string description)
    {
        ulong[] hashes = [.. new[] { 1, 2, 3, 8 }.Select(threads => HashAfterSteps(NetworkDescription.Parse(description), threads, steps: 20, batchSize: 5))];
        Assert.That(hashes, Is.All.EqualTo(hashes[0]));
    }

    [Test]
    public void Predict_InAnySplit_GivesTheSameBits()
    {
        const int Samples = 45;
        var network = new Network(Seed, new InitializationOptions { Seed = 3 });
        ReadOnlySpan<byte> pixels = Mnist.Test.Pixels[..(Samples * 784)];
        float[] expected = new float[Samples * 10];
        for (int i = 0; i < Samples; i++)
        {
            network.Predict(pixels.Slice(i * 784, 784), expected.AsSpan(i * 10, 10), new Workspace(network));
        }
        foreach (int rows in new[] { 1, 2, 7, 44, 45, 64 })
        {
            float[] outputs = new float[Samples * 10];
            network.Predict(pixels, outputs, new Workspace(network, rows));
            Assert.That(outputs, Is.EqualTo(expected), $"{rows} rows at once");
        }
    }

    /// <summary>
    /// Any machine, any vector width, JIT or ahead of time: these very bits. A change of the numbers that is meant changes
    /// them too, and has to say so.
    /// </summary>
    [Test]
    public void SeedNetwork_Seed1_HasTheseBitsOnEveryMachine()
    {
        Assert.That(HashAfterSteps(Seed, threads: 2, steps: 0), Is.EqualTo(0x40504C1EF72CDE74UL), "initial weights");
        Assert.That(HashAfterSteps(Seed, threads: 2, steps: 20), Is.EqualTo(0x7FD97E50A653E2BFUL), "after 20 steps");
    }

    private static ulong HashAfterSteps(NetworkDescription description, int threads, int steps, ulong seed = 1, int batchSize = 64)
    {
        var network = new Network(description, new InitializationOptions { Seed = seed });
        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { Threads = threads, BatchSize = batchSize });
        Mnist.Steps(trainer, steps);
        return Parameters.Hash(network);
    }
}
