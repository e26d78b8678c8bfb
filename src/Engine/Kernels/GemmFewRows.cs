using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>
/// C ← epilogue(A·Bᵀ, operand) where A has few rows, or B: computed as (B·Aᵀ)ᵀ, so that the small matrix is transposed and not the large one.
/// </summary>
/// <remarks>
/// Shapes: A m x k, B n x k, operand and C m x n, rows contiguous. C must not overlap the others.
/// <code>
/// for each panel of NR rows of A, 2 vectors or 1 or 3 at the end, then zeros    // they become the lanes
///   for each block of rows of B                                     // columns of C
///     for each block of 1,024 steps of k
///       pack Aᵀ, as many steps x NR                                 // once, if k is a single block
///       scratch ← scratch + B·Aᵀ, in tiles of MR rows of B          // the tiles of GemmLoops
///     C ← epilogue(scratchᵀ, operand)
/// </code>
/// <list type="number">
/// <item>B·Aᵀ needs B as it lies. What is transposed is m·(k + n) numbers instead of k·n: for a layer of 100 x 200 and 16 rows
/// a quarter. A product is the same either way round, and the chain still runs along k: the same bits.</item>
/// <item>The scratch memory, 96 x NR, stays in the first-level cache. A packed panel comes from the second-level cache where it is larger than 32 or 48 KB: on Zen 5 32 to 64 rows x 100 to 1,000 with 400 to 1,000 steps
/// take 0.88 to 0.95 of the time so, and 16 rows 1.00, that they do with blocks of 256 steps, as each block of rows of B would pack all of these anew.</item>
/// </list>
/// </remarks>
internal static class GemmFewRows
{
    /// <summary>Rows of B in a block: whole tiles, and 6 KB of scratch memory with 256-bit vectors.</summary>
    private const int BlockRows = 16 * GemmBlocking.TileRows;

    /// <summary>The time to transpose an element of A or B, in multiply-adds of one lane.</summary>
    private const int TransposedElement = 3;

    /// <summary>The same for an element of C: it is transposed back, and then gone over once more.</summary>
    private const int FinishedElement = 6;

    /// <summary>Whether this way is the faster one: it has less to transpose, fewer lanes stay idle, or B has too few rows for a vector along them.</summary>
    /// <remarks>
    /// An estimate, both constants fitted: for 13 pairs of n and k, at 14 heights from 4 to 256, what it picks takes 0.3 % longer in the mean than the faster of
    /// the two ways with vectors of 512 bits, and 0.9 % with 256 (Zen 5). <see cref="GemmLoops"/> alone would take 6 and 8 % longer, and a quarter or more for 512 x 512 and 16 or 32 rows.
    /// </remarks>
    public static bool Suits(int m, int n, int k)
    {
        int lanes = VectorWidth.LanesFor(n);
        if (n < lanes)
        {
            return true;
        }
        long idle = (((long)m + lanes - 1) / lanes * lanes * n) - ((long)m * RowLayout.PaddedColumns(n));
        return (idle * k) + (TransposedElement * ((long)m - n) * k) + (FinishedElement * (long)m * n) < 0;
    }

    /// <summary>The loops, unchecked, with vectors as wide as is best.</summary>
    public static void Run<TEpilogue>(nint m, nint n, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        if (VectorWidth.IsWideFor(m))
        {
            Run<Vector512<float>, TEpilogue>(m, n, k, a, b, epilogue, operand, c);
        }
        else
        {
            Run<Vector<float>, TEpilogue>(m, n, k, a, b, epilogue, operand, c);
        }
    }

    /// <summary>The same with vectors of a certain width.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TVector, TEpilogue>(nint m, nint n, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        Debug.Assert(a.ColumnStride == 1 && b.ColumnStride == 1 && c.ColumnStride == 1);
        nint lanes = Simd.Count<TVector>();
        Span<float> memory = stackalloc float[GemmBlocking.MostPanelFloats + (BlockRows * 3 * Simd.Count<TVector>()) + RowLayout.LineFloats];
        ref float scratch = ref AlignedBuffer.Align(ref MemoryMarshal.GetReference(memory));
        bool isSmall = Math.Min(k, GemmBlocking.MostCopiedDepth) * 3 * lanes <= GemmBlocking.MostPanelFloats;
        ref float pack = ref isSmall ? ref Unsafe.Add(ref scratch, BlockRows * 3 * lanes) : ref GemmLoops.BlockCopy;
        for (nint i = 0, rows; i < m; i += rows)
        {
            nint vectors = (m - i + lanes - 1) / lanes;
            rows = Math.Min((vectors == 3 ? 3 : 2) * lanes, m - i);
            MatrixRef panelA = a.From(i, 0);
            MatrixRef panelOperand = operand.From(i, 0);
            MatrixRef panelC = c.From(i, 0);
            switch (vectors)
            {
                case 1: Panel<TVector, One, TEpilogue>(rows, n, k, panelA, b, ref pack, ref scratch, epilogue, panelOperand, panelC); break;
                case 3: Panel<TVector, Three, TEpilogue>(rows, n, k, panelA, b, ref pack, ref scratch, epilogue, panelOperand, panelC); break;
                default: Panel<TVector, Two, TEpilogue>(rows, n, k, panelA, b, ref pack, ref scratch, epilogue, panelOperand, panelC); break;
            }
        }
    }

    /// <summary>A panel of A against every row of B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panel<TVector, TColumns, TEpilogue>(
        nint rows, nint n, nint k, MatrixRef a, MatrixRef b, ref float pack, ref float scratch, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        nint columns = TColumns.Value * Simd.Count<TVector>();
        nint depths = Math.Max(1, (k + GemmBlocking.MostCopiedDepth - 1) / GemmBlocking.MostCopiedDepth);
        var panel = new GemmPanel(new MatrixRef(ref pack, columns));
        var sums = new MatrixRef(ref scratch, columns);
        for (nint j = 0; j < n; j += BlockRows)
        {
            nint height = Math.Min(BlockRows, n - j);
            for (nint block = 0; block < depths; block++)
            {
                nint p = k * block / depths;
                nint depth = (k * (block + 1) / depths) - p;
                Debug.Assert(depth <= GemmBlocking.MostCopiedDepth);
                if (j == 0 || depths > 1)
                {
                    Pack(rows, depth, columns, a.From(0, p), ref pack);
                }
                MatrixRef start = block == 0 ? MatrixRef.None : sums;
                GemmLoops.Tiles<TVector, TColumns, Plain>(height, depth, b.From(j, p), panel, start, default, MatrixRef.None, sums);
            }
            Finish<TVector, TEpilogue>(rows, height, sums, epilogue, operand.From(0, j), c.From(0, j));
        }
    }

    /// <summary>pack ← some rows of A as columns, the columns left over zero.</summary>
    private static void Pack(nint rows, nint depth, nint columns, MatrixRef a, ref float pack)
    {
        if (rows < columns)
        {
            MemoryMarshal.CreateSpan(ref pack, (int)(depth * columns)).Clear();
        }
        Transpose.Run(rows, depth, ref a.Origin, a.RowStride, ref pack, columns);
    }

    /// <summary>c ← epilogue(scratchᵀ, operand).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish<TVector, TEpilogue>(nint rows, nint width, MatrixRef scratch, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        Transpose.Run(width, rows, ref scratch.Origin, scratch.RowStride, ref c.Origin, c.RowStride);
        if (typeof(TEpilogue) == typeof(Plain))
        {
            return;
        }
        nint lanes = Simd.Count<TVector>();
        TVector factor = Simd.Broadcast<TVector>(epilogue.Factor);
        for (nint i = 0; i < rows; i++)
        {
            ref float row = ref c.At(i, 0);
            ref float rowOperand = ref operand.At(i, 0);
            nint j = 0;
            for (; j + lanes <= width; j += lanes)
            {
                TVector other = TEpilogue.ReadsOperand ? Simd.Load<TVector>(ref rowOperand, j) : default;
                Simd.Store(TEpilogue.Apply(Simd.Load<TVector>(ref row, j), other, factor), ref row, j);
            }
            for (; j < width; j++)
            {
                float other = TEpilogue.ReadsOperand ? Unsafe.Add(ref rowOperand, j) : 0f;
                Unsafe.Add(ref row, j) = TEpilogue.Apply(Unsafe.Add(ref row, j), other, epilogue.Factor);
            }
        }
    }
}
