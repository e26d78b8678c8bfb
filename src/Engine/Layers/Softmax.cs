using Engine.Kernels;

namespace Engine.Layers;

/// <summary>Softmax over the features of each sample: positive numbers that add up to 1.</summary>
/// <remarks>
/// Formula and kernel: <see cref="SoftmaxKernel"/>. A classifier is better trained without it, on its logits, with
/// <see cref="SoftmaxCrossEntropy"/>.
/// </remarks>
public sealed class Softmax : Activation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="width">Features, in and out.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 1 or above <see cref="RowLayout.MaximumColumns"/>.</exception>
    public Softmax(int width)
        : base(width)
    {
    }

    /// <inheritdoc/>
    public override LayerDescription Description => LayerDescription.Softmax;

    /// <inheritdoc/>
    public override void Forward(int rows, ReadOnlySpan<float> input, Span<float> output) =>
        SoftmaxKernel.Forward(rows, Outputs, RowLayout.Stride(Outputs), input, output);

    /// <inheritdoc/>
    public override void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput) =>
        SoftmaxKernel.Backward(rows, Outputs, RowLayout.Stride(Outputs), output, dOutput, dInput);
}
