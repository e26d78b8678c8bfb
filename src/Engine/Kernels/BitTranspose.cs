using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>The transpose of a square of 64 x 64 bits.</summary>
/// <remarks>
/// Formula: bit j of word i becomes bit i of word j. In place.
/// <code>
/// for each size 32, 16, 8, 4, 2, 1
///   in each square of twice that size, exchange the upper right quarter with the lower left
/// </code>
/// <list type="number">
/// <item>Words hold a whole row, so a quarter is exchanged for 64 columns at once with three exclusive ors: 6 passes instead of 4,096 bits.</item>
/// <item>While a quarter is at least a vector high, a vector of rows is exchanged with another.</item>
/// <item>After that a vector holds both rows of each pair: it is exchanged with itself, its words in another order. No number is computed, so
/// the width of the vector is free.</item>
/// </list>
/// Source: H. S. Warren, Hacker's Delight, section 7-3.
/// </remarks>
internal static class BitTranspose
{
    /// <summary>Transposes 64 words in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(Span<ulong> words)
    {
        Debug.Assert(words.Length == NonZeroMask.WordBits);
        ref ulong origin = ref MemoryMarshal.GetReference(words);
        ulong low = 0x0000_0000_FFFF_FFFF;
        for (int size = 32; size >= Vector256<ulong>.Count; size >>= 1, low ^= low << size)
        {
            for (int top = 0; top < NonZeroMask.WordBits; top += 2 * size)
            {
                for (int i = top; i < top + size; i += Vector256<ulong>.Count)
                {
                    ref ulong upper = ref Unsafe.Add(ref origin, i);
                    ref ulong lower = ref Unsafe.Add(ref origin, i + size);
                    Vector256<ulong> a = Vector256.LoadUnsafe(ref upper);
                    Vector256<ulong> b = Vector256.LoadUnsafe(ref lower);
                    Vector256<ulong> difference = ((a >>> size) ^ b) & Vector256.Create(low);
                    (a ^ (difference << size)).StoreUnsafe(ref upper);
                    (b ^ difference).StoreUnsafe(ref lower);
                }
            }
        }
        for (int i = 0; i < NonZeroMask.WordBits; i += Vector256<ulong>.Count)
        {
            Vector256<ulong> rows = Vector256.LoadUnsafe(ref origin, (nuint)i);
            rows = Exchange(rows, Vector256.Shuffle(rows, Vector256.Create(2UL, 3, 0, 1)), Vector256.Create(ulong.MaxValue, ulong.MaxValue, 0, 0), 2, 0x3333_3333_3333_3333);
            rows = Exchange(rows, Vector256.Shuffle(rows, Vector256.Create(1UL, 0, 3, 2)), Vector256.Create(ulong.MaxValue, 0, ulong.MaxValue, 0), 1, 0x5555_5555_5555_5555);
            rows.StoreUnsafe(ref origin, (nuint)i);
        }
    }

    /// <summary>Rows, each with a quarter of the row it is paired with: to an upper row comes the lower one's left quarter, to a lower row the upper one's right quarter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Exchange(Vector256<ulong> rows, Vector256<ulong> partners, Vector256<ulong> isUpper, int size, ulong low)
    {
        Vector256<ulong> left = Vector256.Create(low);
        Vector256<ulong> upper = (rows & left) | ((partners & left) << size);
        Vector256<ulong> lower = (rows & ~left) | ((partners >>> size) & left);
        return Vector256.ConditionalSelect(isUpper, upper, lower);
    }
}
