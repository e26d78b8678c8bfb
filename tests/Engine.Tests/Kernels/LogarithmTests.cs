using System.Numerics;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class LogarithmTests
{
    [Test]
    public void Log_OfEveryMagnitude_AgreesWithTheBaseLibrary()
    {
        var random = new SplitMix64(11);
        double worst = 0;
        double worstAt = 1;
        for (int i = 0; i < 2_000_000; i++)
        {
            // Positive bit patterns: every binade alike, subnormal numbers too; every other number is close to 1.
            double x = i % 2 == 0
                ? BitConverter.Int64BitsToDouble((long)(random.Next() % 0x7FF0_0000_0000_0000))
                : 0.5 + (1.5 * random.NextDouble());
            double expected = Math.Log(x);
            double error = expected == 0 ? Math.Abs(Logarithm.Log(x)) : Math.Abs((Logarithm.Log(x) - expected) / expected);
            if (!(error <= worst))
            {
                (worst, worstAt) = (error, x);
            }
        }
        TestContext.Out.WriteLine($"largest relative error {worst:G4} at {worstAt:R}");
        Assert.That(worst, Is.LessThanOrEqualTo(4.5e-16), $"at {worstAt:R}");
    }

    [TestCase(double.Epsilon)]
    [TestCase(1e-310)]
    [TestCase(2.2250738585072014E-308)]
    [TestCase(0.70710678118654752)]
    [TestCase(0.70710678118654768)]
    [TestCase(0.99999999999999989)]
    [TestCase(1.0000000000000002)]
    [TestCase(1.4142135623730951)]
    [TestCase(1.4142135623730954)]
    [TestCase(double.MaxValue)]
    public void Log_WhereTheRangeIsReduced_AgreesWithTheBaseLibrary(double x) =>
        Assert.That(Logarithm.Log(x), Is.EqualTo(Math.Log(x)).Within(4.5e-16 * Math.Abs(Math.Log(x))));

    [TestCase(1, 0)]
    [TestCase(0, double.NegativeInfinity)]
    [TestCase(-0.0, double.NegativeInfinity)]
    [TestCase(double.PositiveInfinity, double.PositiveInfinity)]
    [TestCase(double.NegativeInfinity, double.NaN)]
    [TestCase(-double.Epsilon, double.NaN)]
    [TestCase(-1, double.NaN)]
    [TestCase(double.NaN, double.NaN)]
    public void Log_OfASpecialValue_IsAsInIeee(double x, double expected) =>
        Assert.That(Logarithm.Log(x), Is.EqualTo(expected));

    [Test]
    public void Log_OfAVector_HasTheBitsOfTheScalarForm()
    {
        var random = new SplitMix64(12);
        double[] special = [0, -0.0, 1, -1, double.Epsilon, 2.2250738585072009E-308, 2.2250738585072014E-308, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN];
        double[] lanes = new double[Vector<double>.Count];
        double[] actual = new double[lanes.Length];
        for (int i = 0; i < 100_000; i++)
        {
            foreach (ref double lane in lanes.AsSpan())
            {
                lane = i % 3 == 0 ? BitConverter.Int64BitsToDouble((long)(random.Next() % 0x7FF0_0000_0000_0000)) : 0.5 + (1.5 * random.NextDouble());
            }
            if (i % 10 == 0)
            {
                lanes[random.NextInt(lanes.Length)] = special[random.NextInt(special.Length)];
            }
            Logarithm.Log(new Vector<double>(lanes)).CopyTo(actual);
            Assert.That(actual.Select(BitConverter.DoubleToInt64Bits), Is.EqualTo(lanes.Select(lane => BitConverter.DoubleToInt64Bits(Logarithm.Log(lane)))), string.Join(", ", lanes));
        }
    }
}
