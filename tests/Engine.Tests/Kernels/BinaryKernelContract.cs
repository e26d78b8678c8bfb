using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>What every kernel <c>z[i] = f(x[i], y[i])</c> must do: the backward passes. A fixture per kernel supplies f.</summary>
public abstract class BinaryKernelContract
{
    /// <summary>The kernel.</summary>
    protected abstract void Run(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z);

    /// <summary>f in double precision.</summary>
    protected abstract double Reference(float x, float y);

    /// <summary>The largest error.</summary>
    protected virtual double MaximumUlps => 2;

    /// <summary>Smallest and largest x that the kernel is meant for: the range of the activation.</summary>
    protected virtual (float Low, float High) Range => (-3f, 3f);

    /// <summary>Special values of x.</summary>
    protected virtual float[] SpecialX => [0f, float.Epsilon, 1e-20f, 0.5f, 1f, float.NaN];

    [Test]
    public void Run_AtEveryLength_AgreesWithTheReferenceAndStaysInside()
    {
        for (int length = 0; length <= KernelTestData.LongestLength; length++)
        {
            string context = $"length {length}";
            var x = new GuardedMatrix(length, KernelTestData.Uniform(Range.Low, Range.High, (ulong)length));
            var y = new GuardedMatrix(length, KernelTestData.Uniform(-5f, 5f, 99));
            var z = new GuardedMatrix(length, () => -77f);
            float[] xBefore = x.ToDense();
            float[] yBefore = y.ToDense();

            Run(x.Span, y.Span, z.Span);

            Expect.Ulps(z.Span, [.. xBefore.Zip(yBefore, Reference)], MaximumUlps, context);
            Expect.SameBits(x.Span, xBefore, $"{context}, first operand");
            Expect.SameBits(y.Span, yBefore, $"{context}, second operand");
            x.AssertGuardsIntact(context);
            y.AssertGuardsIntact(context);
            z.AssertGuardsIntact(context);
        }
    }

    [Test]
    public void Run_OnSpecialValues_AgreesWithTheReference()
    {
        float[] y = KernelTestData.SpecialValues;
        float[] z = new float[y.Length];
        foreach (float special in SpecialX)
        {
            float[] x = [.. y.Select(_ => special)];

            Run(x, y, z);

            Expect.Ulps(z, [.. y.Select(value => Reference(special, value))], MaximumUlps, $"x = {special}");
        }
    }

    [Test]
    public void Run_OnAnElementInAVectorOrInTheTail_GivesTheSameBits()
    {
        Func<float> source = KernelTestData.WithSpecialValues(KernelTestData.Uniform(-3f, 3f));
        for (int round = 0; round < 50; round++)
        {
            float[] x = [.. Enumerable.Range(0, KernelTestData.LongestLength).Select(_ => source())];
            float[] y = [.. x.Select(_ => source())];
            float[] together = new float[x.Length];
            float[] alone = new float[x.Length];

            Run(x, y, together);
            for (int i = 0; i < x.Length; i++)
            {
                Run(x.AsSpan(i, 1), y.AsSpan(i, 1), alone.AsSpan(i, 1));
            }

            Expect.SameBits(together, alone, $"round {round}");
        }
    }

    [Test]
    public void Run_InPlaceOfEitherOperand_GivesTheSameBits()
    {
        for (int length = 0; length <= KernelTestData.LongestLength; length++)
        {
            var x = new GuardedMatrix(length, KernelTestData.Uniform(Range.Low, Range.High, 3));
            var y = new GuardedMatrix(length, KernelTestData.Uniform(-5f, 5f, 4));
            GuardedMatrix xInPlace = x.Copy();
            GuardedMatrix yInPlace = y.Copy();
            float[] expected = new float[length];
            Run(x.Span, y.Span, expected);

            Run(xInPlace.Span, y.Span, xInPlace.Span);
            Run(x.Span, yInPlace.Span, yInPlace.Span);

            Expect.SameBits(xInPlace.Span, expected, $"length {length}, in place of x");
            Expect.SameBits(yInPlace.Span, expected, $"length {length}, in place of y");
        }
    }

    [TestCase(1)]
    [TestCase(-1)]
    [TestCase(7)]
    public void Run_WhenTheResultOverlapsAnOperandInPart_Throws(int distance)
    {
        float[] buffer = new float[30];
        float[] other = new float[10];

        Assert.That(() => Run(buffer.AsSpan(10, 10), other, buffer.AsSpan(10 + distance, 10)), Throws.ArgumentException);
        Assert.That(() => Run(other, buffer.AsSpan(10, 10), buffer.AsSpan(10 + distance, 10)), Throws.ArgumentException);
    }

    [TestCase(9, 10, 10)]
    [TestCase(10, 9, 10)]
    [TestCase(10, 10, 9)]
    [TestCase(0, 0, 1)]
    public void Run_WhenTheLengthsDiffer_Throws(int lengthOfX, int lengthOfY, int lengthOfZ)
    {
        float[] x = new float[lengthOfX];
        float[] y = new float[lengthOfY];
        float[] z = new float[lengthOfZ];

        Assert.That(() => Run(x, y, z), Throws.ArgumentException);
    }
}
