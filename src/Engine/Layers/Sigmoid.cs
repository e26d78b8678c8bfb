using Engine.Kernels;

namespace Engine.Layers;

/// <summary>The logistic function, from 0 to 1.</summary>
/// <remarks>Formula and kernel: <see cref="SigmoidKernel"/>.</remarks>
public sealed class Sigmoid : Activation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="width">Features, in and out.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 1 or above <see cref="RowLayout.MaximumColumns"/>.</exception>
    public Sigmoid(int width)
        : base(width)
    {
    }

    /// <inheritdoc/>
    public override LayerDescription Description => LayerDescription.Sigmoid;

    /// <inheritdoc/>
    public override void Forward(int rows, ReadOnlySpan<float> input, Span<float> output)
    {
        int length = BlockLength(rows);
        SigmoidKernel.Forward(input[..length], output[..length]);
        ClearPadding(rows, output);
    }

    /// <inheritdoc/>
    public override void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        int length = BlockLength(rows);
        SigmoidKernel.Backward(output[..length], dOutput[..length], dInput[..length]);
    }
}
