using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class PerceptronKernelTests : ElementwiseLossContract
{
    protected override void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        PerceptronKernel.Forward(rows, columns, stride, outputs, targets, losses);

    protected override void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs) =>
        PerceptronKernel.Backward(rows, columns, stride, outputs, targets, divisor, dOutputs);

    protected override double Reference(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => ScalarKernels.Perceptron(y, t);

    protected override void ReferenceGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        ScalarKernels.PerceptronBackward(y, t, divisor, dY);

    protected override double LossTolerance(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => 1e-14 * Math.Abs(Reference(y, t));

    protected override double GradientTolerance(int columns, double y, double t) => 0;

    protected override Func<float> TargetSource(ulong seed)
    {
        var random = new SplitMix64(seed);
        return () => random.NextInt(2);
    }

    [TestCase(3f, 1f, 0, 0f)]
    [TestCase(-3f, 0f, 0, 0f)]
    [TestCase(3f, 0f, 3, 1f)]
    [TestCase(-3f, 1f, 3, -1f)]
    [TestCase(0f, 1f, 0, 0f)]
    [TestCase(-0f, 0f, 0, 1f)]
    [TestCase(float.PositiveInfinity, 1f, 0, 0f)]
    [TestCase(float.NegativeInfinity, 0f, 0, 0f)]
    public void ForwardAndBackward_OfEachDecision_FollowRosenblattsRule(float y, float t, double loss, float gradient) =>
        Assert.That(OfOne(y, t), Is.EqualTo((loss, gradient)));
}
