using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>The loops around <see cref="SparseMicroKernel"/>: panels of columns, words of k, rows of A.</summary>
/// <remarks>
/// Shapes: A m x k, given by a mask of its non-zero elements, <c>words</c> · 64 ≥ k bits a row, and by their values; B k x n; C m x n.
/// Word w of row i's mask is at <c>masks + i·maskStride + w·wordStride</c>.
/// n must be a whole number of vectors: rows of B and C are padded. Aliasing: what sums start from may be C itself; C must not overlap B or the values of A.
/// <code>
/// for each panel of up to 13 vectors of columns, where that is faster two of them in one
///   for each word, 64 steps of k         // 64 rows of B stay in the first-level cache; the sums are stored and loaded again
///     for each row of A, or two rows that are alike
///       micro-kernel; after the last word, the epilogue
/// </code>
/// <list type="number">
/// <item>64 rows of a 13-vector panel are 26 KB: what the other rows of A need of B is still in the first-level cache. With vectors of 512 bits they may be 53 KB, more than it holds;
/// narrower panels, 7 vectors, take 200 columns 36 µs instead of 32 all the same.</item>
/// <item>Between two words, sums are kept in C. An update needs what is in C, the weights, so its sums are kept in scratch
/// memory, or where they started from. Its k is the minibatch: with 256 images all at once took 1.6 times as long.</item>
/// <item>A row alone takes all words at once, since no other row needs B; so does an update if all of B it needs stays in the first-level cache, but where rows
/// are taken in pairs: then word after word is 5 to 17 % faster for an epoch of narrow networks.</item>
/// </list>
/// </remarks>
internal static class SparseLoops
{
    /// <summary>Floats of B up to which an update takes all words at once: 32 KB, the size of a first-level cache.</summary>
    private const int CacheFloats = 32 * 1024 / sizeof(float);

    /// <summary>C ← epilogue(start + A·B, C), with vectors as wide as is best.</summary>
    public static void Run<TValues, TEpilogue>(
        nint m, nint n, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        if (VectorWidth.IsWide && n % Vector512<float>.Count == 0)
        {
            Run<Vector512<float>, TValues, TEpilogue>(m, n, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c);
        }
        else
        {
            Run<Vector<float>, TValues, TEpilogue>(m, n, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c, VectorWidth.IsDoubled);
        }
    }

    /// <summary>The same with vectors of a certain width; if wanted, two and two of them as one of 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TVector, TValues, TEpilogue>(
        nint m, nint n, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c, bool doubled = false)
        where TVector : struct
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        Debug.Assert(n % lanes == 0 && b.ColumnStride == 1 && c.ColumnStride == 1 && (!doubled || (typeof(TVector) == typeof(Vector<float>) && lanes == 8)));
        nint total = n / lanes;
        nint panels = (total + SparseMicroKernel.MaximumVectors - 1) / SparseMicroKernel.MaximumVectors;
        for (nint panel = 0; panel < panels && m > 0; panel++)
        {
            nint first = total * panel / panels;
            nint vectors = (total * (panel + 1) / panels) - first;
            nint j = first * lanes;
            if (doubled)
            {
                DoubledPanel(vectors, m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j));
            }
            else
            {
                Panel<TVector, TValues, TEpilogue>(vectors, m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j));
            }
        }
    }

    /// <summary>One panel of columns, so many vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panel<TVector, TValues, TEpilogue>(
        nint vectors, nint m, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TVector : struct
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        switch (vectors)
        {
            case 13: Rows<TVector, Thirteen, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 12: Rows<TVector, Twelve, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 11: Rows<TVector, Eleven, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 10: Rows<TVector, Ten, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 9: Rows<TVector, Nine, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 8: Rows<TVector, Eight, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 7: Rows<TVector, Seven, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 6: Rows<TVector, Six, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 5: Rows<TVector, Five, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 4: Rows<TVector, Four, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 3: Rows<TVector, Three, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 2: Rows<TVector, Two, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            default:
                Debug.Assert(vectors == 1);
                Rows<TVector, One, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c);
                break;
        }
    }

    /// <summary>The same, two and two as one vector of 512 bits; where they are odd in number, one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DoubledPanel<TValues, TEpilogue>(
        nint vectors, nint m, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        switch (vectors)
        {
            case 13: Rows<Vector512<float>, Six, One, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 12: Rows<Vector512<float>, Six, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 11: Rows<Vector512<float>, Five, One, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 10: Rows<Vector512<float>, Five, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 9: Rows<Vector512<float>, Four, One, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 8: Rows<Vector512<float>, Four, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 7: Rows<Vector512<float>, Three, One, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 6: Rows<Vector512<float>, Three, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 5: Rows<Vector512<float>, Two, One, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 4: Rows<Vector512<float>, Two, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 3: Rows<Vector512<float>, One, One, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            case 2: Rows<Vector512<float>, One, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c); break;
            default:
                Debug.Assert(vectors == 1);
                Rows<Vector<float>, One, Zero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c);
                break;
        }
    }

    /// <summary>All words and rows for a panel of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<TVector, TColumns, TTail, TValues, TEpilogue>(
        nint m, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TTail : struct, ICount
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        if (!start.IsNone && (m > 1 || words == 1))
        {
            WordAfterWord<TVector, TColumns, TTail, TValues, TEpilogue>(m, 0, words, ref masks, maskStride, wordStride, values, b, start, TEpilogue.ReadsOperand ? start : c, epilogue, c);
        }
        else if (!start.IsNone)
        {
            SparseMicroKernel.Rows<TVector, TColumns, TTail, ManyWords, FromMemory, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c);
        }
        else if (words == 1)
        {
            Word<TVector, TColumns, TTail, FromZero, TValues, TEpilogue>(m, ref masks, maskStride, values, b, start, epilogue, c);
        }
        else if (!TakesPairs<TValues>() && words * NonZeroMask.WordBits * Lanes<TVector, TColumns, TTail>() <= CacheFloats)
        {
            SparseMicroKernel.Rows<TVector, TColumns, TTail, ManyWords, FromZero, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c);
        }
        else if (TEpilogue.ReadsOperand)
        {
            SumsInScratch<TVector, TColumns, TTail, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, epilogue, c);
        }
        else
        {
            Word<TVector, TColumns, TTail, FromZero, TValues, Plain>(m, ref masks, maskStride, values, b, MatrixRef.None, default, c);
            WordAfterWord<TVector, TColumns, TTail, TValues, TEpilogue>(m, 1, words, ref masks, maskStride, wordStride, values, b, c, c, epilogue, c);
        }
    }

    /// <summary>C ← epilogue(A·B, C), where the epilogue needs what is in C: until the last word, sums are kept in scratch memory.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumsInScratch<TVector, TColumns, TTail, TValues, TEpilogue>(
        nint m, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, TEpilogue epilogue, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TTail : struct, ICount
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        Debug.Assert(m <= NonZeroMask.WordBits);
        Span<float> memory = stackalloc float[(NonZeroMask.WordBits * SparseMicroKernel.MaximumVectors * Simd.Count<TVector>()) + RowLayout.LineFloats];
        var sums = new MatrixRef(ref AlignedBuffer.Align(ref MemoryMarshal.GetReference(memory)), Lanes<TVector, TColumns, TTail>());
        Word<TVector, TColumns, TTail, FromZero, TValues, Plain>(m, ref masks, maskStride, values, b, MatrixRef.None, default, sums);
        WordAfterWord<TVector, TColumns, TTail, TValues, TEpilogue>(m, 1, words, ref masks, maskStride, wordStride, values, b, sums, sums, epilogue, c);
    }

    /// <summary>One word after another, from <paramref name="word"/> on. Between them the sums are stored and loaded again; after the last comes the epilogue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WordAfterWord<TVector, TColumns, TTail, TValues, TEpilogue>(
        nint m, nint word, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, MatrixRef sums, TEpilogue epilogue, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TTail : struct, ICount
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        for (; word < words - 1; word++)
        {
            Word<TVector, TColumns, TTail, FromMemory, TValues, Plain>(
                m, ref Unsafe.Add(ref masks, word * wordStride), maskStride, values.Word(word), b.From(word * NonZeroMask.WordBits, 0), start, default, sums);
            start = sums;
        }
        Word<TVector, TColumns, TTail, FromMemory, TValues, TEpilogue>(
            m, ref Unsafe.Add(ref masks, word * wordStride), maskStride, values.Word(word), b.From(word * NonZeroMask.WordBits, 0), start, epilogue, c);
    }

    /// <summary>Columns of a panel.</summary>
    private static int Lanes<TVector, TColumns, TTail>()
        where TVector : struct
        where TColumns : struct, ICount
        where TTail : struct, ICount => (TColumns.Value * Simd.Count<TVector>()) + (TTail.Value * Vector<float>.Count);

    /// <summary>Whether two rows are taken at once: if they are alike and there are registers for both.</summary>
    private static bool TakesPairs<TValues>()
        where TValues : struct, ISparseValues<TValues>, allows ref struct => TValues.RowsAreAlike && Hardware.HasManyRegisters;

    /// <summary>One word: two rows at once, or one after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Word<TVector, TColumns, TTail, TStart, TValues, TEpilogue>(
        nint m, ref ulong masks, nint maskStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TTail : struct, ICount
        where TStart : struct, IStart
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        nint pairs = TakesPairs<TValues>() ? m / 2 : 0;
        if (pairs > 0)
        {
            SparsePairMicroKernel.Pairs<TVector, TColumns, TTail, TStart, TValues, TEpilogue>(pairs, ref masks, maskStride, values, b, start, epilogue, c);
        }
        nint done = 2 * pairs;
        if (m > done)
        {
            SparseMicroKernel.Rows<TVector, TColumns, TTail, OneWord, TStart, TValues, TEpilogue>(
                m - done, 1, ref Unsafe.Add(ref masks, done * maskStride), maskStride, 0, values.Row(done), b, start.From(done, 0), epilogue, c.From(done, 0));
        }
    }
}
