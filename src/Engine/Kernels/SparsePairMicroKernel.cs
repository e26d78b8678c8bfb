using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// <see cref="SparseMicroKernel"/> for two rows of C at once, where two rows of A are mostly zero in the same places: neighbouring pixels of a
/// minibatch's images, in the weight update.
/// </summary>
/// <remarks>
/// Formula: for the rows r = i and i + 1 <c>acc[r, s] = start[r, s]; for p where A[i, p] ≠ 0 or A[i + 1, p] ≠ 0: acc[r, s] = fma(A[r, p], B[p, s], acc[r, s]);
/// C[r, s] = epilogue(acc[r, s], C[r, s])</c>, s a vector of columns. So zeros are multiplied too, where the other row has none: with finite numbers the same bits,
/// but for the sign of a sum that is zero (<see cref="LayerUpdate"/>).
/// <code>
/// for each pair of rows, but those left alone as SparseMicroKernel does
///   acc ← start
///   mask = the first row's | the second row's
///   while it has a bit: p = its lowest bit, which is then cleared
///     for each vector s: load B[p, s] once, multiply-add to both rows
///   C ← epilogue(acc, C)
/// </code>
/// <list type="number">
/// <item>Two rows have 9,600 elements in a minibatch of MNIST, but 5,600 places. At each the loads of B, the search for the bit and the end of the loop are paid once.</item>
/// <item>100 columns in vectors of 16 are 7 sums in one row, too few to hide the 4 cycles that a multiply-add takes; in two rows they are 14. An update takes 0.84 times as long,
/// for 16 columns 0.7 times.</item>
/// <item>It takes 26 accumulators, two broadcasts and a vector of B: <see cref="Hardware.HasManyRegisters"/>. With 16 registers it would be slower. Where two vectors are one of 512 bits, it takes 14.</item>
/// <item>Images are not alike: two of them at once, on the way forward, took 1.1 times as long.</item>
/// </list>
/// </remarks>
internal static class SparsePairMicroKernel
{
    /// <summary>Pairs of rows of C, up to 13 vectors of each; one word of each row's mask.</summary>
    /// <param name="pairs">Pairs of rows, 1 or more.</param>
    /// <param name="masks">The first row's word; the next row's is <paramref name="maskStride"/> words further.</param>
    /// <param name="maskStride">Words from a row's word to the next.</param>
    /// <param name="values">A, from the column of the first bit.</param>
    /// <param name="b">B, from the row of the first bit.</param>
    /// <param name="start">What the sums start from; none if they start from zero.</param>
    /// <param name="epilogue">What becomes of the sums; its operand is C.</param>
    /// <param name="c">C.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pairs<TVector, TColumns, TTail, TStart, TValues, TEpilogue>(
        nint pairs, ref ulong masks, nint maskStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TTail : struct, ICount
        where TStart : struct, IStart
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        TVector factor = Simd.Broadcast<TVector>(epilogue.Factor);
        nint ldb = b.RowStride;
        Debug.Assert(start.IsNone == TStart.IsZero);
        bool skipEmpty = SparseMicroKernel.KeepsEmptyRows<TStart, TEpilogue>(start, c);
        ref float first = ref start.Origin;
        ref float rowC = ref c.Origin;
        for (; pairs > 0; pairs--)
        {
            ulong mask = masks | Unsafe.Add(ref masks, maskStride);
            if (mask != 0 || (!skipEmpty && values.HasAny(2)))
            {
                TVector x0 = default, x1 = default, x2 = default, x3 = default, x4 = default, x5 = default, x6 = default;
                TVector x7 = default, x8 = default, x9 = default, x10 = default, x11 = default, x12 = default;
                TVector y0 = default, y1 = default, y2 = default, y3 = default, y4 = default, y5 = default, y6 = default;
                TVector y7 = default, y8 = default, y9 = default, y10 = default, y11 = default, y12 = default;
                Vector<float> xTail = default, yTail = default;
                if (!TStart.IsZero)
                {
                    ref float next = ref Unsafe.Add(ref first, start.RowStride);
                    x0 = Simd.Load<TVector>(ref first, 0); y0 = Simd.Load<TVector>(ref next, 0);
                    if (TColumns.Value > 1) { x1 = Simd.Load<TVector>(ref first, lanes); y1 = Simd.Load<TVector>(ref next, lanes); }
                    if (TColumns.Value > 2) { x2 = Simd.Load<TVector>(ref first, 2 * lanes); y2 = Simd.Load<TVector>(ref next, 2 * lanes); }
                    if (TColumns.Value > 3) { x3 = Simd.Load<TVector>(ref first, 3 * lanes); y3 = Simd.Load<TVector>(ref next, 3 * lanes); }
                    if (TColumns.Value > 4) { x4 = Simd.Load<TVector>(ref first, 4 * lanes); y4 = Simd.Load<TVector>(ref next, 4 * lanes); }
                    if (TColumns.Value > 5) { x5 = Simd.Load<TVector>(ref first, 5 * lanes); y5 = Simd.Load<TVector>(ref next, 5 * lanes); }
                    if (TColumns.Value > 6) { x6 = Simd.Load<TVector>(ref first, 6 * lanes); y6 = Simd.Load<TVector>(ref next, 6 * lanes); }
                    if (TColumns.Value > 7) { x7 = Simd.Load<TVector>(ref first, 7 * lanes); y7 = Simd.Load<TVector>(ref next, 7 * lanes); }
                    if (TColumns.Value > 8) { x8 = Simd.Load<TVector>(ref first, 8 * lanes); y8 = Simd.Load<TVector>(ref next, 8 * lanes); }
                    if (TColumns.Value > 9) { x9 = Simd.Load<TVector>(ref first, 9 * lanes); y9 = Simd.Load<TVector>(ref next, 9 * lanes); }
                    if (TColumns.Value > 10) { x10 = Simd.Load<TVector>(ref first, 10 * lanes); y10 = Simd.Load<TVector>(ref next, 10 * lanes); }
                    if (TColumns.Value > 11) { x11 = Simd.Load<TVector>(ref first, 11 * lanes); y11 = Simd.Load<TVector>(ref next, 11 * lanes); }
                    if (TColumns.Value > 12) { x12 = Simd.Load<TVector>(ref first, 12 * lanes); y12 = Simd.Load<TVector>(ref next, 12 * lanes); }
                    if (TTail.Value > 0) { xTail = Simd.Load<Vector<float>>(ref first, TColumns.Value * lanes); yTail = Simd.Load<Vector<float>>(ref next, TColumns.Value * lanes); }
                }

                ref float origin = ref b.Origin;
                for (; mask != 0; mask &= mask - 1)
                {
                    nint p = (nint)(uint)BitOperations.TrailingZeroCount(mask);
                    TVector ax = Simd.Broadcast<TVector>(values[p]);
                    TVector ay = Simd.Broadcast<TVector>(values.Row(1)[p]);
                    ref float row = ref Unsafe.Add(ref origin, p * ldb);
                    TVector b0 = Simd.Load<TVector>(ref row, 0); x0 = Simd.FusedMultiplyAdd(ax, b0, x0); y0 = Simd.FusedMultiplyAdd(ay, b0, y0);
                    if (TColumns.Value > 1) { TVector b1 = Simd.Load<TVector>(ref row, lanes); x1 = Simd.FusedMultiplyAdd(ax, b1, x1); y1 = Simd.FusedMultiplyAdd(ay, b1, y1); }
                    if (TColumns.Value > 2) { TVector b2 = Simd.Load<TVector>(ref row, 2 * lanes); x2 = Simd.FusedMultiplyAdd(ax, b2, x2); y2 = Simd.FusedMultiplyAdd(ay, b2, y2); }
                    if (TColumns.Value > 3) { TVector b3 = Simd.Load<TVector>(ref row, 3 * lanes); x3 = Simd.FusedMultiplyAdd(ax, b3, x3); y3 = Simd.FusedMultiplyAdd(ay, b3, y3); }
                    if (TColumns.Value > 4) { TVector b4 = Simd.Load<TVector>(ref row, 4 * lanes); x4 = Simd.FusedMultiplyAdd(ax, b4, x4); y4 = Simd.FusedMultiplyAdd(ay, b4, y4); }
                    if (TColumns.Value > 5) { TVector b5 = Simd.Load<TVector>(ref row, 5 * lanes); x5 = Simd.FusedMultiplyAdd(ax, b5, x5); y5 = Simd.FusedMultiplyAdd(ay, b5, y5); }
                    if (TColumns.Value > 6) { TVector b6 = Simd.Load<TVector>(ref row, 6 * lanes); x6 = Simd.FusedMultiplyAdd(ax, b6, x6); y6 = Simd.FusedMultiplyAdd(ay, b6, y6); }
                    if (TColumns.Value > 7) { TVector b7 = Simd.Load<TVector>(ref row, 7 * lanes); x7 = Simd.FusedMultiplyAdd(ax, b7, x7); y7 = Simd.FusedMultiplyAdd(ay, b7, y7); }
                    if (TColumns.Value > 8) { TVector b8 = Simd.Load<TVector>(ref row, 8 * lanes); x8 = Simd.FusedMultiplyAdd(ax, b8, x8); y8 = Simd.FusedMultiplyAdd(ay, b8, y8); }
                    if (TColumns.Value > 9) { TVector b9 = Simd.Load<TVector>(ref row, 9 * lanes); x9 = Simd.FusedMultiplyAdd(ax, b9, x9); y9 = Simd.FusedMultiplyAdd(ay, b9, y9); }
                    if (TColumns.Value > 10) { TVector b10 = Simd.Load<TVector>(ref row, 10 * lanes); x10 = Simd.FusedMultiplyAdd(ax, b10, x10); y10 = Simd.FusedMultiplyAdd(ay, b10, y10); }
                    if (TColumns.Value > 11) { TVector b11 = Simd.Load<TVector>(ref row, 11 * lanes); x11 = Simd.FusedMultiplyAdd(ax, b11, x11); y11 = Simd.FusedMultiplyAdd(ay, b11, y11); }
                    if (TColumns.Value > 12) { TVector b12 = Simd.Load<TVector>(ref row, 12 * lanes); x12 = Simd.FusedMultiplyAdd(ax, b12, x12); y12 = Simd.FusedMultiplyAdd(ay, b12, y12); }
                    if (TTail.Value > 0) { Vector<float> bTail = Simd.Load<Vector<float>>(ref row, TColumns.Value * lanes); xTail = Simd.FusedMultiplyAdd(Simd.Lower(ax), bTail, xTail); yTail = Simd.FusedMultiplyAdd(Simd.Lower(ay), bTail, yTail); }
                }

                ref float nextC = ref Unsafe.Add(ref rowC, c.RowStride);
                SparseMicroKernel.Finish<TVector, TEpilogue>(x0, factor, 0, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y0, factor, 0, ref nextC);
                if (TColumns.Value > 1) { SparseMicroKernel.Finish<TVector, TEpilogue>(x1, factor, lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y1, factor, lanes, ref nextC); }
                if (TColumns.Value > 2) { SparseMicroKernel.Finish<TVector, TEpilogue>(x2, factor, 2 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y2, factor, 2 * lanes, ref nextC); }
                if (TColumns.Value > 3) { SparseMicroKernel.Finish<TVector, TEpilogue>(x3, factor, 3 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y3, factor, 3 * lanes, ref nextC); }
                if (TColumns.Value > 4) { SparseMicroKernel.Finish<TVector, TEpilogue>(x4, factor, 4 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y4, factor, 4 * lanes, ref nextC); }
                if (TColumns.Value > 5) { SparseMicroKernel.Finish<TVector, TEpilogue>(x5, factor, 5 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y5, factor, 5 * lanes, ref nextC); }
                if (TColumns.Value > 6) { SparseMicroKernel.Finish<TVector, TEpilogue>(x6, factor, 6 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y6, factor, 6 * lanes, ref nextC); }
                if (TColumns.Value > 7) { SparseMicroKernel.Finish<TVector, TEpilogue>(x7, factor, 7 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y7, factor, 7 * lanes, ref nextC); }
                if (TColumns.Value > 8) { SparseMicroKernel.Finish<TVector, TEpilogue>(x8, factor, 8 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y8, factor, 8 * lanes, ref nextC); }
                if (TColumns.Value > 9) { SparseMicroKernel.Finish<TVector, TEpilogue>(x9, factor, 9 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y9, factor, 9 * lanes, ref nextC); }
                if (TColumns.Value > 10) { SparseMicroKernel.Finish<TVector, TEpilogue>(x10, factor, 10 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y10, factor, 10 * lanes, ref nextC); }
                if (TColumns.Value > 11) { SparseMicroKernel.Finish<TVector, TEpilogue>(x11, factor, 11 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y11, factor, 11 * lanes, ref nextC); }
                if (TColumns.Value > 12) { SparseMicroKernel.Finish<TVector, TEpilogue>(x12, factor, 12 * lanes, ref rowC); SparseMicroKernel.Finish<TVector, TEpilogue>(y12, factor, 12 * lanes, ref nextC); }
                if (TTail.Value > 0)
                {
                    SparseMicroKernel.Finish<Vector<float>, TEpilogue>(xTail, Simd.Lower(factor), TColumns.Value * lanes, ref rowC);
                    SparseMicroKernel.Finish<Vector<float>, TEpilogue>(yTail, Simd.Lower(factor), TColumns.Value * lanes, ref nextC);
                }
            }
            masks = ref Unsafe.Add(ref masks, 2 * maskStride);
            values = values.Row(2);
            first = ref Unsafe.Add(ref first, 2 * start.RowStride);
            rowC = ref Unsafe.Add(ref rowC, 2 * c.RowStride);
        }
    }
}
