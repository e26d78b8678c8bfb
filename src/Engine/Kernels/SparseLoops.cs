using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The loops around <see cref="SparseMicroKernel"/>: panels of columns, words of k, rows of A.</summary>
/// <remarks>
/// Shapes: A m x k, given by a mask of its non-zero elements, <c>words</c> · 64 ≥ k bits a row, and by their values; B k x n; C m x n.
/// Word w of row i's mask is at <c>masks + i·maskStride + w·wordStride</c>.
/// n must be a whole number of vectors: rows of B and C are padded.
/// <code>
/// for each panel of up to 13 vectors of columns
///   for each word, 64 steps of k         // 64 rows of B stay in the first-level cache; C is stored and loaded again
///     for each row of A
///       micro-kernel; after the last word, the epilogue
/// </code>
/// <list type="number">
/// <item>64 rows of a 13-vector panel are 26 KB: what the other rows of A need of B is still in the first-level cache.</item>
/// <item>A row alone takes all words at once; so does an update, whose sums start from zero and not from C.</item>
/// </list>
/// </remarks>
internal static class SparseLoops
{
    /// <summary>C ← epilogue(start + A·B, C).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TValues, TEpilogue>(
        nint m, nint n, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Vector<float>.Count;
        Debug.Assert(n % lanes == 0 && b.ColumnStride == 1 && c.ColumnStride == 1);
        nint total = n / lanes;
        nint panels = (total + SparseMicroKernel.MaximumVectors - 1) / SparseMicroKernel.MaximumVectors;
        for (nint panel = 0; panel < panels && m > 0; panel++)
        {
            nint first = total * panel / panels;
            nint vectors = (total * (panel + 1) / panels) - first;
            nint j = first * lanes;
            switch (vectors)
            {
                case 13: Rows<Thirteen, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 12: Rows<Twelve, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 11: Rows<Eleven, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 10: Rows<Ten, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 9: Rows<Nine, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 8: Rows<Eight, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 7: Rows<Seven, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 6: Rows<Six, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 5: Rows<Five, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 4: Rows<Four, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 3: Rows<Three, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                case 2: Rows<Two, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j)); break;
                default:
                    Debug.Assert(vectors == 1);
                    Rows<One, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b.From(0, j), start.From(0, j), epilogue, c.From(0, j));
                    break;
            }
        }
    }

    /// <summary>One panel of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<TColumns, TValues, TEpilogue>(
        nint m, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TColumns : struct, ICount
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        bool isUpdate = typeof(TEpilogue) == typeof(Update);
        nint early = isUpdate || m == 1 ? 0 : words - 1;
        for (nint word = 0; word < early; word++)
        {
            nint p = word * NonZeroMask.WordBits;
            SparseMicroKernel.Rows<TColumns, OneWord, TValues, Plain>(
                m, 1, ref Unsafe.Add(ref masks, word * wordStride), maskStride, wordStride, values.Word(word), b.From(p, 0), start, default, c);
            start = c;
        }
        b = b.From(early * NonZeroMask.WordBits, 0);
        masks = ref Unsafe.Add(ref masks, early * wordStride);
        if (words - early == 1)
        {
            SparseMicroKernel.Rows<TColumns, OneWord, TValues, TEpilogue>(m, 1, ref masks, maskStride, wordStride, values.Word(early), b, start, epilogue, c);
        }
        else
        {
            SparseMicroKernel.Rows<TColumns, ManyWords, TValues, TEpilogue>(m, words, ref masks, maskStride, wordStride, values, b, start, epilogue, c);
        }
    }
}
