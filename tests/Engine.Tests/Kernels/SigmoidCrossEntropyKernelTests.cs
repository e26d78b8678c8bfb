using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class SigmoidCrossEntropyKernelTests : ElementwiseLossContract
{
    protected override void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        SigmoidCrossEntropyKernel.Forward(rows, columns, stride, outputs, targets, losses);

    protected override void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs) =>
        SigmoidCrossEntropyKernel.Backward(rows, columns, stride, outputs, targets, divisor, dOutputs);

    protected override double Reference(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => ScalarKernels.SigmoidCrossEntropy(y, t);

    protected override void ReferenceGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        ScalarKernels.SigmoidCrossEntropyBackward(y, t, divisor, dY);

    /// <summary>exp(−|y|), in single precision, is within 2 roundings; the logarithm of 1 + exp grows no faster.</summary>
    protected override double LossTolerance(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => 2 * Expect.UnitRoundoff;

    /// <summary>Absolute, since p − t may cancel: p is within 2.5 units in the last place of 1.</summary>
    protected override double GradientTolerance(int columns, double y, double t) => 5 * Expect.UnitRoundoff * ScalarKernels.Sigmoid(y);

    [TestCase(1e6f, 0f, 1e6, 1f)]
    [TestCase(-1e6f, 1f, 1e6, -1f)]
    [TestCase(1e6f, 1f, 0, 0f)]
    [TestCase(-1e6f, 0f, 0, 0f)]
    [TestCase(float.MaxValue, 0f, float.MaxValue, 1f)]
    public void ForwardAndBackward_OfHugeLogits_NeitherOverflowNorSaturate(float y, float t, double loss, float gradient) =>
        Assert.That(OfOne(y, t), Is.EqualTo((loss, gradient)));

    [Test]
    public void Forward_OfARightCertainty_KeepsASmallLoss() =>
        Assert.That(OfOne(20f, 1f).Loss, Is.EqualTo(Math.Exp(-20)).Within(1e-15));
}
