using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class MeanSquaredErrorKernelTests : ElementwiseLossContract
{
    protected override void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        MeanSquaredErrorKernel.Forward(rows, columns, stride, outputs, targets, losses);

    protected override void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs) =>
        MeanSquaredErrorKernel.Backward(rows, columns, stride, outputs, targets, divisor, dOutputs);

    protected override double Reference(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => ScalarKernels.MeanSquaredError(y, t);

    protected override void ReferenceGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        ScalarKernels.MeanSquaredErrorBackward(y, t, divisor, dY);

    protected override double LossTolerance(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => 1e-14 * Reference(y, t);

    protected override double GradientTolerance(int columns, double y, double t) => 0;

    [Test]
    public void Forward_OfHugeDifferences_DoesNotOverflow() =>
        Assert.That(OfOne(float.MaxValue, float.MinValue).Loss, Is.EqualTo(4.0 * float.MaxValue * float.MaxValue));

    [Test]
    public void ForwardAndBackward_OfAnInfiniteOutput_AreInfinite() =>
        Assert.That(OfOne(float.NegativeInfinity, 0f), Is.EqualTo((double.PositiveInfinity, float.NegativeInfinity)));
}
