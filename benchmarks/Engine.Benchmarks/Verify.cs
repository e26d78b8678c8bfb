using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Engine.Benchmarks;

/// <summary>What a benchmark's result has to be. A wrong result ends the benchmark, so no wrong program gets a time.</summary>
internal static class Verify
{
    /// <summary>Requires the same bits.</summary>
    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        RequireLength(expected.Length, actual.Length, what);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Throw(string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected[i]:R} at {i}; found {actual[i]:R}."));
            }
        }
    }

    /// <summary>Requires numbers that differ by <paramref name="tolerance"/> at most.</summary>
    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance, string what)
    {
        RequireLength(expected.Length, actual.Length, what);
        for (int i = 0; i < expected.Length; i++)
        {
            Close(expected[i], actual[i], tolerance, what);
        }
    }

    /// <summary>Requires a number that differs by <paramref name="tolerance"/> at most.</summary>
    public static void Close(double expected, double actual, double tolerance, string what)
    {
        if (!(Math.Abs(expected - actual) <= tolerance))
        {
            Throw(string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected:R} ± {tolerance:R}; found {actual:R}."));
        }
    }

    /// <summary>Requires numbers that differ by <paramref name="tolerance"/> times the expected one at most.</summary>
    public static void RelativelyClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance, string what)
    {
        RequireLength(expected.Length, actual.Length, what);
        for (int i = 0; i < expected.Length; i++)
        {
            Close(expected[i], actual[i], tolerance * Math.Abs(expected[i]), what);
        }
    }

    /// <summary>Requires the same text, for example a hash.</summary>
    public static void Same(string expected, string actual, string what)
    {
        if (!string.Equals(expected, actual, StringComparison.Ordinal))
        {
            Throw($"{what}: expected {expected}; found {actual}.");
        }
    }

    private static void RequireLength(int expected, int actual, string what)
    {
        if (expected != actual)
        {
            Throw($"{what}: expected {expected} numbers; found {actual}.");
        }
    }

    [DoesNotReturn]
    private static void Throw(string message) => throw new InvalidOperationException(message);
}
