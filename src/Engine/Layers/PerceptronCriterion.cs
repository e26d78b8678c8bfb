using Engine.Kernels;

namespace Engine.Layers;

/// <summary>The perceptron criterion, for outputs that a binary step will decide on.</summary>
/// <remarks>Formula and kernel: <see cref="PerceptronKernel"/>.</remarks>
/// <param name="reduction">How the losses of a minibatch's samples become one number.</param>
public sealed class PerceptronCriterion(LossReduction reduction = LossReduction.Mean) : Loss(reduction)
{
    /// <summary>Binary step: the outputs are weighted sums.</summary>
    public override LayerDescription? OutputActivation => LayerDescription.BinaryStep;

    /// <summary>0: where the step is.</summary>
    public override float DecisionThreshold => 0f;

    /// <inheritdoc/>
    public override void Forward(int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        PerceptronKernel.Forward(rows, columns, RowLayout.Stride(columns), outputs, targets, losses);

    /// <inheritdoc/>
    public override void Backward(
        int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, int batchSize, Span<float> dOutputs) =>
        PerceptronKernel.Backward(rows, columns, RowLayout.Stride(columns), outputs, targets, Divisor(batchSize), dOutputs);
}
