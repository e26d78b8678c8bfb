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
        SigmoidKernel.Forward(Block(rows, input), Block(rows, output));
        ClearPadding(rows, output);
    }

    /// <inheritdoc/>
    public override void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        SigmoidKernel.Backward(Block(rows, output), Block(rows, dOutput), Block(rows, dInput));
    }
}
