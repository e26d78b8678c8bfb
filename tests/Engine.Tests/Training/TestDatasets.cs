using Engine.Data;
using Engine.Tests.Reference;

namespace Engine.Tests.Training;

/// <summary>Small data for trainer tests, and datasets that watch or fail.</summary>
internal static class TestDatasets
{
    /// <summary>Random samples: inputs in ±1, targets in ±1.</summary>
    public static VectorDataset Vectors(int samples, int inputs, int targets, int seed = 1)
    {
        var random = new Random(seed);
        return new VectorDataset(random.Uniform(samples * inputs), random.Uniform(samples * targets), inputs, targets);
    }

    /// <summary>Images of random pixels, of which about the given share is not zero; if not all are, one image in five is black.</summary>
    public static ImageDataset Images(int samples, int rows, int columns, double density, int classes, int seed = 1)
    {
        var random = new Random(seed);
        byte[] pixels = new byte[samples * rows * columns];
        for (int i = 0; i < pixels.Length; i++)
        {
            bool black = random.NextDouble() >= density || (density < 1 && i / (rows * columns) % 5 == 1);
            pixels[i] = black ? (byte)0 : (byte)random.Next(1, 256);
        }
        return new ImageDataset(pixels, [.. Enumerable.Range(0, samples).Select(i => (byte)(i % classes))], rows, columns);
    }
}

/// <summary>Passes everything on, and tells when a sample is asked for; on whatever thread that is.</summary>
internal class WatchedDataset(Dataset inner, Action<int>? onInput = null, Action<int>? onTarget = null) : Dataset
{
    public override int Count => inner.Count;

    public override int Inputs => inner.Inputs;

    public override int Targets => inner.Targets;

    public override void CopyInput(int sample, Span<float> destination)
    {
        onInput?.Invoke(sample);
        inner.CopyInput(sample, destination);
    }

    public override void CopyTarget(int sample, Span<float> destination)
    {
        onTarget?.Invoke(sample);
        inner.CopyTarget(sample, destination);
    }

    public override bool FitsOutputs(int outputs) => inner.FitsOutputs(outputs);
}

/// <summary>Throws when it is asked for one of the samples, and notes the thread.</summary>
internal sealed class FaultyDataset(Dataset inner, int faultySample) : WatchedDataset(inner)
{
    public int FaultyThread { get; private set; }

    public override void CopyInput(int sample, Span<float> destination)
    {
        if (sample == faultySample)
        {
            FaultyThread = Environment.CurrentManagedThreadId;
            throw new InvalidOperationException($"sample {sample}");
        }
        base.CopyInput(sample, destination);
    }
}
