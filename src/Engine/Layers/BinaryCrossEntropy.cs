using Engine.Kernels;

namespace Engine.Layers;

/// <summary>Binary cross-entropy of outputs that are probabilities, from a sigmoid layer; a mean over the outputs.</summary>
/// <remarks>Formula and kernel: <see cref="BinaryCrossEntropyKernel"/>.</remarks>
/// <param name="reduction">How the losses of a minibatch's samples become one number.</param>
public sealed class BinaryCrossEntropy(LossReduction reduction = LossReduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override void Forward(int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        BinaryCrossEntropyKernel.Forward(rows, columns, RowLayout.Stride(columns), outputs, targets, losses);

    /// <inheritdoc/>
    public override void Backward(
        int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, int batchSize, Span<float> dOutputs) =>
        BinaryCrossEntropyKernel.Backward(rows, columns, RowLayout.Stride(columns), outputs, targets, Divisor(batchSize), dOutputs);
}
