using System.Numerics;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class ExponentialTests
{
    [Test]
    public void Exp_OverItsWholeRange_IsWithinOneUlp() =>
        FloatSweep.Check(-110f, 92f, 509, Exp, Math.Exp, 1.0);

    [Test]
    public void ExpAndExpMinusOne_InVectorAndScalarForm_GiveTheSameBits()
    {
        float[] x = [.. FloatSweep.Between(-110f, 92f, 2003), .. KernelTestData.SpecialValues];
        float[] vector = new float[x.Length];
        Exp(x, vector);
        Expect.SameBits(vector, [.. x.Select(Exponential.Exp)], "exp");

        float[] limited = [.. FloatSweep.Between(-88f, 80f, 2003), 0f, -0f, float.NaN];
        ExpMinusOne(limited, vector);
        Expect.SameBits(vector.AsSpan(0, limited.Length), [.. limited.Select(Exponential.ExpMinusOne)], "exp − 1");
    }

    [Test]
    public void Exp_OverItsWholeRange_HasTheBitsOfEveryOtherMachine()
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (float x in FloatSweep.Between(-110f, 92f, 2003))
        {
            hash = unchecked((hash ^ BitConverter.SingleToUInt32Bits(Exponential.Exp(x))) * 0x100000001B3);
        }
        Assert.That(hash, Is.EqualTo(0x6B9FF57F33C5D450));
    }

    [Test]
    public void ExpMinusOne_OverItsWholeRange_KeepsItsRelativeAccuracy() =>
        FloatSweep.Check(-88f, 80f, 2003, ExpMinusOne, ReferenceExpMinusOne, 2.0);

    [TestCase(0f, 1f)]
    [TestCase(-0f, 1f)]
    [TestCase(float.NegativeInfinity, 0f)]
    [TestCase(-104f, 0f)]
    [TestCase(-1e30f, 0f)]
    [TestCase(89f, float.PositiveInfinity)]
    [TestCase(float.MaxValue, float.PositiveInfinity)]
    [TestCase(float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase(float.NaN, float.NaN)]
    public void Exp_AtTheEnds_OverflowsAndUnderflowsAsIeee(float x, float expected)
    {
        Assert.That(Exponential.Exp(x), Is.EqualTo(expected));
        Assert.That(Exponential.Exp(new Vector<float>(x))[0], Is.EqualTo(expected));
    }

    [Test]
    public void Exp_BelowTheNormalNumbers_KeepsSubnormalResults()
    {
        Assert.That(Exponential.Exp(-103f), Is.EqualTo(float.Epsilon));
        Assert.That(Exponential.Exp(-100f), Is.EqualTo((float)Math.Exp(-100)));
        Assert.That(Exponential.Exp(88.72f), Is.EqualTo((float)Math.Exp(88.72f)).Within(1).Ulps);
    }

    private static void Exp(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i += Vector<float>.Count)
        {
            StoreLanes(Exponential.Exp(LoadLanes(x[i..])), y[i..]);
        }
    }

    private static void ExpMinusOne(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i += Vector<float>.Count)
        {
            StoreLanes(Exponential.ExpMinusOne(LoadLanes(x[i..])), y[i..]);
        }
    }

    private static Vector<float> LoadLanes(ReadOnlySpan<float> x)
    {
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        lanes.Clear();
        x[..Math.Min(x.Length, lanes.Length)].CopyTo(lanes);
        return new Vector<float>(lanes);
    }

    private static void StoreLanes(Vector<float> lanes, Span<float> y)
    {
        for (int i = 0; i < Math.Min(y.Length, Vector<float>.Count); i++)
        {
            y[i] = lanes[i];
        }
    }

    /// <summary>A series near 0, where exp(x) − 1 would cancel.</summary>
    private static double ReferenceExpMinusOne(double x)
    {
        if (Math.Abs(x) > 0.25)
        {
            return Math.Exp(x) - 1;
        }
        double sum = 0;
        for (int n = 16; n >= 1; n--)
        {
            sum = (x / n) * (1 + sum);
        }
        return sum;
    }
}
