using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// The innermost loops of <see cref="GemmFewSteps"/>: tiles of one or two rows of C x up to 6 vectors stay in registers while p runs over all k.
/// </summary>
/// <remarks>
/// Formula: <c>acc[r, s] = 0; for p: acc[r, s] = fma(A[r, p], B[p, s], acc[r, s]); C[r, s] = epilogue(acc[r, s], operand[r, s])</c>, r a row, s a vector of columns.
/// Shapes and aliasing: those of <see cref="GemmFewSteps"/>, B its transposed copy.
/// <code>
/// for each tile, one below the other
///   acc ← 0
///   for each p: an element of A for each row; for each vector of B's row: one multiply-add for each row of C
///   C ← epilogue(acc, operand)
/// </code>
/// <list type="number">
/// <item>A vector of B is loaded once for both rows: fewer loads than multiply-adds, of which two a cycle are the limit.</item>
/// <item>All tiles in one call, pointers moved and not computed: a tile has some 10 steps, 60 cycles, and the next one's first are under way before its last are done.</item>
/// <item>Accumulators are named locals, and <see cref="ICount"/> removes those that are not used.</item>
/// </list>
/// </remarks>
internal static class GemmFewStepsMicroKernel
{
    /// <summary>So many tiles, one below the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tiles<TVector, TRows, TColumns, TEpilogue>(nint tiles, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TRows : struct, ICount
        where TColumns : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        TVector factor = Simd.Broadcast<TVector>(epilogue.Factor);
        nint lda = a.RowStride;
        nint ldb = b.RowStride;
        nint ldOperand = operand.RowStride;
        nint ldc = c.RowStride;
        ref float tileA = ref a.Origin;
        ref float tileOperand = ref operand.Origin;
        ref float tileC = ref c.Origin;
        for (nint tile = tiles; tile != 0; tile--)
        {
            TVector x0 = default, x1 = default, x2 = default, x3 = default, x4 = default, x5 = default;
            TVector y0 = default, y1 = default, y2 = default, y3 = default, y4 = default, y5 = default;
            ref float stepA = ref tileA;
            ref float row = ref b.Origin;
            for (nint p = k; p != 0; p--)
            {
                TVector x = Simd.Broadcast<TVector>(stepA);
                TVector y = TRows.Value > 1 ? Simd.Broadcast<TVector>(Unsafe.Add(ref stepA, lda)) : default;
                TVector b0 = Simd.Load<TVector>(ref row, 0);
                x0 = Simd.FusedMultiplyAdd(x, b0, x0);
                if (TRows.Value > 1) { y0 = Simd.FusedMultiplyAdd(y, b0, y0); }
                if (TColumns.Value > 1)
                {
                    TVector b1 = Simd.Load<TVector>(ref row, lanes);
                    x1 = Simd.FusedMultiplyAdd(x, b1, x1);
                    if (TRows.Value > 1) { y1 = Simd.FusedMultiplyAdd(y, b1, y1); }
                }
                if (TColumns.Value > 2)
                {
                    TVector b2 = Simd.Load<TVector>(ref row, 2 * lanes);
                    x2 = Simd.FusedMultiplyAdd(x, b2, x2);
                    if (TRows.Value > 1) { y2 = Simd.FusedMultiplyAdd(y, b2, y2); }
                }
                if (TColumns.Value > 3)
                {
                    TVector b3 = Simd.Load<TVector>(ref row, 3 * lanes);
                    x3 = Simd.FusedMultiplyAdd(x, b3, x3);
                    if (TRows.Value > 1) { y3 = Simd.FusedMultiplyAdd(y, b3, y3); }
                }
                if (TColumns.Value > 4)
                {
                    TVector b4 = Simd.Load<TVector>(ref row, 4 * lanes);
                    x4 = Simd.FusedMultiplyAdd(x, b4, x4);
                    if (TRows.Value > 1) { y4 = Simd.FusedMultiplyAdd(y, b4, y4); }
                }
                if (TColumns.Value > 5)
                {
                    TVector b5 = Simd.Load<TVector>(ref row, 5 * lanes);
                    x5 = Simd.FusedMultiplyAdd(x, b5, x5);
                    if (TRows.Value > 1) { y5 = Simd.FusedMultiplyAdd(y, b5, y5); }
                }
                row = ref Unsafe.Add(ref row, ldb);
                stepA = ref Unsafe.Add(ref stepA, 1);
            }

            Finish<TVector, TEpilogue>(x0, factor, 0, ref tileOperand, ref tileC);
            if (TColumns.Value > 1) { Finish<TVector, TEpilogue>(x1, factor, lanes, ref tileOperand, ref tileC); }
            if (TColumns.Value > 2) { Finish<TVector, TEpilogue>(x2, factor, 2 * lanes, ref tileOperand, ref tileC); }
            if (TColumns.Value > 3) { Finish<TVector, TEpilogue>(x3, factor, 3 * lanes, ref tileOperand, ref tileC); }
            if (TColumns.Value > 4) { Finish<TVector, TEpilogue>(x4, factor, 4 * lanes, ref tileOperand, ref tileC); }
            if (TColumns.Value > 5) { Finish<TVector, TEpilogue>(x5, factor, 5 * lanes, ref tileOperand, ref tileC); }
            if (TRows.Value > 1)
            {
                ref float nextOperand = ref Unsafe.Add(ref tileOperand, ldOperand);
                ref float nextC = ref Unsafe.Add(ref tileC, ldc);
                Finish<TVector, TEpilogue>(y0, factor, 0, ref nextOperand, ref nextC);
                if (TColumns.Value > 1) { Finish<TVector, TEpilogue>(y1, factor, lanes, ref nextOperand, ref nextC); }
                if (TColumns.Value > 2) { Finish<TVector, TEpilogue>(y2, factor, 2 * lanes, ref nextOperand, ref nextC); }
                if (TColumns.Value > 3) { Finish<TVector, TEpilogue>(y3, factor, 3 * lanes, ref nextOperand, ref nextC); }
                if (TColumns.Value > 4) { Finish<TVector, TEpilogue>(y4, factor, 4 * lanes, ref nextOperand, ref nextC); }
                if (TColumns.Value > 5) { Finish<TVector, TEpilogue>(y5, factor, 5 * lanes, ref nextOperand, ref nextC); }
            }
            tileA = ref Unsafe.Add(ref tileA, TRows.Value * lda);
            tileOperand = ref Unsafe.Add(ref tileOperand, TRows.Value * ldOperand);
            tileC = ref Unsafe.Add(ref tileC, TRows.Value * ldc);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TVector, TEpilogue>(TVector acc, TVector factor, nint column, ref float operand, ref float c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue =>
        Simd.Store(TEpilogue.Apply(acc, TEpilogue.ReadsOperand ? Simd.Load<TVector>(ref operand, column) : default, factor), ref c, column);
}
