using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>
/// General matrix multiplication, C(m x n) ← start + A(m x k)·B(k x n), single precision, row-major.
/// </summary>
/// <remarks>
/// <para>
/// Formula: C[i, j] is one chain of fused multiply-adds, p ascending:
/// <c>c = start; for p in 0..k: c = fma(A[i, p], B[p, j], c)</c>. The start is zero, what is already in C, or a bias.
/// The result therefore does not depend on the vector width, the tile, the cache block or on how rows are shared out.
/// </para>
/// <para>Shapes: strides are in elements, from one row to the next. Any size from 0 and any stride that holds a row will do.
/// No element outside the matrices is read or written.</para>
/// <para>Aliasing: C must not overlap A, B or the bias.</para>
/// <code>
/// for each block of KC steps of k            // accumulators are stored and loaded again: the same bits
///   for each panel of NR columns of B        // KC x NR, stays in the first-level cache
///     for each tile of up to MR rows of A    // MR x NR accumulators in registers
///       micro-kernel
///   the columns left over, one at a time
/// </code>
/// <para>Optimisations:</para>
/// <list type="number">
/// <item>Lanes run along n, so no sum is ever split over lanes and A needs only broadcasts: A may be transposed for free.</item>
/// <item>B is read in place. Rows padded as <see cref="RowLayout"/> does keep a panel in cache without a packed copy.</item>
/// <item>Rows are shared evenly among tiles (32 rows are 6+6+5+5+5+5, not 6+6+6+6+6+2): small tiles wait for the FMA latency.</item>
/// <item>The loops around the micro-kernel are compiled for speed at once, not after a warm-up of hundreds of milliseconds.</item>
/// <item>One row (a single sample) takes tiles of its own, up to 8 vectors wide.</item>
/// </list>
/// <para>Thread-safe: no state. Threads may share a product by rows of C.</para>
/// </remarks>
public static class Gemm
{
    /// <summary>C ← A·B.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">A, m x k.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Check.Matrix(a, m, k, lda);
        Validate(m, n, k, a, b, ldb, c, ldc);
        Run(m, n, k, ref MemoryMarshal.GetReference(a), lda, 1, b, ldb, ref Unsafe.NullRef<float>(), 0, c, ldc);
    }

    /// <summary>C ← C + A·B.</summary>
    /// <inheritdoc cref="Multiply"/>
    public static void MultiplyAdd(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Check.Matrix(a, m, k, lda);
        Validate(m, n, k, a, b, ldb, c, ldc);
        Run(m, n, k, ref MemoryMarshal.GetReference(a), lda, 1, b, ldb, ref MemoryMarshal.GetReference(c), ldc, c, ldc);
    }

    /// <summary>C ← bias + A·B, the bias added to every row: the forward pass of a dense layer.</summary>
    /// <param name="m">Rows of A and C: samples.</param>
    /// <param name="n">Columns of B and C: outputs.</param>
    /// <param name="k">Columns of A, rows of B: inputs.</param>
    /// <param name="a">A, m x k: the inputs.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, k x n: the weights.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="bias">The bias, n elements at least.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void MultiplyAddBias(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<float> c, int ldc)
    {
        Check.Matrix(a, m, k, lda);
        Check.AtLeast(bias, n);
        Check.Disjoint(bias, c);
        Validate(m, n, k, a, b, ldb, c, ldc);
        Run(m, n, k, ref MemoryMarshal.GetReference(a), lda, 1, b, ldb, ref MemoryMarshal.GetReference(bias), 0, c, ldc);
    }

    /// <summary>C ← Aᵀ·B, where A is stored k x m: the weight gradient of a dense layer.</summary>
    /// <param name="m">Columns of A, rows of C: inputs.</param>
    /// <param name="n">Columns of B and C: outputs.</param>
    /// <param name="k">Rows of A and B: samples.</param>
    /// <param name="a">A, k x m.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void MultiplyTransposedA(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Check.Matrix(a, k, m, lda);
        Validate(m, n, k, a, b, ldb, c, ldc);
        Run(m, n, k, ref MemoryMarshal.GetReference(a), 1, lda, b, ldb, ref Unsafe.NullRef<float>(), 0, c, ldc);
    }

    /// <summary>c ← the sum of the rows of B, in row order: the bias gradient of a dense layer.</summary>
    /// <remarks>A product with a row of ones: a bias is the weight of an input that is always 1, and fma(1, b, c) is b + c.</remarks>
    /// <param name="n">Columns of B.</param>
    /// <param name="k">Rows of B.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="c">The sums, n elements at least, overwritten.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or c overlaps B.</exception>
    public static void SumRows(int n, int k, ReadOnlySpan<float> b, int ldb, Span<float> c)
    {
        ReadOnlySpan<float> one = [1f];
        Validate(1, n, k, one, b, ldb, c, n);
        Run(1, n, k, ref MemoryMarshal.GetReference(one), 0, 0, b, ldb, ref Unsafe.NullRef<float>(), 0, c, n);
    }

    private static void Validate(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> c, int ldc)
    {
        Check.Matrix(b, k, n, ldb);
        Check.Matrix(c, m, n, ldc);
        Check.Disjoint(a, c);
        Check.Disjoint(b, c);
    }

    /// <summary>The block loop. A[i, p] is at <c>a + i·rowStride + p·columnStride</c>; a null <paramref name="start"/> is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(
        int m, int n, int k, ref float a, nint rowStride, nint columnStride,
        ReadOnlySpan<float> bSpan, nint ldb, ref float start, nint ldStart, Span<float> cSpan, nint ldc)
    {
        if (m == 0 || n == 0)
        {
            return;
        }
        ref float b = ref MemoryMarshal.GetReference(bSpan);
        ref float c = ref MemoryMarshal.GetReference(cSpan);

        int blocks = Math.Max(1, (k + GemmBlocking.MaximumDepth - 1) / GemmBlocking.MaximumDepth);
        for (int block = 0; block < blocks; block++)
        {
            nint from = (nint)((long)k * block / blocks);
            nint to = (nint)((long)k * (block + 1) / blocks);
            ref float blockA = ref Unsafe.Add(ref a, from * columnStride);
            ref float blockB = ref Unsafe.Add(ref b, from * ldb);
            if (m == 1)
            {
                Row(n, to - from, ref blockA, columnStride, ref blockB, ldb, ref start, ref c);
            }
            else
            {
                Panels(m, n, to - from, ref blockA, rowStride, columnStride, ref blockB, ldb, ref start, ldStart, ref c, ldc);
            }
            start = ref c;
            ldStart = ldc;
        }
    }

    /// <summary>All columns of C for one block of k, a panel at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panels(
        nint m, nint n, nint k, ref float a, nint rowStride, nint columnStride,
        ref float b, nint ldb, ref float start, nint ldStart, ref float c, nint ldc)
    {
        nint lanes = Vector<float>.Count;
        nint j = 0;
        for (; j + (2 * lanes) <= n; j += 2 * lanes)
        {
            Panel<Two>(m, k, ref a, rowStride, columnStride, ref Unsafe.Add(ref b, j), ldb, ref Offset(ref start, j), ldStart, ref Unsafe.Add(ref c, j), ldc);
        }
        for (; j + lanes <= n; j += lanes)
        {
            Panel<One>(m, k, ref a, rowStride, columnStride, ref Unsafe.Add(ref b, j), ldb, ref Offset(ref start, j), ldStart, ref Unsafe.Add(ref c, j), ldc);
        }
        for (; j < n; j++)
        {
            for (nint i = 0; i < m; i++)
            {
                GemmMicroKernel.Element(
                    k, ref Unsafe.Add(ref a, i * rowStride), columnStride, ref Unsafe.Add(ref b, j), ldb,
                    ref Offset(ref start, (i * ldStart) + j), ref Unsafe.Add(ref c, (i * ldc) + j));
            }
        }
    }

    /// <summary>One panel of B against every row of A, in tiles of nearly equal height.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panel<TColumns>(
        nint m, nint k, ref float a, nint rowStride, nint columnStride,
        ref float b, nint ldb, ref float start, nint ldStart, ref float c, nint ldc)
        where TColumns : struct, ICount
    {
        nint tiles = (m + GemmBlocking.TileRows - 1) / GemmBlocking.TileRows;
        for (nint tile = 0; tile < tiles; tile++)
        {
            nint i = m * tile / tiles;
            nint rows = (m * (tile + 1) / tiles) - i;
            ref float tileA = ref Unsafe.Add(ref a, i * rowStride);
            ref float tileStart = ref Offset(ref start, i * ldStart);
            ref float tileC = ref Unsafe.Add(ref c, i * ldc);
            switch (rows)
            {
                case 6: GemmMicroKernel.Tile<Six, TColumns>(k, ref tileA, rowStride, columnStride, ref b, ldb, ref tileStart, ldStart, ref tileC, ldc); break;
                case 5: GemmMicroKernel.Tile<Five, TColumns>(k, ref tileA, rowStride, columnStride, ref b, ldb, ref tileStart, ldStart, ref tileC, ldc); break;
                case 4: GemmMicroKernel.Tile<Four, TColumns>(k, ref tileA, rowStride, columnStride, ref b, ldb, ref tileStart, ldStart, ref tileC, ldc); break;
                case 3: GemmMicroKernel.Tile<Three, TColumns>(k, ref tileA, rowStride, columnStride, ref b, ldb, ref tileStart, ldStart, ref tileC, ldc); break;
                case 2: GemmMicroKernel.Tile<Two, TColumns>(k, ref tileA, rowStride, columnStride, ref b, ldb, ref tileStart, ldStart, ref tileC, ldc); break;
                default:
                    Debug.Assert(rows == 1);
                    GemmMicroKernel.Tile<One, TColumns>(k, ref tileA, rowStride, columnStride, ref b, ldb, ref tileStart, ldStart, ref tileC, ldc);
                    break;
            }
        }
    }

    /// <summary>One row of C: wide tiles, since with one row the only independent accumulators are along n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(
        nint n, nint k, ref float a, nint columnStride, ref float b, nint ldb, ref float start, ref float c)
    {
        nint lanes = Vector<float>.Count;
        nint vectors = n / lanes;
        nint tiles = (vectors + GemmBlocking.RowVectors - 1) / GemmBlocking.RowVectors;
        for (nint tile = 0; tile < tiles; tile++)
        {
            nint first = vectors * tile / tiles;
            nint width = (vectors * (tile + 1) / tiles) - first;
            ref float tileB = ref Unsafe.Add(ref b, first * lanes);
            ref float tileStart = ref Offset(ref start, first * lanes);
            ref float tileC = ref Unsafe.Add(ref c, first * lanes);
            switch (width)
            {
                case 8: GemmMicroKernel.Row<Eight>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC); break;
                case 7: GemmMicroKernel.Row<Seven>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC); break;
                case 6: GemmMicroKernel.Row<Six>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC); break;
                case 5: GemmMicroKernel.Row<Five>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC); break;
                case 4: GemmMicroKernel.Row<Four>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC); break;
                case 3: GemmMicroKernel.Row<Three>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC); break;
                case 2: GemmMicroKernel.Row<Two>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC); break;
                default:
                    Debug.Assert(width == 1);
                    GemmMicroKernel.Row<One>(k, ref a, columnStride, ref tileB, ldb, ref tileStart, ref tileC);
                    break;
            }
        }
        for (nint j = vectors * lanes; j < n; j++)
        {
            GemmMicroKernel.Element(k, ref a, columnStride, ref Unsafe.Add(ref b, j), ldb, ref Offset(ref start, j), ref Unsafe.Add(ref c, j));
        }
    }

    /// <summary><paramref name="origin"/> moved by <paramref name="elements"/>; null stays null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref float Offset(ref float origin, nint elements) =>
        ref Unsafe.IsNullRef(ref origin) ? ref origin : ref Unsafe.Add(ref origin, elements);
}
