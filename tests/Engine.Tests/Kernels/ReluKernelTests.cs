using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class ReluForwardTests : UnaryKernelContract
{
    protected override double MaximumUlps => 0;

    protected override void Run(ReadOnlySpan<float> x, Span<float> y) => ReluKernel.Forward(x, y);

    protected override double Reference(float x) => ScalarKernels.Relu(x);

    [Test]
    public void Forward_OfMinusZero_IsPlusZeroInVectorAndTail()
    {
        float[] y = [.. Enumerable.Repeat(-0f, KernelTestData.LongestLength)];

        ReluKernel.Forward(y, y);

        Assert.That(y.Select(float.IsNegative), Has.All.False);
    }

    [Test]
    public void Forward_OfNaN_IsNaNInVectorAndTail()
    {
        float[] y = [.. Enumerable.Repeat(float.NaN, KernelTestData.LongestLength)];

        ReluKernel.Forward(y, y);

        Assert.That(y, Has.All.NaN);
    }
}

public sealed class ReluBackwardTests : BinaryKernelContract
{
    protected override double MaximumUlps => 0;

    protected override void Run(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) => ReluKernel.Backward(x, y, z);

    protected override double Reference(float x, float y) => ScalarKernels.ReluBackward(x, y);
}
