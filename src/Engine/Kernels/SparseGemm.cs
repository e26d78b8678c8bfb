using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>
/// Matrix multiplication whose left operand is mostly zero, as pixels are, or about half, as what a ReLU leaves: only its other elements are multiplied.
/// </summary>
/// <remarks>
/// <para>
/// Formula: that of <see cref="Gemm"/>, without the steps where A[i, p] is zero. fma(0, b, c) is c while b is finite, so the
/// bits are the same; only where B holds infinities or NaN, or where a sum is −0, do the two differ.
/// </para>
/// <para>Shapes: strides in elements. B and C are padded: n is a whole number of vectors, and rows are at least as long.</para>
/// <para>Aliasing: C must not overlap A, B or the bias.</para>
/// <para>The loops: <see cref="SparseLoops"/>; the innermost: <see cref="SparseMicroKernel"/>. Unchecked but for assertions: internal.</para>
/// </remarks>
internal static class SparseGemm
{
    /// <summary>
    /// The share of elements that are not zero up to which zeros are skipped. Steps of 784-100-200-10 on random pixels took
    /// 0.6 times as long as dense ones at 0.2, 0.8 times at 0.5, as long between 0.6 and 0.7, and 1.3 times at 1.
    /// </summary>
    public const double MaximumDensity = 0.5;

    /// <summary>
    /// The same for what a ReLU leaves, floats. The three products of a layer of 100 x 200 with 64 samples took, masks and the transposed copy of W included, 0.49 to 0.61 of the time of dense ones at 0.4,
    /// 0.77 to 0.83 at 0.6, 0.94 to 0.99 at 0.75 and 1.00 to 1.04 at 0.8 (Zen 4).
    /// </summary>
    private const double ActiveDensity = 0.75;

    /// <summary>The same with vectors of 512 bits that the processor does at once: dense products are twice as fast there, and what surrounds an element here is not. Forward, layers of 100 x 96 to 512 x 512 with 12 to 128 samples took 0.71 to 0.88 of the time of dense
    /// ones at 0.5, 0.82 to 1.01 at 0.6 and 0.93 to 1.15 at 0.7 (Zen 5).</summary>
    private const double WideActiveDensity = 0.65;

    /// <summary>The fewest columns of B for which it pays to skip zeros of what a ReLU leaves: with fewer, what surrounds an element costs more than its multiply-adds.</summary>
    private const int FewestColumns = 64, WideFewestColumns = 80;

    /// <summary>
    /// The most floats of W, 1 MB, for which it pays to skip such zeros on the way back and in the update: about what a second-level cache holds. On Zen 4, beside a busy neighbour, the two took 0.8 to 0.9 and 0.6 to 0.8 of the time with layers of
    /// 256 x 256 and 384 x 384, as long as dense ones with 512 x 512, and up to 1.4 and 1.2 times as long with 2,048 x 2,048. Forward it pays with these too, 0.7 to 0.9.
    /// </summary>
    private const int MostWeights = 1024 * 1024 / sizeof(float);

    /// <summary>The share of elements up to which zeros that a ReLU leaves are skipped.</summary>
    public static double MaximumActiveDensity => VectorWidth.IsFull ? WideActiveDensity : ActiveDensity;

    /// <summary>Whether it pays to look for these zeros.</summary>
    /// <param name="n">Columns of B.</param>
    public static bool SuitsActivations(int n) => n >= (VectorWidth.IsFull ? WideFewestColumns : FewestColumns);

    /// <summary>Whether it pays to skip them where a W of so many floats is transposed.</summary>
    public static bool SuitsTransposedWeights(int floats) => floats <= MostWeights;

    /// <summary>
    /// Whether it pays to skip them where a W of so many floats is updated. Not with vectors of 512 bits that the processor does at once: the gradients of 64 samples and 200 outputs are 53 KB, more than a first-level cache of 48 KB, and rows of W that
    /// each need other samples of them took 1.5 times as long as a dense update in one panel, and 0.97 to 0.98 in two (Zen 5).
    /// </summary>
    public static bool SuitsUpdatedWeights(int floats) => !VectorWidth.IsFull && floats <= MostWeights;

    /// <summary>
    /// Whether it pays to update Wᵀ instead and to transpose it back, where the gradients' zeros were skipped on the way back, so that there is a copy of Wᵀ. With vectors of 512 bits that the processor does at once: the gradients of 64 samples and 200 outputs are more than a first-level
    /// cache, the inputs are not. Layers of 64 x 128 to 784 x 256 with 16 to 256 samples took 0.49 to 0.87 of the time of dense updates where 0.4 of the gradients are not zero, 0.56 to 0.97 at 0.5, 0.69 to 1.13 at 0.6 (Zen 5).
    /// </summary>
    public static bool UpdatesTransposedWeights => VectorWidth.IsFull;

    /// <summary>C ← bias + A·B, A some of the images; relu of it if wanted.</summary>
    public static void MultiplyAddBias(
        int firstRow, int m, int n, PixelBlocks a, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, bool rectify, Span<float> c, int ldc)
    {
        Validate(m, n, a.Columns, b, ldb, c, ldc);
        var values = new PixelRows(ref MemoryMarshal.GetReference(a.Pixels), a.RowsBetween, ref PixelKernel.Scaled);
        Run(m, n, a.Words, a.Masks(0, firstRow, m), 1, a.RowsBetween, values.Row(firstRow), Matrix(b, ldb), Matrix(bias, 0), rectify, Matrix(c, ldc));
    }

    /// <summary>C ← bias + A·B, A rows of floats; relu of it if wanted.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="masks">Which elements of A are not zero: for each row <see cref="NonZeroMask.Words"/> of k.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="bias">The bias.</param>
    /// <param name="rectify">Whether C is to be relu of the sums.</param>
    /// <param name="c">C, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    public static void MultiplyAddBias(
        int m, int n, int k, ReadOnlySpan<ulong> masks, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, bool rectify, Span<float> c, int ldc)
    {
        Validate(m, n, k, b, ldb, c, ldc);
        int words = NonZeroMask.Words(k);
        Debug.Assert(masks.Length == m * words && a.Length >= ((m - 1) * lda) + k);
        var values = new FloatRows(ref MemoryMarshal.GetReference(a), lda);
        Run(m, n, words, masks, words, 1, values, Matrix(b, ldb), Matrix(bias, 0), rectify, Matrix(c, ldc));
    }

    /// <summary>The same, A images as they are, one after another.</summary>
    public static void MultiplyAddBias(
        int m, int n, int k, ReadOnlySpan<ulong> masks, ReadOnlySpan<byte> a, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, bool rectify, Span<float> c, int ldc)
    {
        Validate(m, n, k, b, ldb, c, ldc);
        int words = NonZeroMask.Words(k);
        Debug.Assert(masks.Length == m * words && a.Length == m * k);
        var values = new ImageRows(ref MemoryMarshal.GetReference(a), k, ref PixelKernel.Scaled);
        if (k < NonZeroMask.WordBits)
        {
            Run(m, n, words, masks, words, 1, new SmallImageRows(values), Matrix(b, ldb), Matrix(bias, 0), rectify, Matrix(c, ldc));
        }
        else
        {
            Run(m, n, words, masks, words, 1, values, Matrix(b, ldb), Matrix(bias, 0), rectify, Matrix(c, ldc));
        }
    }

    /// <summary>C ← A·B, A rows of floats of which masks tell those that are not zero, as for <c>MultiplyAddBias</c>.</summary>
    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<ulong> masks, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Validate(m, n, k, b, ldb, c, ldc);
        int words = NonZeroMask.Words(k);
        Debug.Assert(masks.Length == m * words && a.Length >= ((m - 1) * lda) + k);
        var values = new FloatRows(ref MemoryMarshal.GetReference(a), lda);
        SparseLoops.Run(
            m, n, words, ref MemoryMarshal.GetReference(masks), words, 1, values, Matrix(b, ldb), MatrixRef.None, default(Plain), Matrix(c, ldc));
    }

    /// <summary>
    /// W ← W − rate · Aᵀ·B for the 64 rows of W, or fewer at the end, that belong to word <paramref name="word"/> of A's masks. Rows of pixels that are zero in all images are left alone.
    /// </summary>
    /// <param name="n">Columns of B and W.</param>
    /// <param name="firstImage">The first row of A and B that is not in the sums yet.</param>
    /// <param name="k">Rows of A and B from there on: the images of the minibatch, or the rest of them.</param>
    /// <param name="a">The images.</param>
    /// <param name="word">Which 64 columns of A, rows of W.</param>
    /// <param name="b">B, a row for each image of the minibatch.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="sums">What <see cref="MultiplyTransposedA"/> has made of the images before the first, overwritten; not used if there are none.</param>
    /// <param name="weights">W, all of it, updated in place.</param>
    /// <param name="ldw">Row stride of W and of the sums.</param>
    /// <param name="scratch">Memory for the masks of 64 columns of A, <see cref="ScratchWords"/> words.</param>
    public static void MultiplyTransposedAUpdate(
        int n, int firstImage, int k, PixelBlocks a, int word, ReadOnlySpan<float> b, int ldb, float rate, Span<float> sums, Span<float> weights, int ldw, Span<ulong> scratch) =>
        RunTransposedA(n, firstImage, k, firstImage + k, a, word, b, ldb, sums, new LayerUpdate(rate), weights, ldw, scratch);

    /// <summary>The product alone, for the first k of the minibatch's images: sums ← Aᵀ·B. Rows of pixels that are zero in all of the minibatch's are not written: the update does not read them.</summary>
    public static void MultiplyTransposedA(int n, int k, int images, PixelBlocks a, int word, ReadOnlySpan<float> b, int ldb, Span<float> sums, int lds, Span<ulong> scratch) =>
        RunTransposedA(n, 0, k, images, a, word, b, ldb, default, default(Plain), sums, lds, scratch);

    /// <summary>W ← W − rate · Aᵀ·B for some rows of W, A rows of floats.</summary>
    /// <param name="firstRow">The first row of W, a column of A.</param>
    /// <param name="m">How many rows from there on.</param>
    /// <param name="n">Columns of B and W.</param>
    /// <param name="k">Rows of A and B: samples.</param>
    /// <param name="masks">Which elements of A are not zero: for each of its rows <paramref name="maskStride"/> words.</param>
    /// <param name="maskStride">Words from a row's mask to the next.</param>
    /// <param name="a">A, all columns.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, a row for each of A.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="weights">W, all of it, updated in place.</param>
    /// <param name="ldw">Row stride of W.</param>
    /// <param name="scratch">Memory for the masks of 64 columns of A, <see cref="ScratchWords"/> words.</param>
    public static void MultiplyTransposedAUpdate(
        int firstRow, int m, int n, int k, ReadOnlySpan<ulong> masks, int maskStride, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb,
        float rate, Span<float> weights, int ldw, Span<ulong> scratch)
    {
        Debug.Assert(masks.Length == k * maskStride && a.Length >= ((k - 1) * lda) + firstRow + m);
        for (int row = firstRow, end; row < firstRow + m; row = end)
        {
            (int word, int bit) = Math.DivRem(row, NonZeroMask.WordBits);
            end = Math.Min(firstRow + m, (word + 1) * NonZeroMask.WordBits);
            Validate(end - row, n, k, b, ldb, weights[(row * ldw)..], ldw);
            TransposeMasks(masks[word..], maskStride, k, scratch);
            var values = new FloatColumns(ref MemoryMarshal.GetReference(a[row..]), lda);
            SparseLoops.Run(
                end - row, n, NonZeroMask.Words(k), ref MemoryMarshal.GetReference(scratch[bit..]), 1, NonZeroMask.WordBits, values,
                Matrix(b, ldb), MatrixRef.None, new LayerUpdate(rate), Matrix(weights, ldw).From(row, 0));
        }
    }

    /// <summary>Words of scratch memory for a minibatch.</summary>
    public static int ScratchWords(int rows) => NonZeroMask.WordBits * NonZeroMask.Words(rows);

    private static void Run<TValues>(
        int m, int n, int words, ReadOnlySpan<ulong> masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef bias, bool rectify, MatrixRef c)
        where TValues : struct, ISparseValues<TValues>, allows ref struct
    {
        if (rectify)
        {
            SparseLoops.Run(m, n, words, ref MemoryMarshal.GetReference(masks), maskStride, wordStride, values, b, bias, default(Rectify), c);
        }
        else
        {
            SparseLoops.Run(m, n, words, ref MemoryMarshal.GetReference(masks), maskStride, wordStride, values, b, bias, default(Plain), c);
        }
    }

    /// <summary>C ← epilogue(sums + Aᵀ·B, C) for the 64 rows of a word.</summary>
    private static void RunTransposedA<TEpilogue>(
        int n, int firstImage, int k, int images, PixelBlocks a, int word, ReadOnlySpan<float> b, int ldb, Span<float> sums, TEpilogue epilogue, Span<float> c, int ldc, Span<ulong> scratch)
        where TEpilogue : struct, IEpilogue
    {
        int row = word * NonZeroMask.WordBits;
        int m = Math.Min(NonZeroMask.WordBits, a.Columns - row);
        Validate(m, n, firstImage + k, b, ldb, c[(row * ldc)..], ldc);
        int firstWord = firstImage / NonZeroMask.WordBits;
        TransposeMasks(a, word, firstImage, firstImage + k, scratch);
        var values = new PixelColumns(ref a.Pixels[word * a.RowsBetween * NonZeroMask.WordBits], a.Used(word, images), ref PixelKernel.Scaled);
        SparseLoops.Run(
            m, n, NonZeroMask.Words(firstImage + k) - firstWord, ref MemoryMarshal.GetReference(scratch), 1, NonZeroMask.WordBits, values.Word(firstWord),
            Matrix(b, ldb).From(firstWord * NonZeroMask.WordBits, 0), firstImage > 0 ? Matrix(sums, ldc).From(row, 0) : MatrixRef.None, epilogue, Matrix(c, ldc).From(row, 0));
    }

    /// <summary>Which of some images have a pixel at place 64·word + i: bits of columns[64·w + i], w counted from the first image's word.</summary>
    private static void TransposeMasks(PixelBlocks a, int word, int firstImage, int endImage, Span<ulong> columns)
    {
        int start = firstImage / NonZeroMask.WordBits * NonZeroMask.WordBits;
        for (int first = start; first < endImage; first += NonZeroMask.WordBits)
        {
            Span<ulong> square = columns.Slice(first - start, NonZeroMask.WordBits);
            int from = Math.Max(first, firstImage) - first;
            int to = Math.Min(first + NonZeroMask.WordBits, endImage) - first;
            square[..from].Clear();
            a.Masks(word, first + from, to - from).CopyTo(square[from..]);
            square[to..].Clear();
            BitTranspose.Run(square);
        }
    }

    /// <summary>The same for rows of floats, of whose masks the words are a stride apart.</summary>
    private static void TransposeMasks(ReadOnlySpan<ulong> masks, int stride, int rows, Span<ulong> columns)
    {
        for (int first = 0; first < rows; first += NonZeroMask.WordBits)
        {
            Span<ulong> square = columns.Slice(first, NonZeroMask.WordBits);
            for (int i = 0; i < square.Length; i++)
            {
                square[i] = first + i < rows ? masks[(first + i) * stride] : 0;
            }
            BitTranspose.Run(square);
        }
    }

    [Conditional("DEBUG")]
    private static void Validate(int m, int n, int k, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> c, int ldc)
    {
        Debug.Assert(n % Vector<float>.Count == 0);
        Check.Matrix(b, k, n, ldb);
        Check.Matrix(c, m, n, ldc);
        Check.Disjoint(b, c);
    }

    private static MatrixRef Matrix(ReadOnlySpan<float> span, int stride) => new(ref MemoryMarshal.GetReference(span), stride);
}
