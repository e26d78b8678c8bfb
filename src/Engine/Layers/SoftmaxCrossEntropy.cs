using Engine.Kernels;

namespace Engine.Layers;

/// <summary>Cross-entropy of the softmax of the outputs, which are logits: for one class out of many.</summary>
/// <remarks>Formula and kernel: <see cref="SoftmaxCrossEntropyKernel"/>.</remarks>
/// <param name="reduction">How the losses of a minibatch's samples become one number.</param>
public sealed class SoftmaxCrossEntropy(LossReduction reduction = LossReduction.Mean) : Loss(reduction)
{
    /// <summary>Softmax: the outputs are logits.</summary>
    public override LayerDescription? OutputActivation => LayerDescription.Softmax;

    /// <inheritdoc/>
    public override void Forward(int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        SoftmaxCrossEntropyKernel.Forward(rows, columns, RowLayout.Stride(columns), outputs, targets, losses);

    /// <inheritdoc/>
    public override void Backward(
        int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, int batchSize, Span<float> dOutputs) =>
        SoftmaxCrossEntropyKernel.Backward(rows, columns, RowLayout.Stride(columns), outputs, targets, Divisor(batchSize), dOutputs);
}
