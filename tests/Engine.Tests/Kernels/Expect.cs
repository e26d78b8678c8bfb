using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>Comparisons of many numbers that say where the first difference is.</summary>
internal static class Expect
{
    /// <summary>Half the distance from 1 to the next float: the largest relative error of one rounding.</summary>
    public const double UnitRoundoff = 1.0 / (1 << 24);

    /// <summary>Requires the same bits; NaNs are alike whatever their payload, as IEEE leaves it open.</summary>
    public static void SameBits(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string context)
    {
        if (MemoryMarshal.Cast<float, int>(actual).SequenceEqual(MemoryMarshal.Cast<float, int>(expected)))
        {
            return;
        }
        Require(actual.Length == expected.Length, $"{context}: {actual.Length} elements instead of {expected.Length}");
        for (int i = 0; i < actual.Length; i++)
        {
            if (!IsSame(actual[i], expected[i]))
            {
                Fail($"{context}: element {i} is {actual[i]:R}, expected {expected[i]:R}");
            }
        }
    }

    /// <summary>Requires that each number is the reference, rounded to single precision, to within an error in units in the last place.</summary>
    /// <param name="actual">What the kernel computed.</param>
    /// <param name="expected">What the reference computed.</param>
    /// <param name="maximumUlps">The largest error.</param>
    /// <param name="context">Says which case this is.</param>
    /// <param name="floor">An error that is too small to count.</param>
    public static void Ulps(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double maximumUlps, string context, double floor = 0)
    {
        Require(actual.Length == expected.Length, $"{context}: {actual.Length} elements instead of {expected.Length}");
        for (int i = 0; i < actual.Length; i++)
        {
            double error = UlpError(actual[i], expected[i]);
            if (!(error <= maximumUlps || Math.Abs(actual[i] - expected[i]) <= floor))
            {
                Fail($"{context}: element {i} is {actual[i]:R}, expected {expected[i]:R}, {error:G4} ulp away (limit {maximumUlps})");
            }
        }
    }

    /// <summary>Requires |actual − expected| ≤ tolerance, element by element; NaN and infinity must agree exactly.</summary>
    public static void Within(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, ReadOnlySpan<double> tolerance, string context)
    {
        Require(actual.Length == expected.Length, $"{context}: {actual.Length} elements instead of {expected.Length}");
        for (int i = 0; i < actual.Length; i++)
        {
            if (!(IsSame(actual[i], (float)expected[i]) || Math.Abs(actual[i] - expected[i]) <= tolerance[i]))
            {
                Fail($"{context}: element {i} is {actual[i]:R}, expected {expected[i]:R} ± {tolerance[i]:G4}");
            }
        }
    }

    /// <summary>The distance to the reference, counted in the spacing of floats there; 0 where both are the same infinity or NaN.</summary>
    public static double UlpError(float actual, double expected)
    {
        float rounded = (float)expected;
        if (IsSame(actual, rounded))
        {
            // The reference lies within half a unit, unless there is nothing to measure.
            return float.IsFinite(rounded) ? Math.Abs(actual - expected) / UlpOf(rounded) : 0;
        }
        double reach = float.IsFinite(rounded) ? Math.Abs(actual - expected) / UlpOf(rounded) : double.PositiveInfinity;
        return float.IsFinite(actual) ? reach : double.PositiveInfinity;
    }

    /// <summary>Fails with a message.</summary>
    [DoesNotReturn]
    public static void Fail(string message) => throw new AssertionException(message);

    private static bool IsSame(float x, float y) =>
        BitConverter.SingleToInt32Bits(x) == BitConverter.SingleToInt32Bits(y) || (float.IsNaN(x) && float.IsNaN(y));

    private static double UlpOf(float x) => (double)MathF.BitIncrement(MathF.Abs(x)) - MathF.Abs(x);

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            Fail(message);
        }
    }
}
