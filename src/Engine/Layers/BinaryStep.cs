using Engine.Kernels;

namespace Engine.Layers;

/// <summary>The binary step of the perceptron: 1 from 0 upwards, else 0. Forward only.</summary>
/// <remarks>Formula and kernel: <see cref="StepKernel"/>. To train a perceptron, leave the step off and use <see cref="PerceptronCriterion"/>.</remarks>
public sealed class BinaryStep : Activation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="width">Features, in and out.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 1 or above <see cref="RowLayout.MaximumColumns"/>.</exception>
    public BinaryStep(int width)
        : base(width)
    {
    }

    /// <inheritdoc/>
    public override LayerDescription Description => LayerDescription.BinaryStep;

    /// <summary>False: the derivative is 0 wherever it exists.</summary>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override void Forward(int rows, ReadOnlySpan<float> input, Span<float> output)
    {
        StepKernel.Forward(Block(rows, input), Block(rows, output));
        ClearPadding(rows, output);
    }

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    /// <inheritdoc/>
    public override void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput) =>
        throw new NotSupportedException("A binary step has no gradient. Train without it, with the perceptron criterion as the loss.");
}
