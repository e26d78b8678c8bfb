using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
/// <item>While a quarter is at least a vector high, a vector of rows is exchanged at once.</item>
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
        for (int size = 32; size != 0; size >>= 1, low ^= low << size)
        {
            bool vectors = size >= Vector<ulong>.Count;
            for (int top = 0; top < NonZeroMask.WordBits; top += 2 * size)
            {
                for (int i = top; i < top + size; i += vectors ? Vector<ulong>.Count : 1)
                {
                    ref ulong upper = ref Unsafe.Add(ref origin, i);
                    ref ulong lower = ref Unsafe.Add(ref origin, i + size);
                    if (vectors)
                    {
                        Vector<ulong> a = Vector.LoadUnsafe(ref upper);
                        Vector<ulong> b = Vector.LoadUnsafe(ref lower);
                        Vector<ulong> difference = ((a >>> size) ^ b) & new Vector<ulong>(low);
                        (a ^ (difference << size)).StoreUnsafe(ref upper);
                        (b ^ difference).StoreUnsafe(ref lower);
                    }
                    else
                    {
                        ulong difference = ((upper >> size) ^ lower) & low;
                        upper ^= difference << size;
                        lower ^= difference;
                    }
                }
            }
        }
    }
}
