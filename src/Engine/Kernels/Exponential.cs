using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// exp(x) and exp(x) − 1 in single precision: the engine's own, so that every machine gives the same bits.
/// </summary>
/// <remarks>
/// <para>Formula: with n = round(x / ln 2) and r = x − n·ln 2, |r| ≤ ln 2 / 2,</para>
/// <code>
/// expm1(r) = r + r²·q(r)             // q: minimax polynomial of degree 4, relative error of exp(r) below 2⁻²⁷
/// exp(x)   = 2ⁿ·(1 + expm1(r))
/// expm1(x) = 2ⁿ·expm1(r) + (2ⁿ − 1)
/// </code>
/// <para>Largest error 1 unit in the last place. exp(−∞) = 0, exp(∞) = ∞, NaN stays NaN, subnormal results are kept.</para>
/// <list type="number">
/// <item>n is found by adding 1.5·2²³: the sum's low mantissa bits are the integer, so no conversion is needed.</item>
/// <item>2ⁿ is applied in two halves, each of them a normal number, so that overflow and underflow round as IEEE wants.</item>
/// <item>Vector and scalar form use the same operations in the same order; a compiler may not reorder either.</item>
/// </list>
/// </remarks>
internal static class Exponential
{
    private const float Log2E = 1.44269502f;
    private const float Ln2High = 0.693147182f;
    private const float Ln2Low = -1.90465421e-9f;
    private const float RoundToInteger = 12582912f;
    private const int RoundToIntegerBits = 0x4B400000;
    private const float Largest = 89f;
    private const float Smallest = -104f;
    private const float Q4 = 0.0013814467238262296f;
    private const float Q3 = 0.008368780836462975f;
    private const float Q2 = 0.04166839271783829f;
    private const float Q1 = 0.1666651964187622f;
    private const float Q0 = 0.4999999403953552f;

    /// <summary>exp(x), each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TVector>(TVector x)
        where TVector : struct
    {
        x = Simd.WhereLess(Simd.Broadcast<TVector>(Largest), x, Simd.Broadcast<TVector>(Largest), x);
        x = Simd.WhereLess(x, Simd.Broadcast<TVector>(Smallest), Simd.Broadcast<TVector>(Smallest), x);
        TVector expm1 = Reduced(x, out TVector n);
        TVector half = Simd.ShiftBitsRight(n, 1);
        return (Simd.Broadcast<TVector>(1f) + expm1) * PowerOfTwo(half) * PowerOfTwo(Simd.SubtractBits(n, half));
    }

    /// <summary>exp(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x)
    {
        x = x > Largest ? Largest : x;
        x = x < Smallest ? Smallest : x;
        float expm1 = Reduced(x, out int n);
        int half = n >> 1;
        return (1f + expm1) * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <summary>exp(x) − 1 for −88 ≤ x ≤ 80, each lane; accurate near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ExpMinusOne<TVector>(TVector x)
        where TVector : struct
    {
        TVector expm1 = Reduced(x, out TVector n);
        TVector scale = PowerOfTwo(n);
        return Simd.FusedMultiplyAdd(expm1, scale, scale - Simd.Broadcast<TVector>(1f));
    }

    /// <summary>exp(x) − 1 for −88 ≤ x ≤ 80; accurate near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ExpMinusOne(float x)
    {
        float expm1 = Reduced(x, out int n);
        float scale = PowerOfTwo(n);
        return MathF.FusedMultiplyAdd(expm1, scale, scale - 1f);
    }

    /// <summary>exp(r) − 1 of what is left of x when n·ln 2 is subtracted; n as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Reduced<TVector>(TVector x, out TVector n)
        where TVector : struct
    {
        TVector shifted = Simd.FusedMultiplyAdd(x, Simd.Broadcast<TVector>(Log2E), Simd.Broadcast<TVector>(RoundToInteger));
        n = Simd.AddToBits(shifted, -RoundToIntegerBits);
        TVector whole = shifted - Simd.Broadcast<TVector>(RoundToInteger);
        TVector r = Simd.FusedMultiplyAdd(whole, Simd.Broadcast<TVector>(-Ln2High), x);
        r = Simd.FusedMultiplyAdd(whole, Simd.Broadcast<TVector>(-Ln2Low), r);
        TVector q = Simd.FusedMultiplyAdd(Simd.Broadcast<TVector>(Q4), r, Simd.Broadcast<TVector>(Q3));
        q = Simd.FusedMultiplyAdd(q, r, Simd.Broadcast<TVector>(Q2));
        q = Simd.FusedMultiplyAdd(q, r, Simd.Broadcast<TVector>(Q1));
        q = Simd.FusedMultiplyAdd(q, r, Simd.Broadcast<TVector>(Q0));
        return Simd.FusedMultiplyAdd(q, r * r, r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Reduced(float x, out int n)
    {
        float shifted = MathF.FusedMultiplyAdd(x, Log2E, RoundToInteger);
        n = BitConverter.SingleToInt32Bits(shifted) - RoundToIntegerBits;
        float whole = shifted - RoundToInteger;
        float r = MathF.FusedMultiplyAdd(whole, -Ln2High, x);
        r = MathF.FusedMultiplyAdd(whole, -Ln2Low, r);
        float q = MathF.FusedMultiplyAdd(Q4, r, Q3);
        q = MathF.FusedMultiplyAdd(q, r, Q2);
        q = MathF.FusedMultiplyAdd(q, r, Q1);
        q = MathF.FusedMultiplyAdd(q, r, Q0);
        return MathF.FusedMultiplyAdd(q, r * r, r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector PowerOfTwo<TVector>(TVector n)
        where TVector : struct => Simd.ShiftBitsLeft(Simd.AddToBits(n, 127), 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float PowerOfTwo(int n) => BitConverter.Int32BitsToSingle((n + 127) << 23);
}
