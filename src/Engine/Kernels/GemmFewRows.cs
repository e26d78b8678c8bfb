using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>
/// C ← epilogue(A·Bᵀ, operand) where A has few rows: computed as (B·Aᵀ)ᵀ, so that the small matrix is transposed and not the large one.
/// </summary>
/// <remarks>
/// Shapes: A m x k, B n x k, operand and C m x n, rows contiguous. C must not overlap the others.
/// <code>
/// for each panel of NR rows of A, zeros where there are fewer       // they become the lanes
///   for each block of rows of B                                     // columns of C
///     for each block of KC steps of k
///       pack Aᵀ, KC x NR
///       scratch ← scratch + B·Aᵀ, in tiles of MR rows of B          // the tiles of GemmLoops
///     C ← epilogue(scratchᵀ, operand)
/// </code>
/// <list type="number">
/// <item>B·Aᵀ needs B as it lies. What is transposed is m·(k + n) numbers instead of k·n: for a layer of 100 x 200 and 16 rows
/// a quarter. A product is the same either way round, and the chain still runs along k: the same bits.</item>
/// <item>The scratch memory, 96 x NR, and a packed panel stay in the first-level cache.</item>
/// </list>
/// </remarks>
internal static class GemmFewRows
{
    /// <summary>Rows of B in a block: whole tiles, and 6 KB of scratch memory with 256-bit vectors.</summary>
    private const int BlockRows = 16 * GemmBlocking.TileRows;

    /// <summary>Whether A has few rows, so that this way has less to transpose.</summary>
    public static bool Suits(nint m, nint n, nint k) => m * (k + n) < k * n;

    /// <summary>The loops, unchecked.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TEpilogue>(nint m, nint n, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        Debug.Assert(a.ColumnStride == 1 && b.ColumnStride == 1 && c.ColumnStride == 1);
        nint lanes = Vector<float>.Count;
        nint columns = GemmBlocking.PanelColumns;
        Span<float> memory = stackalloc float[GemmBlocking.PanelFloats + (BlockRows * GemmBlocking.PanelColumns) + RowLayout.LineFloats];
        ref float pack = ref AlignedBuffer.Align(ref MemoryMarshal.GetReference(memory));
        var scratch = new MatrixRef(ref Unsafe.Add(ref pack, GemmBlocking.PanelFloats), columns);
        nint depths = Math.Max(1, (k + GemmBlocking.MaximumDepth - 1) / GemmBlocking.MaximumDepth);
        for (nint i = 0; i < m; i += columns)
        {
            nint rows = Math.Min(columns, m - i);
            for (nint j = 0; j < n; j += BlockRows)
            {
                nint height = Math.Min(BlockRows, n - j);
                for (nint block = 0; block < depths; block++)
                {
                    nint p = k * block / depths;
                    nint depth = (k * (block + 1) / depths) - p;
                    if (j == 0 || depths > 1)
                    {
                        Pack(rows, depth, a.From(i, p), ref pack);
                    }
                    MatrixRef start = block == 0 ? MatrixRef.None : scratch;
                    var panel = new MatrixRef(ref pack, columns);
                    if (rows > lanes)
                    {
                        GemmLoops.Tiles<Two, Plain>(height, depth, b.From(j, p), panel, start, default, MatrixRef.None, scratch);
                    }
                    else
                    {
                        GemmLoops.Tiles<One, Plain>(height, depth, b.From(j, p), panel, start, default, MatrixRef.None, scratch);
                    }
                }
                Finish(rows, height, scratch, epilogue, operand.From(i, j), c.From(i, j));
            }
        }
    }

    /// <summary>pack ← some rows of A as columns, the columns left over zero.</summary>
    private static void Pack(nint rows, nint depth, MatrixRef a, ref float pack)
    {
        nint columns = GemmBlocking.PanelColumns;
        if (rows < columns)
        {
            MemoryMarshal.CreateSpan(ref pack, (int)(depth * columns)).Clear();
        }
        Transpose.Run(rows, depth, ref a.Origin, a.RowStride, ref pack, columns);
    }

    /// <summary>c ← epilogue(scratchᵀ, operand).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish<TEpilogue>(nint rows, nint width, MatrixRef scratch, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        Transpose.Run(width, rows, ref scratch.Origin, scratch.RowStride, ref c.Origin, c.RowStride);
        if (typeof(TEpilogue) == typeof(Plain))
        {
            return;
        }
        nint lanes = Vector<float>.Count;
        Vector<float> factor = new(epilogue.Factor);
        for (nint i = 0; i < rows; i++)
        {
            ref float row = ref c.At(i, 0);
            ref float rowOperand = ref operand.At(i, 0);
            nint j = 0;
            for (; j + lanes <= width; j += lanes)
            {
                Vector<float> other = TEpilogue.ReadsOperand ? Vector.LoadUnsafe(ref rowOperand, (nuint)j) : default;
                TEpilogue.Apply(Vector.LoadUnsafe(ref row, (nuint)j), other, factor).StoreUnsafe(ref row, (nuint)j);
            }
            for (; j < width; j++)
            {
                float other = TEpilogue.ReadsOperand ? Unsafe.Add(ref rowOperand, j) : 0f;
                Unsafe.Add(ref row, j) = TEpilogue.Apply(Unsafe.Add(ref row, j), other, epilogue.Factor);
            }
        }
    }
}
