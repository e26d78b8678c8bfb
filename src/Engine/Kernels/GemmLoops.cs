using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>
/// The loops around <see cref="GemmMicroKernel"/>: blocks of k, panels of B, tiles of C.
/// </summary>
/// <remarks>
/// Shapes: A m x k, B k x n; start, operand and C m x n. Nothing outside them is touched. A null start is zero.
/// <code>
/// for each block of KC steps of k              // accumulators are stored and loaded again: the same bits
///   for each block of MC rows of A             // MC x KC, stays in the second-level cache
///     for each panel of NR columns of B        // KC x NR, stays in the first-level cache
///       if B is transposed, or its rows lie far apart: copy the panel
///       micro-kernel: for each tile of up to MR rows of A    // MR x NR accumulators in registers
///         after the last block of k, the epilogue
/// </code>
/// <list type="number">
/// <item>B is read in place where its rows, padded as <see cref="RowLayout"/> does, keep a panel in cache and its pages at hand; else
/// each panel is copied to contiguous memory first: see <see cref="GemmBlocking.IsPacked"/>.</item>
/// <item>While a panel is copied, the next one is asked for: its rows are beside those that are being read, but nothing else would fetch
/// them in time, each being on a page of its own. 1,024 cubed: 4 % faster.</item>
/// <item>Bᵀ is copied panel by panel: its columns become rows, so that lanes run along n here too.</item>
/// <item>Rows are shared evenly among tiles (32 rows are 6+6+5+5+5+5, not 6+6+6+6+6+2): small tiles wait for the FMA latency.</item>
/// <item>The last columns, fewer than a vector, are computed with their left neighbours as a whole vector, of which only they are stored.</item>
/// <item>The loops are compiled for speed at once, not after a warm-up of hundreds of milliseconds.</item>
/// </list>
/// </remarks>
internal static class GemmLoops
{
    /// <summary>C ← epilogue(start + A·B, operand).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TEpilogue>(
        nint m, nint n, nint k, MatrixRef a, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        if (m == 0 || n == 0)
        {
            return;
        }

        // An operand in place of C would be lost if C held sums in the meantime.
        bool inPlace = Unsafe.AreSame(ref operand.Origin, ref c.Origin);
        nint blocks = inPlace ? 1 : Math.Max(1, (k + GemmBlocking.MaximumDepth - 1) / GemmBlocking.MaximumDepth);
        for (nint block = 0; block < blocks; block++)
        {
            nint from = k * block / blocks;
            nint depth = (k * (block + 1) / blocks) - from;
            nint parts = (m + GemmBlocking.Rows(depth) - 1) / GemmBlocking.Rows(depth);
            for (nint part = 0; part < parts; part++)
            {
                nint i = m * part / parts;
                nint rows = (m * (part + 1) / parts) - i;
                MatrixRef blockA = a.From(i, from);
                MatrixRef blockB = b.From(from, 0);
                if (block + 1 < blocks)
                {
                    Block(rows, n, depth, blockA, blockB, start.From(i, 0), default(Plain), MatrixRef.None, c.From(i, 0));
                }
                else
                {
                    Block(rows, n, depth, blockA, blockB, start.From(i, 0), epilogue, operand.From(i, 0), c.From(i, 0));
                }
            }
            start = c;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TEpilogue>(
        nint m, nint n, nint k, MatrixRef a, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        if (b.ColumnStride != 1 || GemmBlocking.IsPacked(m, k, b.RowStride))
        {
            PackedPanels(m, n, k, a, b, start, epilogue, operand, c);
        }
        else if (m == 1)
        {
            Row(n, k, a, b, start, epilogue, operand, c);
        }
        else
        {
            Panels(m, n, k, a, b, start, epilogue, operand, c, ref Unsafe.NullRef<float>());
        }
    }

    /// <summary><see cref="Panels"/> with memory to copy each panel of B to.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackedPanels<TEpilogue>(
        nint m, nint n, nint k, MatrixRef a, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        Debug.Assert(k <= GemmBlocking.MaximumDepth);
        Span<float> memory = stackalloc float[GemmBlocking.PanelFloats + RowLayout.LineFloats];
        Panels(m, n, k, a, b, start, epilogue, operand, c, ref AlignedBuffer.Align(ref MemoryMarshal.GetReference(memory)));
    }

    /// <summary>All columns of C for one block of k, a panel at a time.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panels<TEpilogue>(
        nint m, nint n, nint k, MatrixRef a, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c, ref float pack)
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Vector<float>.Count;
        nint j = 0;
        nint triple = Unsafe.IsNullRef(ref pack) && n >= 3 * lanes && (n / lanes) % 2 == 1 ? 3 * lanes : 0;
        for (; j + (2 * lanes) <= n - triple; j += 2 * lanes)
        {
            MatrixRef panel = Panel(k, 2 * lanes, b.From(0, j), ref pack);
            Tiles<Two, TEpilogue>(m, k, a, panel, start.From(0, j), epilogue, operand.From(0, j), c.From(0, j));
        }
        if (triple > 0)
        {
            Tiles<Three, TEpilogue>(m, k, a, b.From(0, j), start.From(0, j), epilogue, operand.From(0, j), c.From(0, j));
            j += triple;
        }
        else if (j + lanes <= n)
        {
            MatrixRef panel = Panel(k, lanes, b.From(0, j), ref pack);
            Tiles<One, TEpilogue>(m, k, a, panel, start.From(0, j), epilogue, operand.From(0, j), c.From(0, j));
            j += lanes;
        }
        if (j == n)
        {
            return;
        }
        if (n < lanes)
        {
            Elements(m, n, k, a, b, start, epilogue, operand, c);
            return;
        }

        // The last vector starts further left. Its first columns are done already: they go to scratch memory only.
        Span<float> scratch = stackalloc float[GemmBlocking.TileRows * Vector<float>.Count];
        nint left = n - lanes;
        MatrixRef last = Panel(k, lanes, b.From(0, left), ref pack);
        for (nint i = 0; i < m; i += GemmBlocking.TileRows)
        {
            nint rows = Math.Min(GemmBlocking.TileRows, m - i);
            var tile = new MatrixRef(ref MemoryMarshal.GetReference(scratch), lanes);
            Tiles<One, TEpilogue>(rows, k, a.From(i, 0), last, start.From(i, left), epilogue, operand.From(i, left), tile);
            for (nint r = 0; r < rows; r++)
            {
                for (nint column = j; column < n; column++)
                {
                    c.At(i + r, column) = tile.At(r, column - left);
                }
            }
        }
    }

    /// <summary>A panel of B: B itself, or a copy whose rows are contiguous.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixRef Panel(nint k, nint columns, MatrixRef b, ref float pack)
    {
        if (Unsafe.IsNullRef(ref pack))
        {
            return b;
        }
        if (b.ColumnStride != 1)
        {
            Debug.Assert(b.RowStride == 1);
            Transpose.Run(columns, k, ref b.Origin, b.ColumnStride, ref pack, columns);
        }
        else
        {
            Copy(k, columns, b, ref pack);
        }
        return new MatrixRef(ref pack, columns);
    }

    /// <summary>pack ← the panel, its rows one after another; columns are one vector or two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(nint k, nint columns, MatrixRef b, ref float pack)
    {
        nint lanes = Vector<float>.Count;
        for (nint p = 0; p < k; p++)
        {
            ref float row = ref b.At(p, 0);
            ref float target = ref Unsafe.Add(ref pack, p * columns);
            Vector.LoadUnsafe(ref row).StoreUnsafe(ref target);
            Prefetch.Line(ref Unsafe.Add(ref row, columns));
            if (columns > lanes)
            {
                Vector.LoadUnsafe(ref row, (nuint)lanes).StoreUnsafe(ref target, (nuint)lanes);
            }
        }
    }

    /// <summary>One panel of B against every row of A, in tiles of nearly equal height.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tiles<TColumns, TEpilogue>(
        nint m, nint k, MatrixRef a, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TColumns : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        nint height = TColumns.Value > 2 ? GemmBlocking.WideTileRows : GemmBlocking.TileRows;
        nint tiles = (m + height - 1) / height;
        nint rows = (m + tiles - 1) / tiles;
        nint lower = (rows * tiles) - m;

        // First those that are one row higher, then the others.
        nint higher = (tiles - lower) * rows;
        for (nint i = 0, end = higher; i < m; i = end, end = m, rows--)
        {
            switch (rows)
            {
                case 6 when TColumns.Value < 3: GemmMicroKernel.Tiles<Six, TColumns, TEpilogue>(i, end, k, a, b, start, epilogue, operand, c); break;
                case 5 when TColumns.Value < 3: GemmMicroKernel.Tiles<Five, TColumns, TEpilogue>(i, end, k, a, b, start, epilogue, operand, c); break;
                case 4: GemmMicroKernel.Tiles<Four, TColumns, TEpilogue>(i, end, k, a, b, start, epilogue, operand, c); break;
                case 3: GemmMicroKernel.Tiles<Three, TColumns, TEpilogue>(i, end, k, a, b, start, epilogue, operand, c); break;
                case 2: GemmMicroKernel.Tiles<Two, TColumns, TEpilogue>(i, end, k, a, b, start, epilogue, operand, c); break;
                default:
                    Debug.Assert(rows == 1);
                    GemmMicroKernel.Tiles<One, TColumns, TEpilogue>(i, end, k, a, b, start, epilogue, operand, c);
                    break;
            }
        }
    }

    /// <summary>One row of C: wide tiles, since with one row the only independent accumulators are along n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TEpilogue>(
        nint n, nint k, MatrixRef a, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Vector<float>.Count;
        nint vectors = n / lanes;
        nint tiles = (vectors + GemmBlocking.RowVectors - 1) / GemmBlocking.RowVectors;
        for (nint tile = 0; tile < tiles; tile++)
        {
            nint first = vectors * tile / tiles;
            nint width = (vectors * (tile + 1) / tiles) - first;
            nint j = first * lanes;
            ref float tileB = ref b.At(0, j);
            ref float tileStart = ref start.At(0, j);
            ref float tileOperand = ref operand.At(0, j);
            ref float tileC = ref c.At(0, j);
            switch (width)
            {
                case 8: GemmMicroKernel.Row<Eight, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 7: GemmMicroKernel.Row<Seven, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 6: GemmMicroKernel.Row<Six, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 5: GemmMicroKernel.Row<Five, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 4: GemmMicroKernel.Row<Four, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 3: GemmMicroKernel.Row<Three, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 2: GemmMicroKernel.Row<Two, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                default:
                    Debug.Assert(width == 1);
                    GemmMicroKernel.Row<One, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC);
                    break;
            }
        }
        nint done = vectors * lanes;
        Elements(1, n - done, k, a, b.From(0, done), start.From(0, done), epilogue, operand.From(0, done), c.From(0, done));
    }

    /// <summary>C one element at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Elements<TEpilogue>(
        nint m, nint n, nint k, MatrixRef a, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        for (nint i = 0; i < m; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                GemmMicroKernel.Element(
                    k, ref a.At(i, 0), a.ColumnStride, ref b.At(0, j), b.RowStride, ref start.At(i, j), epilogue, ref operand.At(i, j), ref c.At(i, j));
            }
        }
    }
}
