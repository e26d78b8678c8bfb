namespace Engine.Data;

/// <summary>
/// Samples to train or test on: inputs and targets, by number.
/// </summary>
/// <remarks>Immutable; any number of threads may read it at once.</remarks>
public abstract class Dataset
{
    /// <summary>Samples.</summary>
    public abstract int Count { get; }

    /// <summary>Features of a sample.</summary>
    public abstract int Inputs { get; }

    /// <summary>Numbers of a target: the fewest outputs that a network for this data can have.</summary>
    public abstract int Targets { get; }

    /// <summary>Writes the features of a sample.</summary>
    /// <param name="sample">Its number, from 0.</param>
    /// <param name="destination"><see cref="Inputs"/> numbers.</param>
    /// <exception cref="ArgumentException">There is no such sample, or the span has another length.</exception>
    public abstract void CopyInput(int sample, Span<float> destination);

    /// <summary>Writes the target of a sample.</summary>
    /// <param name="sample">Its number, from 0.</param>
    /// <param name="destination">As many numbers as the network has outputs.</param>
    /// <exception cref="ArgumentException">There is no such sample, or the span has a length that does not fit.</exception>
    public abstract void CopyTarget(int sample, Span<float> destination);

    /// <summary>Writes the targets of some samples: <see cref="CopyTarget"/> for each, in one call.</summary>
    /// <param name="samples">Their numbers.</param>
    /// <param name="columns">Outputs of the network.</param>
    /// <param name="stride">From row to row of the destination.</param>
    /// <param name="destination">A row for each sample.</param>
    internal virtual void CopyTargets(ReadOnlySpan<int> samples, int columns, int stride, Span<float> destination)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            CopyTarget(samples[i], destination.Slice(i * stride, columns));
        }
    }

    /// <summary>Whether a network with this many outputs can be trained on the data.</summary>
    /// <param name="outputs">Outputs of a network.</param>
    public abstract bool FitsOutputs(int outputs);

    /// <summary>Requires that there is such a sample.</summary>
    private protected void CheckSample(int sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, Count);
    }
}
