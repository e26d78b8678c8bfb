using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// The innermost loops of <see cref="Gemm"/>: one tile of C stays in registers while p runs over a block of k.
/// </summary>
/// <remarks>
/// Formula: <c>acc[r, s] = start[r, s]; for p: acc[r, s] = fma(A[r, p], B[p, s], acc[r, s]); C[r, s] = epilogue(acc[r, s], operand[r, s])</c>,
/// r a row, s a vector of columns. A[r, p] is at <c>a + r·rowStride + p·columnStride</c>, so A and Aᵀ are the same code.
/// A null start is zero; the operand is read only by epilogues that want it, and may be C itself.
/// <code>
/// for each tile, one below the other
///   acc ← start
///   for each p: a row of B, MR elements of A: MR x NR multiply-adds; the row to the copy, if one is wanted
///   C ← epilogue(acc, operand)
/// </code>
/// <list type="number">
/// <item>All tiles of a height in one call: while one tile's last multiply-adds are still under way, the next one's first are waiting. With a
/// call for each, 16 rows reached 87 % of the peak instead of 90.</item>
/// <item>Accumulators are named locals: the JIT keeps locals in registers, arrays of vectors it does not.</item>
/// <item><see cref="ICount"/> removes the unused rows and columns, so every tile height comes from one text; every vector width does, by <see cref="Simd"/>.</item>
/// <item>The rows' offsets into A are computed once; inside the loop only A and B move, by one stride each.</item>
/// <item>The epilogue is a struct type argument: ReLU, its gradient or the update happen in registers, without a pass over C.</item>
/// <item>The first tile to read a panel may leave a copy (<see cref="Copying"/>): the loop only loads and multiplies, and two stores beside 12 multiply-adds cost less than a loop of their own.</item>
/// <item><c>acc = FusedMultiplyAdd(a, b, acc)</c> in just this form compiles to one instruction without a copy.</item>
/// </list>
/// </remarks>
internal static class GemmMicroKernel
{
    /// <summary>Tiles of up to 6 rows x 2 vectors, 4 rows x 3 vectors, or 8 rows x 1 vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tiles<TVector, TRows, TColumns, TCopying, TEpilogue>(
        nint firstRow, nint endRow, nint k, in MatrixRef a, in GemmPanel panel, in MatrixRef start, TEpilogue epilogue, in MatrixRef operand, in MatrixRef c)
        where TVector : struct
        where TRows : struct, ICount
        where TColumns : struct, ICount
        where TCopying : struct, ICopying
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        for (nint i = firstRow; i < endRow; i += TRows.Value)
        {
            TVector acc00 = default, acc01 = default, acc10 = default, acc11 = default, acc20 = default, acc21 = default;
            TVector acc30 = default, acc31 = default, acc40 = default, acc41 = default, acc50 = default, acc51 = default;
            TVector acc02 = default, acc12 = default, acc22 = default, acc32 = default, acc60 = default, acc70 = default;

            if (!start.IsNone)
            {
                ref float tileStart = ref start.At(i, 0);
                nint ldStart = start.RowStride;
                acc00 = Simd.Load<TVector>(ref tileStart, 0);
                if (TColumns.Value > 1) { acc01 = Simd.Load<TVector>(ref tileStart, lanes); }
                if (TColumns.Value > 2) { acc02 = Simd.Load<TVector>(ref tileStart, 2 * lanes); }
                if (TRows.Value > 1) { acc10 = Simd.Load<TVector>(ref tileStart, ldStart); }
                if (TRows.Value > 1 && TColumns.Value > 1) { acc11 = Simd.Load<TVector>(ref tileStart, ldStart + lanes); }
                if (TRows.Value > 1 && TColumns.Value > 2) { acc12 = Simd.Load<TVector>(ref tileStart, ldStart + (2 * lanes)); }
                if (TRows.Value > 2) { acc20 = Simd.Load<TVector>(ref tileStart, 2 * ldStart); }
                if (TRows.Value > 2 && TColumns.Value > 1) { acc21 = Simd.Load<TVector>(ref tileStart, (2 * ldStart) + lanes); }
                if (TRows.Value > 2 && TColumns.Value > 2) { acc22 = Simd.Load<TVector>(ref tileStart, (2 * ldStart) + (2 * lanes)); }
                if (TRows.Value > 3) { acc30 = Simd.Load<TVector>(ref tileStart, 3 * ldStart); }
                if (TRows.Value > 3 && TColumns.Value > 1) { acc31 = Simd.Load<TVector>(ref tileStart, (3 * ldStart) + lanes); }
                if (TRows.Value > 3 && TColumns.Value > 2) { acc32 = Simd.Load<TVector>(ref tileStart, (3 * ldStart) + (2 * lanes)); }
                if (TRows.Value > 4) { acc40 = Simd.Load<TVector>(ref tileStart, 4 * ldStart); }
                if (TRows.Value > 4 && TColumns.Value > 1) { acc41 = Simd.Load<TVector>(ref tileStart, (4 * ldStart) + lanes); }
                if (TRows.Value > 5) { acc50 = Simd.Load<TVector>(ref tileStart, 5 * ldStart); }
                if (TRows.Value > 5 && TColumns.Value > 1) { acc51 = Simd.Load<TVector>(ref tileStart, (5 * ldStart) + lanes); }
                if (TRows.Value > 6) { acc60 = Simd.Load<TVector>(ref tileStart, 6 * ldStart); }
                if (TRows.Value > 7) { acc70 = Simd.Load<TVector>(ref tileStart, 7 * ldStart); }
            }

            ref float tileA = ref a.At(i, 0);
            ref float tileB = ref panel.Columns.Origin;
            ref float copy = ref panel.Copy;
            nint rowStride = a.RowStride;
            nint row2 = 2 * rowStride;
            nint row3 = 3 * rowStride;
            nint row4 = 4 * rowStride;
            nint row5 = 5 * rowStride;
            nint row6 = 6 * rowStride;
            nint row7 = 7 * rowStride;
            nint columnStride = a.ColumnStride;
            nint ldb = panel.Columns.RowStride;
            for (nint p = k; p != 0; p--)
            {
                TVector b0 = Simd.Load<TVector>(ref tileB, 0);
                TVector b1 = TColumns.Value > 1 ? Simd.Load<TVector>(ref tileB, lanes) : default;
                TVector b2 = TColumns.Value > 2 ? Simd.Load<TVector>(ref tileB, 2 * lanes) : default;
                if (TCopying.IsCopying)
                {
                    Simd.Store(b0, ref copy, 0);
                    if (TColumns.Value > 1) { Simd.Store(b1, ref copy, lanes); }
                    copy = ref Unsafe.Add(ref copy, TColumns.Value * lanes);
                }

                TVector a0 = Simd.Broadcast<TVector>(tileA);
                acc00 = Simd.FusedMultiplyAdd(a0, b0, acc00);
                if (TColumns.Value > 1) { acc01 = Simd.FusedMultiplyAdd(a0, b1, acc01); }
                if (TColumns.Value > 2) { acc02 = Simd.FusedMultiplyAdd(a0, b2, acc02); }
                if (TRows.Value > 1)
                {
                    TVector a1 = Simd.Broadcast<TVector>(Unsafe.Add(ref tileA, rowStride));
                    acc10 = Simd.FusedMultiplyAdd(a1, b0, acc10);
                    if (TColumns.Value > 1) { acc11 = Simd.FusedMultiplyAdd(a1, b1, acc11); }
                    if (TColumns.Value > 2) { acc12 = Simd.FusedMultiplyAdd(a1, b2, acc12); }
                }
                if (TRows.Value > 2)
                {
                    TVector a2 = Simd.Broadcast<TVector>(Unsafe.Add(ref tileA, row2));
                    acc20 = Simd.FusedMultiplyAdd(a2, b0, acc20);
                    if (TColumns.Value > 1) { acc21 = Simd.FusedMultiplyAdd(a2, b1, acc21); }
                    if (TColumns.Value > 2) { acc22 = Simd.FusedMultiplyAdd(a2, b2, acc22); }
                }
                if (TRows.Value > 3)
                {
                    TVector a3 = Simd.Broadcast<TVector>(Unsafe.Add(ref tileA, row3));
                    acc30 = Simd.FusedMultiplyAdd(a3, b0, acc30);
                    if (TColumns.Value > 1) { acc31 = Simd.FusedMultiplyAdd(a3, b1, acc31); }
                    if (TColumns.Value > 2) { acc32 = Simd.FusedMultiplyAdd(a3, b2, acc32); }
                }
                if (TRows.Value > 4)
                {
                    TVector a4 = Simd.Broadcast<TVector>(Unsafe.Add(ref tileA, row4));
                    acc40 = Simd.FusedMultiplyAdd(a4, b0, acc40);
                    if (TColumns.Value > 1) { acc41 = Simd.FusedMultiplyAdd(a4, b1, acc41); }
                }
                if (TRows.Value > 5)
                {
                    TVector a5 = Simd.Broadcast<TVector>(Unsafe.Add(ref tileA, row5));
                    acc50 = Simd.FusedMultiplyAdd(a5, b0, acc50);
                    if (TColumns.Value > 1) { acc51 = Simd.FusedMultiplyAdd(a5, b1, acc51); }
                }
                if (TRows.Value > 6) { acc60 = Simd.FusedMultiplyAdd(Simd.Broadcast<TVector>(Unsafe.Add(ref tileA, row6)), b0, acc60); }
                if (TRows.Value > 7) { acc70 = Simd.FusedMultiplyAdd(Simd.Broadcast<TVector>(Unsafe.Add(ref tileA, row7)), b0, acc70); }
                tileA = ref Unsafe.Add(ref tileA, columnStride);
                tileB = ref Unsafe.Add(ref tileB, ldb);
            }

            TVector factor = Simd.Broadcast<TVector>(epilogue.Factor);
            ref float tileOperand = ref operand.At(i, 0);
            ref float tileC = ref c.At(i, 0);
            nint ldOperand = operand.RowStride;
            nint ldc = c.RowStride;
            Finish<TVector, TEpilogue>(acc00, factor, ref tileOperand, 0, ref tileC, 0);
            if (TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc01, factor, ref tileOperand, lanes, ref tileC, lanes); }
            if (TColumns.Value > 2) { Finish<TVector, TEpilogue>(acc02, factor, ref tileOperand, 2 * lanes, ref tileC, 2 * lanes); }
            if (TRows.Value > 1) { Finish<TVector, TEpilogue>(acc10, factor, ref tileOperand, ldOperand, ref tileC, ldc); }
            if (TRows.Value > 1 && TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc11, factor, ref tileOperand, ldOperand + lanes, ref tileC, ldc + lanes); }
            if (TRows.Value > 1 && TColumns.Value > 2) { Finish<TVector, TEpilogue>(acc12, factor, ref tileOperand, ldOperand + (2 * lanes), ref tileC, ldc + (2 * lanes)); }
            if (TRows.Value > 2) { Finish<TVector, TEpilogue>(acc20, factor, ref tileOperand, 2 * ldOperand, ref tileC, 2 * ldc); }
            if (TRows.Value > 2 && TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc21, factor, ref tileOperand, (2 * ldOperand) + lanes, ref tileC, (2 * ldc) + lanes); }
            if (TRows.Value > 2 && TColumns.Value > 2) { Finish<TVector, TEpilogue>(acc22, factor, ref tileOperand, (2 * ldOperand) + (2 * lanes), ref tileC, (2 * ldc) + (2 * lanes)); }
            if (TRows.Value > 3) { Finish<TVector, TEpilogue>(acc30, factor, ref tileOperand, 3 * ldOperand, ref tileC, 3 * ldc); }
            if (TRows.Value > 3 && TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc31, factor, ref tileOperand, (3 * ldOperand) + lanes, ref tileC, (3 * ldc) + lanes); }
            if (TRows.Value > 3 && TColumns.Value > 2) { Finish<TVector, TEpilogue>(acc32, factor, ref tileOperand, (3 * ldOperand) + (2 * lanes), ref tileC, (3 * ldc) + (2 * lanes)); }
            if (TRows.Value > 4) { Finish<TVector, TEpilogue>(acc40, factor, ref tileOperand, 4 * ldOperand, ref tileC, 4 * ldc); }
            if (TRows.Value > 4 && TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc41, factor, ref tileOperand, (4 * ldOperand) + lanes, ref tileC, (4 * ldc) + lanes); }
            if (TRows.Value > 5) { Finish<TVector, TEpilogue>(acc50, factor, ref tileOperand, 5 * ldOperand, ref tileC, 5 * ldc); }
            if (TRows.Value > 5 && TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc51, factor, ref tileOperand, (5 * ldOperand) + lanes, ref tileC, (5 * ldc) + lanes); }
            if (TRows.Value > 6) { Finish<TVector, TEpilogue>(acc60, factor, ref tileOperand, 6 * ldOperand, ref tileC, 6 * ldc); }
            if (TRows.Value > 7) { Finish<TVector, TEpilogue>(acc70, factor, ref tileOperand, 7 * ldOperand, ref tileC, 7 * ldc); }
        }
    }

    /// <summary>A tile of one row x up to 8 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row<TVector, TColumns, TEpilogue>(
        nint k, ref float a, nint columnStride, ref float b, nint ldb, ref float start, TEpilogue epilogue, ref float operand, ref float c)
        where TVector : struct
        where TColumns : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        TVector acc0 = default, acc1 = default, acc2 = default, acc3 = default;
        TVector acc4 = default, acc5 = default, acc6 = default, acc7 = default;

        if (!Unsafe.IsNullRef(ref start))
        {
            acc0 = Simd.Load<TVector>(ref start, 0);
            if (TColumns.Value > 1) { acc1 = Simd.Load<TVector>(ref start, lanes); }
            if (TColumns.Value > 2) { acc2 = Simd.Load<TVector>(ref start, 2 * lanes); }
            if (TColumns.Value > 3) { acc3 = Simd.Load<TVector>(ref start, 3 * lanes); }
            if (TColumns.Value > 4) { acc4 = Simd.Load<TVector>(ref start, 4 * lanes); }
            if (TColumns.Value > 5) { acc5 = Simd.Load<TVector>(ref start, 5 * lanes); }
            if (TColumns.Value > 6) { acc6 = Simd.Load<TVector>(ref start, 6 * lanes); }
            if (TColumns.Value > 7) { acc7 = Simd.Load<TVector>(ref start, 7 * lanes); }
        }

        for (nint p = k; p != 0; p--)
        {
            TVector a0 = Simd.Broadcast<TVector>(a);
            acc0 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, 0), acc0);
            if (TColumns.Value > 1) { acc1 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, lanes), acc1); }
            if (TColumns.Value > 2) { acc2 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, 2 * lanes), acc2); }
            if (TColumns.Value > 3) { acc3 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, 3 * lanes), acc3); }
            if (TColumns.Value > 4) { acc4 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, 4 * lanes), acc4); }
            if (TColumns.Value > 5) { acc5 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, 5 * lanes), acc5); }
            if (TColumns.Value > 6) { acc6 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, 6 * lanes), acc6); }
            if (TColumns.Value > 7) { acc7 = Simd.FusedMultiplyAdd(a0, Simd.Load<TVector>(ref b, 7 * lanes), acc7); }
            a = ref Unsafe.Add(ref a, columnStride);
            b = ref Unsafe.Add(ref b, ldb);
        }

        TVector factor = Simd.Broadcast<TVector>(epilogue.Factor);
        Finish<TVector, TEpilogue>(acc0, factor, ref operand, 0, ref c, 0);
        if (TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc1, factor, ref operand, lanes, ref c, lanes); }
        if (TColumns.Value > 2) { Finish<TVector, TEpilogue>(acc2, factor, ref operand, 2 * lanes, ref c, 2 * lanes); }
        if (TColumns.Value > 3) { Finish<TVector, TEpilogue>(acc3, factor, ref operand, 3 * lanes, ref c, 3 * lanes); }
        if (TColumns.Value > 4) { Finish<TVector, TEpilogue>(acc4, factor, ref operand, 4 * lanes, ref c, 4 * lanes); }
        if (TColumns.Value > 5) { Finish<TVector, TEpilogue>(acc5, factor, ref operand, 5 * lanes, ref c, 5 * lanes); }
        if (TColumns.Value > 6) { Finish<TVector, TEpilogue>(acc6, factor, ref operand, 6 * lanes, ref c, 6 * lanes); }
        if (TColumns.Value > 7) { Finish<TVector, TEpilogue>(acc7, factor, ref operand, 7 * lanes, ref c, 7 * lanes); }
    }

    /// <summary>One element, for columns that do not fill a vector: the same chain in scalar form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Element<TEpilogue>(
        nint k, ref float a, nint columnStride, ref float b, nint ldb, ref float start, TEpilogue epilogue, ref float operand, ref float c)
        where TEpilogue : struct, IEpilogue
    {
        float acc = Unsafe.IsNullRef(ref start) ? 0f : start;
        for (nint p = k; p != 0; p--)
        {
            acc = MathF.FusedMultiplyAdd(a, b, acc);
            a = ref Unsafe.Add(ref a, columnStride);
            b = ref Unsafe.Add(ref b, ldb);
        }
        c = TEpilogue.Apply(acc, TEpilogue.ReadsOperand ? operand : 0f, epilogue.Factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TVector, TEpilogue>(TVector acc, TVector factor, ref float operand, nint fromOperand, ref float c, nint toC)
        where TVector : struct
        where TEpilogue : struct, IEpilogue =>
        Simd.Store(TEpilogue.Apply(acc, TEpilogue.ReadsOperand ? Simd.Load<TVector>(ref operand, fromOperand) : default, factor), ref c, toC);
}
