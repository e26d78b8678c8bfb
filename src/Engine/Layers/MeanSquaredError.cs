using Engine.Kernels;

namespace Engine.Layers;

/// <summary>Squared error, a mean over the outputs.</summary>
/// <remarks>Formula and kernel: <see cref="MeanSquaredErrorKernel"/>.</remarks>
/// <param name="reduction">How the losses of a minibatch's samples become one number.</param>
public sealed class MeanSquaredError(LossReduction reduction = LossReduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override void Forward(int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        MeanSquaredErrorKernel.Forward(rows, columns, RowLayout.Stride(columns), outputs, targets, losses);

    /// <inheritdoc/>
    public override void Backward(
        int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, int batchSize, Span<float> dOutputs) =>
        MeanSquaredErrorKernel.Backward(rows, columns, RowLayout.Stride(columns), outputs, targets, Divisor(batchSize), dOutputs);
}
