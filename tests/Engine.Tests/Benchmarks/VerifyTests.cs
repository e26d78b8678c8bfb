using Engine.Benchmarks;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class VerifyTests
{
    private static readonly float[] One = [1f];

    [Test]
    public void Close_WithinTheTolerance_Passes()
    {
        Assert.That(() => Verify.Close(1, 2, 1, "x"), Throws.Nothing);
        Assert.That(() => Verify.Close(One, [2f], 1, "x"), Throws.Nothing);
        Assert.That(() => Verify.RelativelyClose([10f], [11f], 0.1f, "x"), Throws.Nothing);
    }

    [TestCase(2.1)]
    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    public void Close_BeyondTheToleranceOrNoNumber_Throws(double actual)
    {
        Assert.That(() => Verify.Close(1, actual, 1, "x"), Throws.InvalidOperationException.With.Message.StartsWith("x: expected 1 ± 1; found "));
        Assert.That(() => Verify.Close(One, [(float)actual], 1, "x"), Throws.InvalidOperationException);
        Assert.That(() => Verify.RelativelyClose(One, [(float)actual], 1, "x"), Throws.InvalidOperationException);
    }

    [Test]
    public void SameBits_OfTheSameNumbers_Passes() => Assert.That(() => Verify.SameBits([float.NaN, -0f], [float.NaN, -0f], "x"), Throws.Nothing);

    [Test]
    public void SameBits_OfAnyOtherBit_Throws()
    {
        Assert.That(() => Verify.SameBits([0f], [-0f], "x"), Throws.InvalidOperationException);
        Assert.That(() => Verify.SameBits(One, [MathF.BitIncrement(1f)], "x"), Throws.InvalidOperationException.With.Message.StartsWith("x: expected 1 at 0; found 1.0000001"));
    }

    [Test]
    public void SameBitsAndClose_OfAnotherCount_Throws()
    {
        Assert.That(() => Verify.SameBits(One, [1f, 2f], "x"), Throws.InvalidOperationException.With.Message.EqualTo("x: expected 1 numbers; found 2."));
        Assert.That(() => Verify.Close(One, [1f, 2f], 1, "x"), Throws.InvalidOperationException.With.Message.EqualTo("x: expected 1 numbers; found 2."));
    }
}
