using Engine.Kernels;

namespace Engine.Layers;

/// <summary>Binary cross-entropy of the sigmoid of the outputs, which are logits; a mean over the outputs.</summary>
/// <remarks>Formula and kernel: <see cref="SigmoidCrossEntropyKernel"/>.</remarks>
/// <param name="reduction">How the losses of a minibatch's samples become one number.</param>
public sealed class SigmoidCrossEntropy(LossReduction reduction = LossReduction.Mean) : Loss(reduction)
{
    /// <summary>Sigmoid: the outputs are logits.</summary>
    public override LayerDescription? OutputActivation => LayerDescription.Sigmoid;

    /// <summary>0: the logit of probability ½.</summary>
    public override float DecisionThreshold => 0f;

    /// <inheritdoc/>
    public override void Forward(int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        SigmoidCrossEntropyKernel.Forward(rows, columns, RowLayout.Stride(columns), outputs, targets, losses);

    /// <inheritdoc/>
    public override void Backward(
        int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, int batchSize, Span<float> dOutputs) =>
        SigmoidCrossEntropyKernel.Backward(rows, columns, RowLayout.Stride(columns), outputs, targets, Divisor(batchSize), dOutputs);
}
