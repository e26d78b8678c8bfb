using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class SgdKernelTests
{
    [TestCase(0.125f)]
    [TestCase(0.1f)]
    [TestCase(-3f)]
    public void Update_AtEveryLength_IsOneRoundingOfTheReferenceAndStaysInside(float rate)
    {
        for (int length = 0; length <= KernelTestData.LongestLength; length++)
        {
            string context = $"length {length}";
            var gradient = new GuardedMatrix(length, KernelTestData.Uniform(-2f, 2f, (ulong)length));
            var weights = new GuardedMatrix(length, KernelTestData.Uniform(-1f, 1f, 99));
            float[] dW = gradient.ToDense();
            double[] expected = [.. dW.Zip(weights.ToDense(), (g, w) => ScalarKernels.Sgd(rate, g, w))];

            SgdKernel.Update(rate, gradient.Span, weights.Span);

            Expect.Ulps(weights.Span, expected, 0.5, context, floor: 1e-17);
            Expect.SameBits(gradient.Span, dW, $"{context}, gradient");
            gradient.AssertGuardsIntact(context);
            weights.AssertGuardsIntact(context);
        }
    }

    [Test]
    public void Update_OfAnElementInAVectorOrInTheTail_GivesTheBitsOfOneFusedMultiplyAdd()
    {
        Func<float> source = KernelTestData.WithSpecialValues(KernelTestData.EveryMagnitude(1));
        for (int round = 0; round < 50; round++)
        {
            float[] gradient = [.. Enumerable.Range(0, KernelTestData.LongestLength).Select(_ => source())];
            float[] weights = [.. gradient.Select(_ => source())];
            float[] expected = [.. gradient.Zip(weights, (g, w) => MathF.FusedMultiplyAdd(-0.1f, g, w))];

            SgdKernel.Update(0.1f, gradient, weights);

            Expect.SameBits(weights, expected, $"round {round}");
        }
    }

    [Test]
    public void Update_WhenTheLengthsDifferOrTheSpansOverlapInPart_Throws()
    {
        float[] buffer = new float[30];

        Assert.That(() => SgdKernel.Update(1f, buffer.AsSpan(0, 9), new float[10]), Throws.ArgumentException);
        Assert.That(() => SgdKernel.Update(1f, buffer.AsSpan(0, 10), new float[9]), Throws.ArgumentException);
        Assert.That(() => SgdKernel.Update(1f, buffer.AsSpan(0, 10), buffer.AsSpan(9, 10)), Throws.ArgumentException);
    }
}
