using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>
/// The loops around <see cref="GemmMicroKernel"/>: blocks of k, panels of B, tiles of C.
/// </summary>
/// <remarks>
/// Shapes: A m x k, B k x n; start, operand and C m x n. Nothing outside them is touched. A null start is zero.
/// Aliasing: start and operand may be C itself; C must not overlap A, B or another operand.
/// <code>
/// for each block of KC steps of k                // accumulators are stored and loaded again: the same bits
///   for each block of NC columns of B            // only if B is copied: KC x NC
///     for each block of MC rows of A             // MC x KC, stays in the second-level cache; copied if A is transposed and large
///       if four columns are left over, these first       // only with vectors of 16: GemmFewColumns
///       for each panel of NR columns of B        // KC x NR, one line after another from the first two caches
///         if B is transposed, the first block of rows copies the panel; if its rows lie far apart, the first tile leaves a copy
///         micro-kernel: for each tile of up to MR rows of A    // MR x NR accumulators in registers
///           after the last block of k, the epilogue
/// a single row of A takes no blocks and no panels: tiles of up to 8 vectors of columns, all of k
/// </code>
/// <list type="number">
/// <item>B is read in place where its rows, padded as <see cref="RowLayout"/> does, keep a panel in cache and its pages at hand, or where the processor gets along without (<see cref="GemmBlocking.StaysInPlace"/>); else
/// each panel is copied (<see cref="GemmPanels"/>) as the first rows of A come to it: see <see cref="GemmBlocking.IsPacked"/>. If these are all
/// rows, memory for one panel will do; else the copies of all are kept for the others.</item>
/// <item>Of Aᵀ a block of rows is copied, and transposed, if its steps of k lie far apart: see <see cref="GemmBlocking.IsCopied"/>.</item>
/// <item>Rows are shared evenly among tiles (32 rows are 6+6+5+5+5+5, not 6+6+6+6+6+2): small tiles wait for the FMA latency.</item>
/// <item>Two vectors of columns make a panel; where they are odd in number and B is read in place, three go together. If columns are left over, but for four of vectors of 16 (<see cref="GemmFewColumns"/>), the last panel
/// starts further left and computes some again, two vectors if there are as many columns: one alone would take more loads than multiply-adds.</item>
/// <item>The loops are compiled for speed at once, not after a warm-up of hundreds of milliseconds.</item>
/// </list>
/// </remarks>
internal static class GemmLoops
{
    /// <summary>Rows of C that the last panel computes at a time in scratch memory: whole tiles of either height.</summary>
    private const int LastRows = 4 * GemmBlocking.TileRows;

    [ThreadStatic]
    private static AlignedBuffer? _copies;

    [ThreadStatic]
    private static AlignedBuffer? _blockCopy;

    /// <summary>This thread's memory for a copy of a block of A.</summary>
    internal static ref float BlockCopy => ref MemoryMarshal.GetReference((_blockCopy ??= new AlignedBuffer(GemmBlocking.BlockCopyFloats)).Span);

    /// <summary>C ← epilogue(start + A·B, operand), with vectors as wide as is best.</summary>
    public static void Run<TEpilogue>(
        nint m, nint n, nint k, in MatrixRef a, in MatrixRef b, MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        if (VectorWidth.IsWideFor(n))
        {
            Run<Vector512<float>, TEpilogue>(m, n, k, a, b, start, epilogue, operand, c);
        }
        else
        {
            Run<Vector<float>, TEpilogue>(m, n, k, a, b, start, epilogue, operand, c);
        }
    }

    /// <summary>The same with vectors of a certain width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TVector, TEpilogue>(
        nint m, nint n, nint k, in MatrixRef a, in MatrixRef b, MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        if (m == 0 || n == 0)
        {
            return;
        }

        // An operand in place of C would be lost if C held sums in the meantime; and a single row gains nothing by blocks.
        bool isUpdate = Unsafe.AreSame(ref operand.Origin, ref c.Origin);
        bool staysInPlace = !isUpdate && GemmBlocking.StaysInPlace<TVector>(k, a, b);
        nint most = GemmBlocking.Depth<TVector>(m, b, staysInPlace);
        nint blocks = isUpdate || (m == 1 && b.ColumnStride == 1) ? 1 : Math.Max(1, (k + most - 1) / most);
        for (nint block = 0; block < blocks; block++)
        {
            nint from = k * block / blocks;
            nint depth = (k * (block + 1) / blocks) - from;
            MatrixRef blockA = a.From(0, from);
            MatrixRef blockB = b.From(from, 0);
            bool inPlace = staysInPlace || (b.ColumnStride == 1 && !GemmBlocking.IsPacked<TVector>(m, depth, b.RowStride));
            if (block + 1 < blocks)
            {
                Block<TVector, Plain>(m, n, depth, inPlace, blockA, blockB, start, default, MatrixRef.None, c);
            }
            else
            {
                Block<TVector, TEpilogue>(m, n, depth, inPlace, blockA, blockB, start, epilogue, operand, c);
            }
            start = c;
        }
    }

    /// <summary>One block of k, B in place or by way of copies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TVector, TEpilogue>(
        nint m, nint n, nint k, bool inPlace, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        bool onePart = m <= GemmBlocking.Rows(m, n, k) && !GemmBlocking.IsCopied<TVector>(n, k, a);
        if (inPlace && m == 1)
        {
            Row<TVector, TEpilogue>(n, k, a, b, start, epilogue, operand, c);
        }
        else if (inPlace && onePart)
        {
            Panels<TVector, TEpilogue>(m, n, k, a, b, start, epilogue, operand, c, GemmPanels.InPlace);
        }
        else if (inPlace)
        {
            Parts<TVector, TEpilogue>(m, n, k, a, b, start, epilogue, operand, c, GemmPanels.InPlace);
        }
        else if (onePart)
        {
            OnePart<TVector, TEpilogue>(m, n, k, a, b, start, epilogue, operand, c);
        }
        else
        {
            ManyParts<TVector, TEpilogue>(m, n, k, a, b, start, epilogue, operand, c);
        }
    }

    /// <summary>All blocks of rows of A, with the copies of all panels of a block of B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ManyParts<TVector, TEpilogue>(
        nint m, nint n, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        _copies ??= new AlignedBuffer(GemmBlocking.CopiesFloats);
        var panels = new GemmPanels(ref MemoryMarshal.GetReference(_copies.Span), k);
        nint whole = n / GemmBlocking.PanelColumns<TVector>();
        nint blocks = (n + GemmBlocking.Columns<TVector>(k) - 1) / GemmBlocking.Columns<TVector>(k);
        for (nint block = 0; block < blocks; block++)
        {
            nint j = whole * block / blocks * GemmBlocking.PanelColumns<TVector>();
            nint end = block + 1 < blocks ? whole * (block + 1) / blocks * GemmBlocking.PanelColumns<TVector>() : n;
            Debug.Assert((end - j) / GemmBlocking.PanelColumns<TVector>() * GemmBlocking.PanelColumns<TVector>() <= GemmBlocking.Columns<TVector>(k));
            Parts<TVector, TEpilogue>(m, end - j, k, a, b.From(0, j), start.From(0, j), epilogue, operand.From(0, j), c.From(0, j), panels);
        }
    }

    /// <summary>All blocks of rows of A against a block of B. The first one makes the copies, if there shall be any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Parts<TVector, TEpilogue>(
        nint m, nint n, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c, GemmPanels panels)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        bool copy = GemmBlocking.IsCopied<TVector>(n, k, a);
        nint most = copy ? GemmBlocking.CopiedRows(k) : GemmBlocking.Rows(m, n, k);
        nint parts = (m + most - 1) / most;
        nint tiles = (m + GemmBlocking.TileRows - 1) / GemmBlocking.TileRows;
        for (nint part = 0; part < parts; part++)
        {
            nint i = tiles * part / parts * GemmBlocking.TileRows;
            nint rows = Math.Min(m, tiles * (part + 1) / parts * GemmBlocking.TileRows) - i;
            MatrixRef block = copy ? Copy(rows, k, a.From(i, 0)) : a.From(i, 0);
            Panels<TVector, TEpilogue>(rows, n, k, block, b, start.From(i, 0), epilogue, operand.From(i, 0), c.From(i, 0), panels);
            panels = panels.Copied;
        }
    }

    /// <summary>A copy of a block of Aᵀ, in which the steps of k follow one another along a row.</summary>
    private static MatrixRef Copy(nint rows, nint k, in MatrixRef a)
    {
        var copy = new MatrixRef(ref BlockCopy, RowLayout.Stride((int)k));
        Transpose.Run(k, rows, ref a.Origin, a.ColumnStride, ref copy.Origin, copy.RowStride);
        return copy;
    }

    /// <summary><see cref="Panels"/> with memory for a copy of one panel of B.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OnePart<TVector, TEpilogue>(
        nint m, nint n, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        Debug.Assert(k <= GemmBlocking.MaximumDepth<TVector>());
        Span<float> memory = stackalloc float[GemmBlocking.MostPanelFloats + RowLayout.LineFloats];
        Panels<TVector, TEpilogue>(m, n, k, a, b, start, epilogue, operand, c, new GemmPanels(ref AlignedBuffer.Align(ref MemoryMarshal.GetReference(memory)), between: 0));
    }

    /// <summary>All columns of C, a panel of B at a time.</summary>
    /// <param name="m">Rows of A.</param>
    /// <param name="n">Columns of B.</param>
    /// <param name="k">Steps of k.</param>
    /// <param name="a">A.</param>
    /// <param name="b">B.</param>
    /// <param name="start">What the sums start from.</param>
    /// <param name="epilogue">What becomes of them.</param>
    /// <param name="operand">The epilogue's operand.</param>
    /// <param name="c">C.</param>
    /// <param name="panels">Where the panels of B are.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panels<TVector, TEpilogue>(
        nint m, nint n, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c, GemmPanels panels)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        if (n < lanes)
        {
            Elements<TEpilogue>(m, n, k, a, b, start, epilogue, operand, c);
            return;
        }
        if (panels.AreInPlace && GemmFewColumns.Suits(m, n, lanes))
        {
            n -= GemmFewColumns.Columns;
            GemmFewColumns.Run(m, k, a, b.From(0, n), start.From(0, n), epilogue, operand.From(0, n), c.From(0, n));
        }
        nint last = n % lanes == 0 ? 0 : n < 2 * lanes ? lanes : 2 * lanes;
        nint end = (n - last + lanes - 1) / lanes * lanes;
        nint triple = panels.AreInPlace && end >= 3 * lanes && (end / lanes) % 2 == 1 ? 3 * lanes : 0;
        nint j = 0;
        for (; j + (2 * lanes) <= end - triple; j += 2 * lanes)
        {
            GemmPanel panel = panels.Panel(b, k, j, 2 * lanes, j);
            Tiles<TVector, Two, TEpilogue>(m, k, a, panel, start.From(0, j), epilogue, operand.From(0, j), c.From(0, j));
        }
        if (triple > 0)
        {
            Tiles<TVector, Three, TEpilogue>(m, k, a, new GemmPanel(b.From(0, j)), start.From(0, j), epilogue, operand.From(0, j), c.From(0, j));
        }
        else if (j < end)
        {
            GemmPanel panel = panels.Panel(b, k, j, lanes, j);
            Tiles<TVector, One, TEpilogue>(m, k, a, panel, start.From(0, j), epilogue, operand.From(0, j), c.From(0, j));
        }
        if (last > 0)
        {
            nint left = n - last;
            GemmPanel panel = panels.Panel(b, k, left, last, end);
            if (last == lanes)
            {
                Last<TVector, One, TEpilogue>(m, end - left, k, a, panel, start.From(0, left), epilogue, operand.From(0, left), c.From(0, left));
            }
            else
            {
                Last<TVector, Two, TEpilogue>(m, end - left, k, a, panel, start.From(0, left), epilogue, operand.From(0, left), c.From(0, left));
            }
        }
    }

    /// <summary>A last panel of B whose first columns are done already. They come out the same once more; but where C is also what they come from, tiles go to scratch memory, and the other columns from there to C.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Last<TVector, TColumns, TEpilogue>(
        nint m, nint done, nint k, in MatrixRef a, GemmPanel panel, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        if (!Unsafe.AreSame(ref start.Origin, ref c.Origin) && !Unsafe.AreSame(ref operand.Origin, ref c.Origin))
        {
            Tiles<TVector, TColumns, TEpilogue>(m, k, a, panel, start, epilogue, operand, c);
            return;
        }
        nint width = TColumns.Value * Simd.Count<TVector>();
        int left = (int)(width - done);
        Span<float> memory = stackalloc float[LastRows * 2 * Simd.Count<TVector>()];
        var scratch = new MatrixRef(ref MemoryMarshal.GetReference(memory), width);
        for (nint i = 0; i < m; i += LastRows)
        {
            nint rows = Math.Min(LastRows, m - i);
            Tiles<TVector, TColumns, TEpilogue>(rows, k, a.From(i, 0), panel, start.From(i, 0), epilogue, operand.From(i, 0), scratch);
            panel = panel.Copied;
            for (nint r = 0; r < rows; r++)
            {
                MemoryMarshal.CreateReadOnlySpan(ref scratch.At(r, done), left).CopyTo(MemoryMarshal.CreateSpan(ref c.At(i + r, done), left));
            }
        }
    }

    /// <summary>One panel of B against every row of A, in tiles of nearly equal height.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tiles<TVector, TColumns, TEpilogue>(
        nint m, nint k, in MatrixRef a, GemmPanel panel, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        nint first = 0;
        if (TColumns.Value < 3 && panel.IsToBeCopied)
        {
            first = Six.Value;
            GemmMicroKernel.Tiles<TVector, Six, TColumns, Copying, TEpilogue>(0, first, k, a, panel, start, epilogue, operand, c);
            panel = panel.Copied;
        }
        nint left = m - first;
        Debug.Assert(left > 0);
        nint height = TColumns.Value switch { 1 => GemmBlocking.NarrowTileRows, 2 => GemmBlocking.TileRows, _ => GemmBlocking.WideTileRows };
        nint tiles = (left + height - 1) / height;
        nint rows = (left + tiles - 1) / tiles;
        nint lower = (rows * tiles) - left;

        // First those that are one row higher, then the others.
        nint higher = first + ((tiles - lower) * rows);
        for (nint i = first, end = higher; i < m; i = end, end = m, rows--)
        {
            switch (rows)
            {
                case 8 when TColumns.Value == 1: GemmMicroKernel.Tiles<TVector, Eight, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c); break;
                case 7 when TColumns.Value == 1: GemmMicroKernel.Tiles<TVector, Seven, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c); break;
                case 6 when TColumns.Value < 3: GemmMicroKernel.Tiles<TVector, Six, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c); break;
                case 5 when TColumns.Value < 3: GemmMicroKernel.Tiles<TVector, Five, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c); break;
                case 4: GemmMicroKernel.Tiles<TVector, Four, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c); break;
                case 3: GemmMicroKernel.Tiles<TVector, Three, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c); break;
                case 2: GemmMicroKernel.Tiles<TVector, Two, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c); break;
                default:
                    Debug.Assert(rows == 1);
                    GemmMicroKernel.Tiles<TVector, One, TColumns, Reading, TEpilogue>(i, end, k, a, panel, start, epilogue, operand, c);
                    break;
            }
        }
    }

    /// <summary>One row of C: wide tiles, since with one row the only independent accumulators are along n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TVector, TEpilogue>(
        nint n, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
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
                case 8: GemmMicroKernel.Row<TVector, Eight, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 7: GemmMicroKernel.Row<TVector, Seven, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 6: GemmMicroKernel.Row<TVector, Six, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 5: GemmMicroKernel.Row<TVector, Five, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 4: GemmMicroKernel.Row<TVector, Four, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 3: GemmMicroKernel.Row<TVector, Three, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                case 2: GemmMicroKernel.Row<TVector, Two, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC); break;
                default:
                    Debug.Assert(width == 1);
                    GemmMicroKernel.Row<TVector, One, TEpilogue>(k, ref a.Origin, a.ColumnStride, ref tileB, b.RowStride, ref tileStart, epilogue, ref tileOperand, ref tileC);
                    break;
            }
        }
        nint done = vectors * lanes;
        if (done > 0 && done < n)
        {
            nint left = n - lanes;
            Last<TVector, One, TEpilogue>(1, done - left, k, a, new GemmPanel(b.From(0, left)), start.From(0, left), epilogue, operand.From(0, left), c.From(0, left));
        }
        else
        {
            Elements<TEpilogue>(1, n - done, k, a, b.From(0, done), start.From(0, done), epilogue, operand.From(0, done), c.From(0, done));
        }
    }

    /// <summary>C one element at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Elements<TEpilogue>(
        nint m, nint n, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
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
