using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[TestFixture(0f)]
[TestFixture(0.01f)]
[TestFixture(1.5f)]
public sealed class LeakyReluForwardTests(float slope) : UnaryKernelContract
{
    protected override double MaximumUlps => 0.5;

    protected override void Run(ReadOnlySpan<float> x, Span<float> y) => LeakyReluKernel.Forward(slope, x, y);

    protected override double Reference(float x) => ScalarKernels.LeakyRelu(slope, x);
}

[TestFixture(0f)]
[TestFixture(0.01f)]
[TestFixture(1.5f)]
public sealed class LeakyReluBackwardTests(float slope) : BinaryKernelContract
{
    protected override double MaximumUlps => 0.5;

    protected override void Run(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) => LeakyReluKernel.Backward(slope, x, y, z);

    protected override double Reference(float x, float y) => ScalarKernels.LeakyReluBackward(slope, x, y);
}

public sealed class LeakyReluSlopeTests
{
    [TestCase(-0.01f)]
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void ForwardAndBackward_WhenTheSlopeIsNegativeOrNotFinite_Throw(float slope)
    {
        float[] x = new float[4];

        Assert.That(() => LeakyReluKernel.Forward(slope, x, x), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LeakyReluKernel.Backward(slope, x, x, x), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Forward_WhenANegativeInputUnderflows_StillMarksItAsNotPositive()
    {
        float[] y = [-float.Epsilon];
        float[] dX = [1f];

        LeakyReluKernel.Forward(0.01f, y, y);
        LeakyReluKernel.Backward(0.01f, y, dX, dX);

        Assert.That(dX[0], Is.EqualTo(0.01f));
    }
}
