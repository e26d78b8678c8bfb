using Engine.Kernels;

namespace Engine.Layers;

/// <summary>The rectified linear unit, max(x, 0).</summary>
/// <remarks>Formula and kernel: <see cref="ReluKernel"/>.</remarks>
public sealed class ReLU : Activation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="width">Features, in and out.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 1 or above <see cref="RowLayout.MaximumColumns"/>.</exception>
    public ReLU(int width)
        : base(width)
    {
    }

    /// <inheritdoc/>
    public override LayerDescription Description => LayerDescription.ReLU;

    /// <inheritdoc/>
    public override void Forward(int rows, ReadOnlySpan<float> input, Span<float> output)
    {
        ReluKernel.Forward(Block(rows, input), Block(rows, output));
    }

    /// <inheritdoc/>
    public override void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        ReluKernel.Backward(Block(rows, output), Block(rows, dOutput), Block(rows, dInput));
    }
}
