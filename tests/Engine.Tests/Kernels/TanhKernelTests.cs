using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class TanhForwardTests : UnaryKernelContract
{
    protected override double MaximumUlps => 3;

    protected override void Run(ReadOnlySpan<float> x, Span<float> y) => TanhKernel.Forward(x, y);

    protected override double Reference(float x) => ScalarKernels.Tanh(x);

    [Test]
    public void Forward_OverItsWholeRange_IsAccurateAndStaysBetweenMinus1And1()
    {
        FloatSweep.Check(-25f, 25f, 4099, (x, y) => TanhKernel.Forward(x, y), ScalarKernels.Tanh, MaximumUlps);
        float[] y = FloatSweep.Between(-50f, 50f, 40_009);

        TanhKernel.Forward(y, y);

        Assert.That(y, Has.All.InRange(-1f, 1f));
    }

    [Test]
    public void Forward_OfZero_KeepsItsSignInVectorAndTail([Values(0f, -0f)] float zero)
    {
        float[] y = [.. Enumerable.Repeat(zero, KernelTestData.LongestLength)];

        TanhKernel.Forward(y, y);

        Assert.That(y.Select(BitConverter.SingleToInt32Bits), Has.All.EqualTo(BitConverter.SingleToInt32Bits(zero)));
    }

    [Test]
    public void Forward_OfOppositeNumbers_IsOpposite()
    {
        float[] x = FloatSweep.Between(0f, 30f, 40_009);
        float[] minusX = [.. x.Select(value => -value)];

        TanhKernel.Forward(x, x);
        TanhKernel.Forward(minusX, minusX);

        Expect.SameBits(minusX, [.. x.Select(value => -value)], "tanh(−x)");
    }
}

public sealed class TanhBackwardTests : BinaryKernelContract
{
    protected override (float Low, float High) Range => (-1f, 1f);

    protected override float[] SpecialX => [0f, -0f, float.Epsilon, 0.5f, -0.5f, 1f, -1f, float.NaN];

    protected override void Run(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) => TanhKernel.Backward(x, y, z);

    protected override double Reference(float x, float y) => ScalarKernels.TanhBackward(x, y);
}
