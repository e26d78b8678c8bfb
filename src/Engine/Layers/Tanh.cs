using Engine.Kernels;

namespace Engine.Layers;

/// <summary>The hyperbolic tangent, from −1 to 1.</summary>
/// <remarks>Formula and kernel: <see cref="TanhKernel"/>.</remarks>
public sealed class Tanh : Activation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="width">Features, in and out.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 1 or above <see cref="RowLayout.MaximumColumns"/>.</exception>
    public Tanh(int width)
        : base(width)
    {
    }

    /// <inheritdoc/>
    public override LayerDescription Description => LayerDescription.Tanh;

    /// <inheritdoc/>
    public override void Forward(int rows, ReadOnlySpan<float> input, Span<float> output)
    {
        TanhKernel.Forward(Block(rows, input), Block(rows, output));

        // An infinite input of the layer before has left 0 · ∞ there, and the backward pass would hand that on to what nobody clears.
        ClearPadding(rows, output);
    }

    /// <inheritdoc/>
    public override void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        TanhKernel.Backward(Block(rows, output), Block(rows, dOutput), Block(rows, dInput));
    }
}
