using Engine.Kernels;

namespace Engine.Data;

/// <summary>
/// Samples whose features and targets are plain numbers.
/// </summary>
/// <remarks>Immutable; threads may share it.</remarks>
public sealed class VectorDataset : Dataset
{
    private readonly float[] _inputs;
    private readonly float[] _targets;

    /// <summary>Wraps samples, without a copy.</summary>
    /// <param name="inputs">Sample after sample; not to be changed afterwards.</param>
    /// <param name="targets">Target after target; not to be changed afterwards.</param>
    /// <param name="inputWidth">Features of a sample, 1 or more.</param>
    /// <param name="targetWidth">Numbers of a target, 1 or more.</param>
    /// <exception cref="ArgumentException">The inputs and targets are not the same number of whole samples.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A width is below 1.</exception>
    public VectorDataset(float[] inputs, float[] targets, int inputWidth, int targetWidth)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetWidth, 1);
        if (inputs.Length % inputWidth != 0 || targets.Length % targetWidth != 0 || inputs.Length / inputWidth != targets.Length / targetWidth)
        {
            throw new ArgumentException(
                $"Expected samples of {inputWidth} numbers and as many targets of {targetWidth}; found {inputs.Length} and {targets.Length} numbers.", nameof(inputs));
        }
        _inputs = inputs;
        _targets = targets;
        Inputs = inputWidth;
        Targets = targetWidth;
    }

    /// <inheritdoc/>
    public override int Count => _inputs.Length / Inputs;

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Targets { get; }

    /// <inheritdoc/>
    public override void CopyInput(int sample, Span<float> destination)
    {
        CheckSample(sample);
        Check.Length<float>(destination, Inputs);
        _inputs.AsSpan(sample * Inputs, Inputs).CopyTo(destination);
    }

    /// <inheritdoc/>
    public override void CopyTarget(int sample, Span<float> destination)
    {
        CheckSample(sample);
        Check.Length<float>(destination, Targets);
        _targets.AsSpan(sample * Targets, Targets).CopyTo(destination);
    }

    /// <summary>True for exactly <see cref="Dataset.Targets"/> outputs.</summary>
    /// <inheritdoc/>
    public override bool FitsOutputs(int outputs) => outputs == Targets;
}
