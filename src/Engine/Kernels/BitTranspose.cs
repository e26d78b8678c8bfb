using System.Diagnostics;

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
/// </list>
/// Source: H. S. Warren, Hacker's Delight, section 7-3.
/// </remarks>
internal static class BitTranspose
{
    /// <summary>Transposes 64 words in place.</summary>
    public static void Run(Span<ulong> words)
    {
        Debug.Assert(words.Length == NonZeroMask.WordBits);
        ulong low = 0x0000_0000_FFFF_FFFF;
        for (int size = 32; size != 0; size >>= 1, low ^= low << size)
        {
            for (int top = 0; top < NonZeroMask.WordBits; top += 2 * size)
            {
                Span<ulong> upper = words.Slice(top, size);
                Span<ulong> lower = words.Slice(top + size, size);
                for (int i = 0; i < upper.Length; i++)
                {
                    ulong difference = ((upper[i] >> size) ^ lower[i]) & low;
                    upper[i] ^= difference << size;
                    lower[i] ^= difference;
                }
            }
        }
    }
}
