using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>What every kernel <c>y[i] = f(x[i])</c> must do. A fixture per kernel supplies f.</summary>
public abstract class UnaryKernelContract
{
    /// <summary>The kernel.</summary>
    protected abstract void Run(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>f in double precision.</summary>
    protected abstract double Reference(float x);

    /// <summary>The largest error.</summary>
    protected abstract double MaximumUlps { get; }

    /// <summary>An error too small to count, where the kernel's header allows one.</summary>
    protected virtual double Floor => 0;

    [Test]
    public void Run_AtEveryLength_AgreesWithTheReferenceAndStaysInside()
    {
        for (int length = 0; length <= KernelTestData.LongestLength; length++)
        {
            string context = $"length {length}";
            var x = new GuardedMatrix(length, KernelTestData.Uniform(-6f, 6f, (ulong)length));
            var y = new GuardedMatrix(length, () => -77f);
            float[] before = x.ToDense();

            Run(x.Span, y.Span);

            Expect.Ulps(y.Span, [.. before.Select(Reference)], MaximumUlps, context, Floor);
            Expect.SameBits(x.Span, before, $"{context}, operand");
            x.AssertGuardsIntact(context);
            y.AssertGuardsIntact(context);
        }
    }

    [Test]
    public void Run_OnSpecialValues_AgreesWithTheReference()
    {
        float[] y = new float[KernelTestData.SpecialValues.Length];

        Run(KernelTestData.SpecialValues, y);

        Expect.Ulps(y, [.. KernelTestData.SpecialValues.Select(Reference)], MaximumUlps, "special values", Floor);
    }

    [Test]
    public void Run_OnAnElementInAVectorOrInTheTail_GivesTheSameBits()
    {
        Func<float> source = KernelTestData.WithSpecialValues(KernelTestData.Uniform(-30f, 30f));
        for (int round = 0; round < 50; round++)
        {
            float[] x = [.. Enumerable.Range(0, KernelTestData.LongestLength).Select(_ => source())];
            float[] together = new float[x.Length];
            float[] alone = new float[x.Length];

            Run(x, together);
            for (int i = 0; i < x.Length; i++)
            {
                Run(x.AsSpan(i, 1), alone.AsSpan(i, 1));
            }

            Expect.SameBits(together, alone, $"round {round}");
        }
    }

    [Test]
    public void Run_InPlace_GivesTheSameBits()
    {
        for (int length = 0; length <= KernelTestData.LongestLength; length++)
        {
            var x = new GuardedMatrix(length, KernelTestData.Uniform(-6f, 6f, 3));
            float[] expected = new float[length];
            Run(x.Span, expected);

            Run(x.Span, x.Span);

            Expect.SameBits(x.Span, expected, $"length {length}");
        }
    }

    [TestCase(1)]
    [TestCase(-1)]
    [TestCase(7)]
    public void Run_WhenTheSpansOverlapInPart_Throws(int distance)
    {
        float[] buffer = new float[30];

        Assert.That(() => Run(buffer.AsSpan(10, 10), buffer.AsSpan(10 + distance, 10)), Throws.ArgumentException);
    }

    [TestCase(10, 9)]
    [TestCase(9, 10)]
    [TestCase(0, 1)]
    public void Run_WhenTheLengthsDiffer_Throws(int lengthOfX, int lengthOfY)
    {
        float[] x = new float[lengthOfX];
        float[] y = new float[lengthOfY];

        Assert.That(() => Run(x, y), Throws.ArgumentException);
    }
}
