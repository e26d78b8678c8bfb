using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// The natural logarithm in double precision: the engine's own, so that every machine gives the same bits.
/// </summary>
/// <remarks>
/// Formula: x = m·2ᵉ with √½ ≤ m &lt; √2, s = (m − 1) / (m + 1), |s| &lt; 0.172,
/// <c>log x = e·ln 2 + 2·(s + s³/3 + s⁵/5 + … + s²³/23)</c>, the series of artanh; the first term left out is below 2⁻⁶⁵.
/// <list type="number">
/// <item>The chain of multiply-adds is long; the vector form has one for each lane under way at once. It does the same operations in the same
/// order as the scalar form, and leaves lanes that are no ordinary positive numbers to it.</item>
/// </list>
/// </remarks>
internal static class Logarithm
{
    private const double Ln2High = 0.69314718055994529;
    private const double Ln2Low = 2.3190468138462996e-17;
    private const double SquareRootOfTwo = 1.4142135623730951;
    private const double TwoTo54 = 18014398509481984;
    private const double SmallestNormal = 2.2250738585072014e-308;

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

    /// <summary>log x, each lane; the bits of the scalar form.</summary>
    public static Vector<double> Log(Vector<double> x)
    {
        if (!Vector.GreaterThanOrEqualAll(x, new(SmallestNormal)) || !Vector.LessThanOrEqualAll(x, new(double.MaxValue)))
        {
            return LaneByLane(x);
        }
        Vector<long> bits = Vector.AsVectorInt64(x);
        Vector<double> m = Vector.AsVectorDouble((bits & new Vector<long>(0x000F_FFFF_FFFF_FFFF)) | new Vector<long>(0x3FF0_0000_0000_0000));
        Vector<long> isLarge = Vector.GreaterThan(m, new(SquareRootOfTwo));
        Vector<double> exponent = Vector.ConvertToDouble((bits >> 52) - new Vector<long>(1023) - isLarge);
        m = Vector.ConditionalSelect(isLarge, m * new Vector<double>(0.5), m);
        Vector<double> s = (m - Vector<double>.One) / (m + Vector<double>.One);
        Vector<double> t = s * s;
        Vector<double> series = default;
        foreach (double coefficient in Coefficients)
        {
            series = Vector.FusedMultiplyAdd(series, t, new(coefficient));
        }
        var two = new Vector<double>(2);
        Vector<double> tail = Vector.FusedMultiplyAdd(exponent, new(Ln2Low), two * s * t * series);
        return Vector.FusedMultiplyAdd(exponent, new(Ln2High), Vector.FusedMultiplyAdd(two, s, tail));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<double> LaneByLane(Vector<double> x)
    {
        Span<double> lanes = stackalloc double[Vector<double>.Count];
        x.CopyTo(lanes);
        foreach (ref double lane in lanes)
        {
            lane = Log(lane);
        }
        return new Vector<double>(lanes);
    }
}
