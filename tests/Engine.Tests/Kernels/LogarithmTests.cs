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
}
