using CsCheck;
using Engine.Cli.Drawing;
using NUnit.Framework;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class AxisScaleTests
{
    [TestCase(90.2, 99.9, 5, "90 92 94 96 98 100")]
    [TestCase(0.0, 100.0, 5, "0 20 40 60 80 100")]
    [TestCase(97.3, 97.3, 5, "97.2 97.3 97.4")]
    [TestCase(100.0, 100.0, 5, "99.9 100.0")]
    [TestCase(0.0, 0.0, 5, "0 0.1")]
    [TestCase(99.85, 99.95, 5, "99.8 99.9 100.0")]
    public void Around_OfPercents_ZoomsToThemAndStaysWithinTheirRange(double minimum, double maximum, int steps, string ticks)
    {
        AxisScale scale = AxisScale.Around([maximum, double.NaN, minimum], steps, smallestStep: 0.1, floor: 0, ceiling: 100);

        Assert.That(string.Join(' ', scale.Ticks.Select(scale.Label)), Is.EqualTo(ticks));
    }

    [Test]
    public void Around_OfAnyValues_HoldsThemInFewSteps()
    {
        Gen.Select(Gen.Double[-1e9, 1e9], Gen.Double[-12, 12], Gen.Int[2, 10]).Sample((low, exponent, steps) =>
        {
            double high = low + Math.Pow(10, exponent);
            AxisScale scale = AxisScale.Around([low, high], steps, smallestStep: 1e-9);
            double tolerance = scale.Step * 1e-6;
            return scale.Steps >= 1 && scale.Steps <= steps && scale.Low <= low + tolerance && scale.High >= high - tolerance;
        });
    }

    [TestCase(0.0, 2e7, "0 5e6 1e7 1.5e7 2e7")]
    [TestCase(0.0, 2e-6, "0 5e-7 1e-6 1.5e-6 2e-6")]
    [TestCase(0.0, 2e5, "0 50000 100000 150000 200000")]
    public void Label_OfVeryLargeOrSmallNumbers_HasAnExponent(double low, double high, string ticks)
    {
        AxisScale scale = AxisScale.Around([low, high], 5, smallestStep: 1e-9);

        Assert.That(string.Join(' ', scale.Ticks.Select(scale.Label)), Is.EqualTo(ticks));
    }

    [Test]
    public void Around_OfNothing_IsAnAxisAllTheSame()
    {
        AxisScale scale = AxisScale.Around([double.NaN, double.PositiveInfinity], 5, smallestStep: 1e-9, floor: 0);

        Assert.That(scale.Ticks, Is.EqualTo(new[] { 0.0, 1.0 }));
    }
}
