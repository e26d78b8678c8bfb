using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>The numbers that block the matrix product, each with its reason. No result depends on them.</summary>
internal static class GemmBlocking
{
    /// <summary>
    /// MR, rows of a tile. 6 rows x 2 vectors are 12 accumulators; with 2 vectors of B and a broadcast they fill 15 of the
    /// 16 registers that AVX2 has, and 12 chains are more than the 8 that two FMA units of latency 4 need.
    /// </summary>
    public const int TileRows = 6;

    /// <summary>
    /// MR of a tile of 3 vectors: 12 accumulators too, and all 16 registers. It takes the last columns where the vectors are odd in
    /// number: alone, a vector would take 9 loads for 8 multiply-adds, and these take 7 for 12.
    /// </summary>
    public const int WideTileRows = 4;

    /// <summary>MR of a tile of 1 vector: 8 chains, just as many as are needed.</summary>
    public const int NarrowTileRows = 8;

    /// <summary>
    /// Vectors of a tile of one row: 8 chains keep two FMA units of latency 4 busy. More vectors are divided evenly.
    /// </summary>
    public const int RowVectors = 8;

    /// <summary>The most floats in a panel of B that is copied: as much as memory for one must hold. <see cref="GemmFewRows"/> has as much for rows of A.</summary>
    public const int MostPanelFloats = PanelFloats;

    /// <summary>
    /// Floats of memory for copies of panels that several blocks of rows share, KC x NC and a last panel: somewhat more than 1 MB. A thread that needs it takes it once.
    /// </summary>
    public const int CopiesFloats = MostCopiedFloats + MostPanelFloats;

    /// <summary>The most steps of k in a copy of a block of A.</summary>
    public const int MostCopiedDepth = 1024;

    /// <summary>Floats of memory for a copy of a block of A, MC x KC: 200 KB. A thread that needs it takes it once.</summary>
    public const int BlockCopyFloats = 8 * TileRows * (MostCopiedDepth + RowLayout.LineFloats);

    private const int PanelFloats = 16384;
    private const int SmallPanelFloats = 5120;
    private const int WidePanelFloats = 8192;
    private const int WideDepth = 128;
    private const int InPlaceDepth = 1024;
    private const int InPlaceFloats = 512 * 1024;
    private const int MostCopiedFloats = 1024 * 1024 / sizeof(float);
    private const int WideCopiedFloats = MostCopiedFloats / 2;
    private const int BlockFloats = 256 * 1024 / sizeof(float);
    private const int PageFloats = 4096 / sizeof(float);

    /// <summary>NR, columns of a panel: two vectors.</summary>
    public static int PanelColumns<TVector>()
        where TVector : struct => 2 * Simd.Count<TVector>();

    /// <summary>The most steps of k in a panel of B that is copied: 1,024 with 256-bit vectors, 256 with wide ones, 512 where <see cref="System.Numerics.Vector{T}"/> itself has been widened.</summary>
    /// <remarks>
    /// A panel of 64 KB comes from the second-level cache for each tile, one line after another, so that it is there in time; C, which each block of k loads and stores, is not. On Zen 4
    /// 1,024 cubed takes 0.95 of the time that it does with panels of 20 KB, which stay in a first-level cache of 32 KB. Zen 5, where wide vectors were measured, has 48 KB: there a panel has 32 at most.
    /// </remarks>
    public static int MaximumDepth<TVector>()
        where TVector : struct => (typeof(TVector) == typeof(Vector512<float>) ? WidePanelFloats : PanelFloats) / PanelColumns<TVector>();

    /// <summary>KC of a product: the most steps of k in a block. A longer k is divided evenly.</summary>
    /// <remarks>
    /// Where few rows of A read what has just been transposed, it should still be in a first-level cache: with panels of 64 KB, 12 to 32 rows take 1.04 to 1.08 of the time.
    /// With wide vectors and panels that are copied 128 steps, on Zen 5: with 256 products of 384 to 1,024 cubed take 1.01 to 1.02 of the time, 1,000 cubed 1.03, 1,536 cubed 1.02 to 1.06.
    /// </remarks>
    /// <param name="m">Rows of A.</param>
    /// <param name="b">B.</param>
    /// <param name="inPlace">Whether it <see cref="StaysInPlace"/>.</param>
    public static nint Depth<TVector>(nint m, in MatrixRef b, bool inPlace)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return inPlace ? InPlaceDepth : WideDepth;
        }
        return b.ColumnStride != 1 && m < 8 * TileRows ? SmallPanelFloats / PanelColumns<TVector>() : MaximumDepth<TVector>();
    }

    /// <summary>
    /// MC, rows of A in a block. Every panel of B reads all of them again, so they should stay in a second-level cache: 256 KB of A, beside at most twice
    /// as much of B. A larger block of B would go through that cache once for each block of A, and C with it; then A stays at hand only if it is small: 48 rows,
    /// also of C, whose lines are then neighbours. With copies that blocks share, 1,024 cubed is 1 to 2 % faster so, 10 % beside a busy neighbour, and 1,536
    /// cubed 7 %. More rows are divided evenly, in whole tiles.
    /// </summary>
    /// <param name="m">Rows of A.</param>
    /// <param name="n">Columns of B.</param>
    /// <param name="k">Steps of k in the block.</param>
    public static nint Rows(nint m, nint n, nint k)
    {
        nint least = 16 * TileRows;
        if (m <= least)
        {
            return least;
        }
        nint most = Math.Max(least, BlockFloats / Math.Max(1, k));
        return m <= most || n * k <= 2 * BlockFloats ? most : 8 * TileRows;
    }

    /// <summary>
    /// Whether a block of Aᵀ is worth a copy. Each step of k is a row of what is stored, so a tile walks over all of them; if they span more than the 64 pages that a
    /// first-level TLB has entries for, it misses at each step. 1,024 cubed: 70 to 74 % of the peak without a copy, 85 with it. The copy is a transpose, along whose rows k goes as in any other A; with one
    /// panel to read it, products take 1.09 to 1.32 of the time without, with 2 or 3 0.92 to 1.06, with 4 to 7 0.83 to 1.03.
    /// </summary>
    /// <param name="n">Columns of B.</param>
    /// <param name="k">Steps of k in the block.</param>
    /// <param name="a">A.</param>
    public static bool IsCopied<TVector>(nint n, nint k, in MatrixRef a)
        where TVector : struct =>
        a.RowStride == 1 && n >= 4 * PanelColumns<TVector>() && k <= MostCopiedDepth && k * a.ColumnStride > 64 * PageFloats;

    /// <summary>MC where a block of A is copied: 96 rows, or as many as there is memory for, whole tiles.</summary>
    /// <param name="k">Steps of k in the block.</param>
    public static nint CopiedRows(nint k) => Math.Min(16, BlockCopyFloats / RowLayout.Stride((int)k) / TileRows) * TileRows;

    /// <summary>NC, columns of B whose copies are kept: 1 MB of them, 512 KB with wide vectors; whole panels.</summary>
    /// <remarks>
    /// Half of the second-level cache of Zen 5, where wide vectors were measured: 1,024 cubed is 2 % faster so than with 1 MB, and 1,536 cubed
    /// up to 8 %. With 256 bits it makes no difference there.
    /// </remarks>
    /// <param name="k">Steps of k in the block.</param>
    public static nint Columns<TVector>(nint k)
        where TVector : struct =>
        (typeof(TVector) == typeof(Vector512<float>) ? WideCopiedFloats : MostCopiedFloats) / Math.Max(1, k) / PanelColumns<TVector>() * PanelColumns<TVector>();

    /// <summary>
    /// Whether B is read as it lies, however far its rows are apart, 1,024 steps of k at a time: with wide vectors.
    /// </summary>
    /// <remarks>
    /// Sums need not be stored and loaded again, and on Zen 5 the second-level cache gives two vectors for each 12 multiply-adds in time (inferred). There 16 to 64 rows x 96 to 100 x 784 take 0.95 to 0.98 of the time with blocks of 196 steps;
    /// 16 to 128 rows x 256 to 640 x 784 take 0.99 of that with blocks of 128 in the mean, 0.93 to 1.10 from one start of a process to another; 4 rows take 0.86 to 0.94, 8 rows 0.98 to 1.15. Not where all rows share a few sets of the
    /// caches, as tight ones of 1,024 do (1.8 of the time); nor where A is transposed and has rows as far apart (1.1).
    /// </remarks>
    /// <param name="k">Steps of k.</param>
    /// <param name="a">A.</param>
    /// <param name="b">B.</param>
    public static bool StaysInPlace<TVector>(nint k, in MatrixRef a, in MatrixRef b)
        where TVector : struct =>
        typeof(TVector) == typeof(Vector512<float>) && a.ColumnStride == 1 && b.ColumnStride == 1
        && b.RowStride % (2 * RowLayout.LineFloats) != 0 && Math.Min(k, InPlaceDepth) * b.RowStride <= InPlaceFloats;

    /// <summary>
    /// Whether a panel of B is worth a copy. A panel that spans more than 48 pages leaves none of the 64 entries of a
    /// first-level TLB for A and C. The first tile leaves the copy, so there must be more of them, three in all. Where strides are whole pages, all rows
    /// share a few sets of the cache, and one more tile is enough: 13 to 17 rows x 1,024 x 256 take 0.60 to 0.78 of the time then; elsewhere so few take up to 1.12.
    /// </summary>
    /// <param name="m">Rows of A.</param>
    /// <param name="k">Rows of the panel.</param>
    /// <param name="stride">Row stride of B.</param>
    public static bool IsPacked<TVector>(nint m, nint k, nint stride)
        where TVector : struct =>
        m >= (stride % PageFloats == 0 ? 2 : 3) * TileRows && k <= MaximumDepth<TVector>() && k * stride > 48 * PageFloats;
}
