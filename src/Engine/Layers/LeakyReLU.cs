using Engine.Kernels;

namespace Engine.Layers;

/// <summary>The leaky rectified linear unit: x above 0, slope · x below.</summary>
/// <remarks>Formula and kernel: <see cref="LeakyReluKernel"/>.</remarks>
public sealed class LeakyReLU : Activation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="width">Features, in and out.</param>
    /// <param name="slope">The slope below 0; finite, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 1 or above <see cref="RowLayout.MaximumColumns"/>, or the slope is out of range.</exception>
    public LeakyReLU(int width, float slope)
        : base(width)
    {
        LeakyReluKernel.ValidateSlope(slope);
        Slope = slope;
    }

    /// <summary>The slope below 0.</summary>
    public float Slope { get; }

    /// <inheritdoc/>
    public override LayerDescription Description => LayerDescription.LeakyReLU(Slope);

    /// <inheritdoc/>
    public override void Forward(int rows, ReadOnlySpan<float> input, Span<float> output)
    {
        LeakyReluKernel.Forward(Slope, Block(rows, input), Block(rows, output));
    }

    /// <inheritdoc/>
    public override void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        LeakyReluKernel.Backward(Slope, Block(rows, output), Block(rows, dOutput), Block(rows, dInput));
    }
}
