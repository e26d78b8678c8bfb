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
/// for the rest: whole vectors, and then, of floats, the row's last vector; of bytes, or in a row shorter than a vector, one bit at a time
/// </code>
/// <list type="number">
/// <item>A comparison and one instruction that gathers sign bits handle a whole vector. No number is computed, so the width of the vector is free.</item>
/// <item>The last vector of a row of floats may begin before the last word does: the bits that this has already, or that are another word's, are the same or shifted out.</item>
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
            mask[word] = Vectors(ref Unsafe.Add(ref source, word * WordBits), WordBits);
        }
        int done = row.Length / WordBits * WordBits;
        if (row.Length < Vector256<float>.Count)
        {
            Rest(row, 0, 0, mask);
        }
        else if (row.Length > done)
        {
            mask[^1] = Vectors(ref Unsafe.Add(ref source, done), (row.Length - done) / Vector256<float>.Count * Vector256<float>.Count) | End(row, row.Length - done);
        }
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

    /// <summary>The word of 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Of(Vector256<byte> low, Vector256<byte> high) => ~(
        Vector256.Equals(low, Vector256<byte>.Zero).ExtractMostSignificantBits()
        | ((ulong)Vector256.Equals(high, Vector256<byte>.Zero).ExtractMostSignificantBits() << Vector256<byte>.Count));

    /// <summary>The bits of some floats, a whole number of vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Vectors(ref float source, int length)
    {
        ulong bits = 0;
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
            {
                bits |= (~Vector512.Equals(Vector512.LoadUnsafe(ref source, (nuint)i), Vector512<float>.Zero).ExtractMostSignificantBits() & 0xFFFF) << i;
            }
        }
        for (; i < length; i += Vector256<float>.Count)
        {
            bits |= (ulong)VectorBits(ref Unsafe.Add(ref source, i)) << i;
        }
        return bits;
    }

    /// <summary>The bits of one vector of floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint VectorBits(ref float source) => ~Vector256.Equals(Vector256.LoadUnsafe(ref source), Vector256<float>.Zero).ExtractMostSignificantBits() & 0xFF;

    /// <summary>The bits of a row's last vector of floats, of which a word has the last <paramref name="count"/> of the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong End(ReadOnlySpan<float> row, int count)
    {
        ulong bits = VectorBits(ref Unsafe.Add(ref MemoryMarshal.GetReference(row), row.Length - Vector256<float>.Count));
        return count >= Vector256<float>.Count ? bits << (count - Vector256<float>.Count) : bits >> (Vector256<float>.Count - count);
    }

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
