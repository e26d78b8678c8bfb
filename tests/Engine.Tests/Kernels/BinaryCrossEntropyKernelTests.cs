using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class BinaryCrossEntropyKernelTests : ElementwiseLossContract
{
    protected override void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        BinaryCrossEntropyKernel.Forward(rows, columns, stride, outputs, targets, losses);

    protected override void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs) =>
        BinaryCrossEntropyKernel.Backward(rows, columns, stride, outputs, targets, divisor, dOutputs);

    protected override double Reference(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => ScalarKernels.BinaryCrossEntropy(y, t);

    protected override void ReferenceGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        ScalarKernels.BinaryCrossEntropyBackward(y, t, divisor, dY);

    protected override double LossTolerance(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => 1e-14 * Reference(y, t);

    /// <summary>Relative: a rounding each in 1 − y, the product, the difference and the quotient.</summary>
    protected override double GradientTolerance(int columns, double y, double t) =>
        4 * Expect.UnitRoundoff * Math.Abs(y - t) / (y * (1 - y));

    protected override (float Low, float High) Outputs => (0.02f, 0.98f);

    [TestCase(0f, 1f)]
    [TestCase(1f, 0f)]
    public void ForwardAndBackward_OfAWrongCertainty_AreFinite(float y, float t)
    {
        (double loss, float gradient) = OfOne(y, t);

        Assert.That(loss, Is.EqualTo(100));
        Assert.That(gradient, Is.EqualTo((y - t) / 1e-12f));
    }

    [TestCase(0f, 0f)]
    [TestCase(1f, 1f)]
    public void ForwardAndBackward_OfARightCertainty_AreZero(float y, float t) =>
        Assert.That(OfOne(y, t), Is.EqualTo((0.0, 0f)));

    [TestCase(-0.5f)]
    [TestCase(1.5f)]
    public void Forward_OfNoProbability_IsNaN(float y) =>
        Assert.That(OfOne(y, 0.5f).Loss, Is.NaN);

    [Test]
    public void Forward_OfATinyProbability_IsItsLogarithm() =>
        Assert.That(OfOne(1e-40f, 1f).Loss, Is.EqualTo(-Math.Log(1e-40f)).Within(1e-13));
}
