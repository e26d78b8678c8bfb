using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Which elements of a row are not zero, one bit each.</summary>
/// <remarks>
/// Formula: bit i % 64 of word i / 64 is <c>row[i] ≠ 0</c>; bits beyond the row are 0. −0 is zero, NaN is not.
/// Shapes: any length, and <see cref="Words"/> of it.
/// <code>
/// for each word: compare 64 elements with zero, gather the signs of the results
/// for the rest: whole vectors, and then one bit at a time; of rows that are whole cache lines in memory whole lines, and then no more bits than the row has
/// </code>
/// <list type="number">
/// <item>A comparison and one instruction that gathers sign bits handle a whole vector. No number is computed, so the width of the vector is free.</item>
/// <item>The rows of a minibatch are padded: all of them in one call, whole lines of each, and counted at once, take half of what a call for each row did (64 rows of 100, 0.45 instead of 0.97 µs; of 200, 0.73 instead of 1.33; Zen 4).</item>
/// </list>
/// </remarks>
public static class NonZeroMask
{
    /// <summary>Bits in a word.</summary>
    public const int WordBits = 64;

    /// <summary>The words for a row.</summary>
    /// <param name="length">Elements of the row.</param>
    public static int Words(int length) => (int)((length + (WordBits - 1L)) / WordBits);

    /// <summary>mask ← which bytes are not zero.</summary>
    /// <param name="row">Bytes, any number.</param>
    /// <param name="mask"><see cref="Words"/> of them, overwritten.</param>
    /// <exception cref="ArgumentException">The mask has another length.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Of(ReadOnlySpan<byte> row, Span<ulong> mask)
    {
        Check.Length<ulong>(mask, Words(row.Length));
        ref byte source = ref MemoryMarshal.GetReference(row);
        for (int word = 0; word < row.Length / WordBits; word++)
        {
            Vector256<byte> low = Vector256.LoadUnsafe(ref source, (nuint)(word * WordBits));
            Vector256<byte> high = Vector256.LoadUnsafe(ref source, (nuint)((word * WordBits) + Vector256<byte>.Count));
            mask[word] = Of(low, high);
        }
        int done = row.Length / WordBits * WordBits;
        int vectors = (row.Length - done) / Vector128<byte>.Count * Vector128<byte>.Count;
        ulong start = 0;
        for (int i = 0; i < vectors; i += Vector128<byte>.Count)
        {
            Vector128<byte> part = Vector128.LoadUnsafe(ref source, (nuint)(done + i));
            start |= (ulong)(~Vector128.Equals(part, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFFFF) << i;
        }
        Rest(row[(done + vectors)..], vectors, start, mask);
    }

    /// <summary>mask ← which floats are not zero.</summary>
    /// <param name="row">Floats, any number.</param>
    /// <param name="mask"><see cref="Words"/> of them, overwritten.</param>
    /// <exception cref="ArgumentException">The mask has another length.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Of(ReadOnlySpan<float> row, Span<ulong> mask)
    {
        Check.Length<ulong>(mask, Words(row.Length));
        ref float source = ref MemoryMarshal.GetReference(row);
        for (int word = 0; word < row.Length / WordBits; word++)
        {
            mask[word] = Word(ref Unsafe.Add(ref source, word * WordBits));
        }
        int done = row.Length / WordBits * WordBits;
        int vectors = (row.Length - done) / Vector256<float>.Count * Vector256<float>.Count;
        ulong start = 0;
        for (int i = 0; i < vectors; i += Vector256<float>.Count)
        {
            start |= VectorBits(ref Unsafe.Add(ref source, done + i)) << i;
        }
        Rest(row[(done + vectors)..], vectors, start, mask);
    }

    /// <summary>masks ← which floats of some rows are not zero: <see cref="Words"/> of a row, then those of the next.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row that are looked at.</param>
    /// <param name="matrix">The rows, whole cache lines of each.</param>
    /// <param name="stride">Row stride.</param>
    /// <param name="masks">The masks, overwritten.</param>
    /// <returns>How many are not zero.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static long OfRows(int rows, int width, ReadOnlySpan<float> matrix, int stride, Span<ulong> masks)
    {
        int words = Words(width);
        Debug.Assert(width > 0 && masks.Length == rows * words && matrix.Length >= ((rows - 1) * stride) + (RowLayout.Lines(width) * RowLayout.LineFloats));
        nint lines = RowLayout.Lines(width) - ((words - 1) * (WordBits / RowLayout.LineFloats));
        ulong inRow = ulong.MaxValue >> ((words * WordBits) - width);
        ref float source = ref MemoryMarshal.GetReference(matrix);
        ref ulong mask = ref MemoryMarshal.GetReference(masks);
        long count = 0;
        for (int row = 0; row < rows; row++)
        {
            ref float word = ref source;
            for (int w = words; w > 1; w--)
            {
                mask = Word(ref word);
                count += BitOperations.PopCount(mask);
                mask = ref Unsafe.Add(ref mask, 1);
                word = ref Unsafe.Add(ref word, WordBits);
            }
            ulong last = 0;
            for (nint line = lines - 1; line >= 0; line--)
            {
                last = (last << RowLayout.LineFloats) | LineBits(ref word, line);
            }
            mask = last & inRow;
            count += BitOperations.PopCount(mask);
            mask = ref Unsafe.Add(ref mask, 1);
            source = ref Unsafe.Add(ref source, stride);
        }
        return count;
    }

    /// <summary>The set bits: how many elements are not zero.</summary>
    /// <param name="mask">A mask, or several.</param>
    public static long Count(ReadOnlySpan<ulong> mask)
    {
        long count = 0;
        foreach (ulong word in mask)
        {
            count += BitOperations.PopCount(word);
        }
        return count;
    }

    /// <summary>The bits that are set in any of some words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static ulong Union(ReadOnlySpan<ulong> words)
    {
        ReadOnlySpan<Vector256<ulong>> vectors = MemoryMarshal.Cast<ulong, Vector256<ulong>>(words);
        Vector256<ulong> four = default;
        foreach (Vector256<ulong> vector in vectors)
        {
            four |= vector;
        }
        ulong union = four[0] | four[1] | four[2] | four[3];
        foreach (ulong word in words[(vectors.Length * Vector256<ulong>.Count)..])
        {
            union |= word;
        }
        return union;
    }

    /// <summary>The word of 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Of(Vector256<byte> low, Vector256<byte> high) => ~(
        Vector256.Equals(low, Vector256<byte>.Zero).ExtractMostSignificantBits()
        | ((ulong)Vector256.Equals(high, Vector256<byte>.Zero).ExtractMostSignificantBits() << Vector256<byte>.Count));

    /// <summary>The word of 64 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref float source) =>
        LineBits(ref source, 0) | (LineBits(ref source, 1) << 16) | (LineBits(ref source, 2) << 32) | (LineBits(ref source, 3) << 48);

    /// <summary>The bits of the floats of a cache line, 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LineBits(ref float source, nint line)
    {
        ref float first = ref Unsafe.Add(ref source, line * RowLayout.LineFloats);
        return Vector512.IsHardwareAccelerated
            ? (ushort)~Vector512.Equals(Vector512.LoadUnsafe(ref first), Vector512<float>.Zero).ExtractMostSignificantBits()
            : VectorBits(ref first) | (VectorBits(ref Unsafe.Add(ref first, Vector256<float>.Count)) << Vector256<float>.Count);
    }

    /// <summary>The bits of one vector of floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong VectorBits(ref float source) => (byte)~Vector256.Equals(Vector256.LoadUnsafe(ref source), Vector256<float>.Zero).ExtractMostSignificantBits();

    /// <summary>The last word, if the row fills it only in part: bits that are known, and the elements from there on.</summary>
    private static void Rest<T>(ReadOnlySpan<T> rest, int known, ulong word, Span<ulong> mask)
        where T : INumberBase<T>
    {
        for (int i = 0; i < rest.Length; i++)
        {
            word |= rest[i] != T.Zero ? 1UL << (known + i) : 0;
        }
        if (known + rest.Length > 0)
        {
            mask[^1] = word;
        }
    }

    /// <summary>Takes all bits off a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong TakeAll(ref ulong word)
    {
        ulong all = word;
        word = 0;
        return all;
    }

    /// <summary>Those of 64 bytes that have a bit in a word, without gaps; behind them zeros. Only where there is AVX-512 VBMI2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<byte> Compress(ulong word, ref byte bytes) => Avx512Vbmi2.Compress(Vector512<byte>.Zero, Bytes(word), Vector512.LoadUnsafe(ref bytes));

    /// <summary>A byte for each bit of a word: all ones or zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<byte> Bytes(ulong word)
    {
        // Each byte of the word eight times, and of each one bit.
        Vector512<byte> eighths = Vector512.Create(
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3,
            4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, (byte)7);
        Vector512<byte> bit = Vector512.Create(0x8040201008040201UL).AsByte();
        return Vector512.Equals(Avx512BW.Shuffle(Vector512.Create(word).AsByte(), eighths) & bit, bit);
    }
}
