using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Benchmarks;

/// <summary>The network and the data that the benchmarks share: 784-100-200-10 with ReLU, on MNIST.</summary>
internal static class SeedNetwork
{
    public const int BatchSize = 64;

    /// <summary>Images of an epoch.</summary>
    public const int TrainingImages = 60_000;

    /// <summary>The learning rates of the three dense layers.</summary>
    public static float[] LearningRates => [0.05f, 0.05f, 0.1f];

    /// <summary>The four MNIST files beside the assembly.</summary>
    public static string DataFolder => Path.Combine(AppContext.BaseDirectory, "data", "mnist");

    /// <summary>Its shape.</summary>
    public static NetworkDescription Description => NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU);

    /// <summary>A fresh network with the initial weights of the golden values.</summary>
    public static Network Create(ulong seed = 42) => new(
        Description,
        new InitializationOptions { Scheme = Initialization.GlorotUniform, Seed = seed });

    /// <summary>The training images.</summary>
    public static ImageDataset ReadTraining() => MnistFolder.ReadTraining(DataFolder);

    /// <summary>The test images.</summary>
    public static ImageDataset ReadTest() => MnistFolder.ReadTest(DataFolder);

    /// <summary>The losses of the steps of an epoch by an independent program in double precision.</summary>
    public static double[] GoldenLosses()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "golden", "mnist-784-100-200-10-epoch1.json"));
        using JsonDocument document = JsonDocument.Parse(file);
        return [.. document.RootElement.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];
    }

    /// <summary>SHA-256 of a data set's pixels and labels.</summary>
    public static string Checksum(ImageDataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(data.Pixels);
        hash.AppendData(data.Labels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of all parameters: equal only if every bit is.</summary>
    public static string Hash(Network network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Dense layer in network.DenseLayers)
        {
            hash.AppendData(MemoryMarshal.AsBytes(layer.Weights));
            hash.AppendData(MemoryMarshal.AsBytes(layer.Bias));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
