using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class SigmoidForwardTests : UnaryKernelContract
{
    protected override double MaximumUlps => 2.5;

    /// <summary>Where exp(−x) overflows, below −88.7, the result is 0 instead of a number below 2⁻¹²⁸.</summary>
    protected override double Floor => Math.ScaleB(1, -128);

    protected override void Run(ReadOnlySpan<float> x, Span<float> y) => SigmoidKernel.Forward(x, y);

    protected override double Reference(float x) => ScalarKernels.Sigmoid(x);

    [Test]
    public void Forward_OverItsWholeRange_IsAccurateAndStaysBetween0And1()
    {
        FloatSweep.Check(-120f, 120f, 4099, (x, y) => SigmoidKernel.Forward(x, y), ScalarKernels.Sigmoid, MaximumUlps, Floor);
        float[] y = FloatSweep.Between(-120f, 120f, 40_009);

        SigmoidKernel.Forward(y, y);

        Assert.That(y, Has.All.InRange(0f, 1f));
    }

    [TestCase(float.NegativeInfinity, 0f)]
    [TestCase(-1000f, 0f)]
    [TestCase(0f, 0.5f)]
    [TestCase(1000f, 1f)]
    [TestCase(float.PositiveInfinity, 1f)]
    public void Forward_AtTheEndsAndInTheMiddle_IsExact(float x, float expected)
    {
        float[] y = [x];

        SigmoidKernel.Forward(y, y);

        Assert.That(y[0], Is.EqualTo(expected));
    }
}

public sealed class SigmoidBackwardTests : BinaryKernelContract
{
    protected override (float Low, float High) Range => (0f, 1f);

    protected override void Run(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) => SigmoidKernel.Backward(x, y, z);

    protected override double Reference(float x, float y) => ScalarKernels.SigmoidBackward(x, y);
}
