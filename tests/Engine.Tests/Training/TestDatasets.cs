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
}

/// <summary>Passes everything on and notes which samples were asked for, in order. For one thread.</summary>
internal sealed class RecordingDataset(Dataset inner) : Dataset
{
    public List<int> Order { get; } = [];

    public override int Count => inner.Count;

    public override int Inputs => inner.Inputs;

    public override int Targets => inner.Targets;

    public override void CopyInput(int sample, Span<float> destination)
    {
        Order.Add(sample);
        inner.CopyInput(sample, destination);
    }

    public override void CopyTarget(int sample, Span<float> destination) => inner.CopyTarget(sample, destination);

    public override bool FitsOutputs(int outputs) => inner.FitsOutputs(outputs);
}

/// <summary>Passes everything on, but throws when it is asked for one of the samples, and notes the thread.</summary>
internal sealed class FaultyDataset(Dataset inner, int faultySample) : Dataset
{
    public int FaultyThread { get; private set; }

    public override int Count => inner.Count;

    public override int Inputs => inner.Inputs;

    public override int Targets => inner.Targets;

    public override void CopyInput(int sample, Span<float> destination)
    {
        if (sample == faultySample)
        {
            FaultyThread = Environment.CurrentManagedThreadId;
            throw new InvalidOperationException($"sample {sample}");
        }
        inner.CopyInput(sample, destination);
    }

    public override void CopyTarget(int sample, Span<float> destination) => inner.CopyTarget(sample, destination);

    public override bool FitsOutputs(int outputs) => inner.FitsOutputs(outputs);
}
