using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>
/// The last four columns of a product, C ← epilogue(start + A·B, operand), where a vector along the columns would have 16 lanes: here lanes run along the rows of C.
/// </summary>
/// <remarks>
/// Shapes: A m x k, B k x 4, start, operand and C m x 4, m 16 or more; rows of B, start, operand and C contiguous, and those of A, unless it is transposed. Nothing outside them is touched. A null start is zero.
/// Aliasing: start and operand may be C itself; C must not overlap A, B or another operand.
/// <code>
/// for each tile of up to 32 rows of A, two vectors or one
///   if A is transposed already
///     micro-kernel: 4 x 2 vectors of sums along k; C ← epilogue(sumsᵀ, operand)
///   else for each block of steps of k
///     Aᵀ ← the tile, on the stack
///     micro-kernel; sums are kept on the stack, after the last block, the epilogue
/// </code>
/// <list type="number">
/// <item>100 columns are six vectors of 16 and four columns more. As a seventh vector they take a seventh of the time, with 12 lanes idle. Along the rows they take a third of that in Aᵀ·B, and two thirds in A·B, where each tile is
/// transposed first. On Zen 5, shares of the time of seven vectors: 64 x 100 x 784 0.95 (with blocks of 196 steps of k), 784 x 100 x 64 of Aᵀ 0.89. Where C is what sums are taken from, and a seventh vector would go by scratch memory (<see cref="GemmLoops"/>), Aᵀ·B with 20 to 100 columns takes 0.44 to 0.90;
/// A·B with as many 0.76 to 1.08, above 1 with few steps of k; with 500 columns nothing is clear.</item>
/// <item>With vectors of 256 bits four columns are half a vector of 13: nothing to be gained.</item>
/// <item>A last tile of less than 16 rows starts further up; rows that are done already are computed once more, but not stored.</item>
/// </list>
/// </remarks>
internal static class GemmFewColumns
{
    /// <summary>How many columns.</summary>
    public const int Columns = 4;

    /// <summary>Rows of a vector.</summary>
    private const int Lanes = 16;

    /// <summary>Steps of k of a tile of A that are transposed at once: 16 KB.</summary>
    private const int MostSteps = 128;

    /// <summary>Whether this way is the faster one for the last columns of a product.</summary>
    /// <param name="m">Rows of A.</param>
    /// <param name="n">All columns of B.</param>
    /// <param name="lanes">Floats in a vector along these.</param>
    public static bool Suits(nint m, nint n, nint lanes) => Avx512F.IsSupported && lanes == Lanes && m >= Lanes && n > Lanes && n % Lanes == Columns;

    /// <summary>The columns that a product computes for a row of a layer: whole vectors, as <see cref="RowLayout.PaddedColumns"/> has them, or four more where that is faster.</summary>
    /// <param name="rows">Rows of A.</param>
    /// <param name="columns">The columns in use.</param>
    public static int PaddedColumns(int rows, int columns)
    {
        int padded = (columns + Columns - 1) / Columns * Columns;
        return Suits(rows, padded, VectorWidth.LanesFor(padded)) ? padded : RowLayout.PaddedColumns(columns);
    }

    /// <summary>The loops, unchecked.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TEpilogue>(nint m, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        Debug.Assert(m >= Lanes && b.ColumnStride == 1 && c.ColumnStride == 1 && (a.RowStride == 1 || a.ColumnStride == 1));
        Span<float> memory = stackalloc float[((MostSteps + Columns) * 2 * Lanes) + RowLayout.LineFloats];
        ref float copy = ref AlignedBuffer.Align(ref MemoryMarshal.GetReference(memory));
        for (nint done = 0, first, height; done < m; done = first + height)
        {
            height = m - done >= 2 * Lanes ? 2 * Lanes : Lanes;
            first = Math.Min(done, m - height);
            MatrixRef rowsOfA = a.From(first, 0);
            MatrixRef rowsOfStart = start.From(first, 0);
            MatrixRef rowsOfOperand = operand.From(first, 0);
            MatrixRef rowsOfC = c.From(first, 0);
            if (a.RowStride == 1)
            {
                Tile(height, k, rowsOfA, b, rowsOfStart, epilogue, rowsOfOperand, rowsOfC, done - first);
            }
            else
            {
                CopiedTile(height, k, rowsOfA, ref copy, b, rowsOfStart, epilogue, rowsOfOperand, rowsOfC, done - first);
            }
        }
    }

    /// <summary>A tile of A, block by block transposed first. Between blocks its sums are kept apart: C may hold the operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopiedTile<TEpilogue>(
        nint height, nint k, in MatrixRef a, ref float memory, MatrixRef b, scoped MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c, nint done)
        where TEpilogue : struct, IEpilogue
    {
        var copy = new MatrixRef(ref memory, 1, 2 * Lanes);
        var sums = new MatrixRef(ref Unsafe.Add(ref memory, MostSteps * 2 * Lanes), Columns);
        nint p = 0;
        for (; k - p > MostSteps; p += MostSteps)
        {
            Transpose.Run(height, MostSteps, ref a.At(0, p), a.RowStride, ref memory, copy.ColumnStride);
            Tile<Plain>(height, MostSteps, copy, b, start, default, MatrixRef.None, sums, done: 0);
            start = sums;
            b = b.From(MostSteps, 0);
        }
        Transpose.Run(height, k - p, ref a.At(0, p), a.RowStride, ref memory, copy.ColumnStride);
        Tile(height, k - p, copy, b, start, epilogue, operand, c, done);
    }

    private static void Tile<TEpilogue>(
        nint height, nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c, nint done)
        where TEpilogue : struct, IEpilogue
    {
        if (height == Lanes)
        {
            GemmFewColumnsMicroKernel.Tile<One, TEpilogue>(k, a, b, start, epilogue, operand, c, done);
        }
        else
        {
            Debug.Assert(height == 2 * Lanes && done == 0);
            GemmFewColumnsMicroKernel.Tile<Two, TEpilogue>(k, a, b, start, epilogue, operand, c, done: 0);
        }
    }
}
