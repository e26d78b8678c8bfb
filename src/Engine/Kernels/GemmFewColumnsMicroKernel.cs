using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>
/// The innermost loop of <see cref="GemmFewColumns"/>: 16 or 32 rows of four columns of C stay in registers, a column in one vector or two, while p runs over a block of k.
/// </summary>
/// <remarks>
/// Formula: <c>acc[r, j] = start[r, j]; for p: acc[r, j] = fma(A[r, p], B[p, j], acc[r, j]); C[r, j] = epilogue(acc[r, j], operand[r, j])</c>, r a vector of rows, j a column.
/// Shapes and aliasing: those of <see cref="GemmFewColumns"/>; the rows of A are neighbours, as in what Aᵀ is stored as.
/// <code>
/// acc ← startᵀ
/// for each p: two vectors of rows of A, four elements of B: 4 x 2 multiply-adds
/// C ← epilogue(accᵀ, operand), 4 rows x 4 columns at a time
/// </code>
/// <list type="number">
/// <item>8 accumulators, as many chains as two FMA units of latency 4 need, for 6 loads.</item>
/// <item>Squares of 4 x 4 elements are exchanged in the four parts of registers at once: 8 shuffles turn four vectors, each a column of 16 rows, into four of 4 rows with all columns. The epilogue takes these, so that operand and C are loaded and stored as they lie.</item>
/// <item>Accumulators are named locals, and <see cref="ICount"/> removes those that are not used.</item>
/// </list>
/// </remarks>
internal static class GemmFewColumnsMicroKernel
{
    /// <summary>Rows and columns of the squares that are exchanged.</summary>
    private const int Square = GemmFewColumns.Columns;

    /// <summary>A tile of one vector of rows or two.</summary>
    /// <param name="k">Steps of k.</param>
    /// <param name="a">A from the tile's first row on; its rows are 1 apart.</param>
    /// <param name="b">Four columns of B.</param>
    /// <param name="start">What the sums start from.</param>
    /// <param name="epilogue">What becomes of them.</param>
    /// <param name="operand">The epilogue's operand.</param>
    /// <param name="c">C from the tile's first row on.</param>
    /// <param name="done">How many of the first rows are not to be stored.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<TVectors, TEpilogue>(
        nint k, in MatrixRef a, in MatrixRef b, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c, nint done)
        where TVectors : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        Debug.Assert(a.RowStride == 1);
        nint lanes = Vector512<float>.Count;
        Vector512<float> acc00 = default, acc01 = default, acc02 = default, acc03 = default;
        Vector512<float> acc10 = default, acc11 = default, acc12 = default, acc13 = default;
        if (!start.IsNone)
        {
            (acc00, acc01, acc02, acc03) = LoadTransposed(start, 0);
            if (TVectors.Value > 1) { (acc10, acc11, acc12, acc13) = LoadTransposed(start, lanes); }
        }

        ref float tileA = ref a.Origin;
        ref float tileB = ref b.Origin;
        nint lda = a.ColumnStride;
        nint ldb = b.RowStride;
        for (nint p = k; p != 0; p--)
        {
            var x0 = Vector512.LoadUnsafe(ref tileA);
            Vector512<float> x1 = TVectors.Value > 1 ? Vector512.LoadUnsafe(ref Unsafe.Add(ref tileA, lanes)) : default;
            var b0 = Vector512.Create(tileB);
            acc00 = Vector512.FusedMultiplyAdd(x0, b0, acc00);
            if (TVectors.Value > 1) { acc10 = Vector512.FusedMultiplyAdd(x1, b0, acc10); }
            var b1 = Vector512.Create(Unsafe.Add(ref tileB, 1));
            acc01 = Vector512.FusedMultiplyAdd(x0, b1, acc01);
            if (TVectors.Value > 1) { acc11 = Vector512.FusedMultiplyAdd(x1, b1, acc11); }
            var b2 = Vector512.Create(Unsafe.Add(ref tileB, 2));
            acc02 = Vector512.FusedMultiplyAdd(x0, b2, acc02);
            if (TVectors.Value > 1) { acc12 = Vector512.FusedMultiplyAdd(x1, b2, acc12); }
            var b3 = Vector512.Create(Unsafe.Add(ref tileB, 3));
            acc03 = Vector512.FusedMultiplyAdd(x0, b3, acc03);
            if (TVectors.Value > 1) { acc13 = Vector512.FusedMultiplyAdd(x1, b3, acc13); }
            tileA = ref Unsafe.Add(ref tileA, lda);
            tileB = ref Unsafe.Add(ref tileB, ldb);
        }

        var factor = Vector512.Create(epilogue.Factor);
        Finish<TEpilogue>(acc00, acc01, acc02, acc03, factor, operand, c, 0, done);
        if (TVectors.Value > 1) { Finish<TEpilogue>(acc10, acc11, acc12, acc13, factor, operand, c, lanes, done: 0); }
    }

    /// <summary>C ← epilogue of 16 rows from the first on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TEpilogue>(
        Vector512<float> column0, Vector512<float> column1, Vector512<float> column2, Vector512<float> column3,
        Vector512<float> factor, in MatrixRef operand, in MatrixRef c, nint first, nint done)
        where TEpilogue : struct, IEpilogue
    {
        (Vector512<float> rows0, Vector512<float> rows1, Vector512<float> rows2, Vector512<float> rows3) = Exchange(column0, column1, column2, column3);
        FinishRows<TEpilogue>(rows0, factor, operand, c, first, done);
        FinishRows<TEpilogue>(rows1, factor, operand, c, first + 1, done - 1);
        FinishRows<TEpilogue>(rows2, factor, operand, c, first + 2, done - 2);
        FinishRows<TEpilogue>(rows3, factor, operand, c, first + 3, done - 3);
    }

    /// <summary>The same of the first row and each fourth one after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FinishRows<TEpilogue>(Vector512<float> acc, Vector512<float> factor, in MatrixRef operand, in MatrixRef c, nint first, nint done)
        where TEpilogue : struct, IEpilogue
    {
        Vector512<float> rows = TEpilogue.Apply(acc, TEpilogue.ReadsOperand ? LoadRows(operand, first) : default, factor);
        if (done <= 0) { rows.GetLower().GetLower().StoreUnsafe(ref c.At(first, 0)); }
        if (done <= Square) { rows.GetLower().GetUpper().StoreUnsafe(ref c.At(first + Square, 0)); }
        if (done <= 2 * Square) { rows.GetUpper().GetLower().StoreUnsafe(ref c.At(first + (2 * Square), 0)); }
        if (done <= 3 * Square) { rows.GetUpper().GetUpper().StoreUnsafe(ref c.At(first + (3 * Square), 0)); }
    }

    /// <summary>Four columns of 16 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float>, Vector512<float>, Vector512<float>, Vector512<float>) LoadTransposed(in MatrixRef matrix, nint first) =>
        Exchange(LoadRows(matrix, first), LoadRows(matrix, first + 1), LoadRows(matrix, first + 2), LoadRows(matrix, first + 3));

    /// <summary>Four columns of the first row and each fourth one after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LoadRows(in MatrixRef matrix, nint first)
    {
        Vector512<float> rows = Vector128.LoadUnsafe(ref matrix.At(first, 0)).ToVector256Unsafe().ToVector512Unsafe();
        rows = Avx512F.InsertVector128(rows, Vector128.LoadUnsafe(ref matrix.At(first + Square, 0)), 1);
        rows = Avx512F.InsertVector128(rows, Vector128.LoadUnsafe(ref matrix.At(first + (2 * Square), 0)), 2);
        return Avx512F.InsertVector128(rows, Vector128.LoadUnsafe(ref matrix.At(first + (3 * Square), 0)), 3);
    }

    /// <summary>Transposes the squares of 4 x 4 elements that the vectors' first quarters are, their second ones, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float>, Vector512<float>, Vector512<float>, Vector512<float>) Exchange(
        Vector512<float> x0, Vector512<float> x1, Vector512<float> x2, Vector512<float> x3)
    {
        Vector512<double> low01 = Avx512F.UnpackLow(x0, x1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(x2, x3).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(x0, x1).AsDouble();
        Vector512<double> high23 = Avx512F.UnpackHigh(x2, x3).AsDouble();
        return (
            Avx512F.UnpackLow(low01, low23).AsSingle(), Avx512F.UnpackHigh(low01, low23).AsSingle(),
            Avx512F.UnpackLow(high01, high23).AsSingle(), Avx512F.UnpackHigh(high01, high23).AsSingle());
    }
}
