namespace Engine.Kernels;

/// <summary>
/// The natural logarithm in double precision: the engine's own, so that every machine gives the same bits.
/// </summary>
/// <remarks>
/// Formula: x = m·2ᵉ with √½ ≤ m &lt; √2, s = (m − 1) / (m + 1), |s| &lt; 0.172,
/// <c>log x = e·ln 2 + 2·(s + s³/3 + s⁵/5 + … + s²³/23)</c>, the series of artanh; the first term left out is below 2⁻⁶⁵.
/// Used where a loss is reported and where a normal number is drawn: a few times for each sample or weight, so it is scalar.
/// </remarks>
internal static class Logarithm
{
    private const double Ln2High = 0.69314718055994529;
    private const double Ln2Low = 2.3190468138462996e-17;
    private const double SquareRootOfTwo = 1.4142135623730951;
    private const double TwoTo54 = 18014398509481984;

    private static ReadOnlySpan<double> Coefficients => [1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3];

    /// <summary>log x; −∞ for 0, NaN for negative numbers and NaN.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        }
        int exponent = 0;
        if (!double.IsNormal(x))
        {
            x *= TwoTo54;
            exponent = -54;
        }
        long bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (m > SquareRootOfTwo)
        {
            m *= 0.5;
            exponent++;
        }
        double s = (m - 1) / (m + 1);
        double t = s * s;
        double series = 0;
        foreach (double coefficient in Coefficients)
        {
            series = Math.FusedMultiplyAdd(series, t, coefficient);
        }
        double tail = Math.FusedMultiplyAdd(exponent, Ln2Low, 2 * s * t * series);
        return Math.FusedMultiplyAdd(exponent, Ln2High, Math.FusedMultiplyAdd(2, s, tail));
    }
}
