using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// The innermost loop of <see cref="SparseGemm"/>: up to 13 vectors of a row of C stay in registers while p runs over the
/// elements of A's row that are not zero.
/// </summary>
/// <remarks>
/// Formula: <c>acc[s] = start[s]; for p where A[p] ≠ 0: acc[s] = fma(A[p], B[p, s], acc[s]); C[s] = epilogue(acc[s], C[s])</c>,
/// s a vector of columns. A sum may start from zero; C is read only by epilogues that want it.
/// Shapes and aliasing: those of <see cref="SparseLoops"/>, n up to 13 vectors. Behind those of one type there may be one more, a <see cref="Vector{T}"/>: the tail.
/// <code>
/// for each row, but those left alone: see below
///   acc ← start
///   for each word of the mask
///     while it has bits: take all of them, or the 16 lowest
///       while there are any: p = the lowest, which is then cleared
///         for each vector s: acc[s] = fma(A[p], B[p, s], acc[s])
///   C ← epilogue(acc, C)
/// </code>
/// <list type="number">
/// <item>13 accumulators and a broadcast fill 14 of the 16 registers that AVX2 has; B comes as a memory operand, so each multiply-add
/// takes one load, and two loads a cycle keep up with two multiply-adds. 13 vectors are also just the width of 100 floats.</item>
/// <item>A set bit costs two instructions (count zeros, clear lowest), and the mask is known long before the sums: the processor finds
/// the end of the loop while it is still adding.</item>
/// <item>A row has some 17 elements, so what surrounds its loop counts too: pointers are moved and not computed, few enough to stay in registers,
/// and where each row has one word there is no loop over words.</item>
/// <item>The end of a row is seldom foreseen. The next row's mask has been read by then, so its first element can be found at once.</item>
/// <item>Bytes may become floats 16 at a time: <see cref="PixelLanes"/>. Then that many bits of a mask are taken, elsewhere all.</item>
/// <item>A row without elements, of which C keeps what it has, is left alone: the margins of images are empty. So is a row that has none in any word, where nobody needs its sums (<see cref="ISparseValues{TSelf}.HasAny"/>).</item>
/// <item>Accumulators are named locals, and <see cref="ICount"/> removes those that a narrower row does not need.</item>
/// <item>Where the processor does 512 bits in two halves, 13 vectors of 256 become 6 of 512 and a tail (<see cref="VectorWidth.IsDoubled"/>): as many cycles of multiply-adds, but half as many instructions
/// that wait for them. So the processor is further ahead when it learns that a row has ended otherwise than foreseen. On Zen 4 the forward pass through 100 columns took 0.97 of the time, the update in pairs 0.95, an epoch on one
/// thread 0.966 (35 rounds).</item>
/// </list>
/// </remarks>
internal static class SparseMicroKernel
{
    /// <summary>The most vectors of a row.</summary>
    public const int MaximumVectors = 13;

    /// <summary>Rows of C, up to 13 vectors of each.</summary>
    /// <param name="m">Rows, 1 or more.</param>
    /// <param name="words">Words of each row's mask that are gone through.</param>
    /// <param name="masks">The first row's first word; the next row's is <paramref name="maskStride"/> words further.</param>
    /// <param name="maskStride">Words from a row's mask to the next.</param>
    /// <param name="wordStride">Words from a word of a mask to the next.</param>
    /// <param name="values">A, from the column of the first word's first bit.</param>
    /// <param name="b">B, from the row of the first word's first bit.</param>
    /// <param name="start">What the sums start from; none if they start from zero.</param>
    /// <param name="epilogue">What becomes of the sums; its operand is C.</param>
    /// <param name="c">C.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<TVector, TColumns, TTail, TWords, TStart, TValues, TEpilogue>(
        nint m, nint words, ref ulong masks, nint maskStride, nint wordStride, TValues values, MatrixRef b, MatrixRef start, TEpilogue epilogue, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TTail : struct, ICount
        where TWords : struct, IWords
        where TStart : struct, IStart
        where TValues : struct, ISparseValues<TValues>, allows ref struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        TVector factor = Simd.Broadcast<TVector>(epilogue.Factor);
        nint ldb = b.RowStride;
        Debug.Assert(start.IsNone == TStart.IsZero && (!TWords.IsOne || words == 1));
        bool inLanes = PixelLanes.Suits<TVector, TValues>();
        Debug.Assert(b.ColumnStride == 1);
        var pixels = new PixelLanes(one: (int)b.ColumnStride);
        bool skipEmpty = TWords.IsOne && KeepsEmptyRows<TStart, TEpilogue>(start, c);
        ref float first = ref start.Origin;
        ref float rowC = ref c.Origin;
        ulong next = masks;
        for (nint i = 0; i < m; i++)
        {
            ulong mask = next;
            ref ulong following = ref Unsafe.Add(ref masks, i + 1 < m ? maskStride : 0);
            next = following;
            if (mask != 0 || (!skipEmpty && values.Row(i).HasAny(1)))
            {
                TVector acc0 = default, acc1 = default, acc2 = default, acc3 = default, acc4 = default, acc5 = default, acc6 = default;
                TVector acc7 = default, acc8 = default, acc9 = default, acc10 = default, acc11 = default, acc12 = default;
                Vector<float> tail = default;
                if (!TStart.IsZero)
                {
                    acc0 = Simd.Load<TVector>(ref first, 0);
                    if (TColumns.Value > 1) { acc1 = Simd.Load<TVector>(ref first, lanes); }
                    if (TColumns.Value > 2) { acc2 = Simd.Load<TVector>(ref first, 2 * lanes); }
                    if (TColumns.Value > 3) { acc3 = Simd.Load<TVector>(ref first, 3 * lanes); }
                    if (TColumns.Value > 4) { acc4 = Simd.Load<TVector>(ref first, 4 * lanes); }
                    if (TColumns.Value > 5) { acc5 = Simd.Load<TVector>(ref first, 5 * lanes); }
                    if (TColumns.Value > 6) { acc6 = Simd.Load<TVector>(ref first, 6 * lanes); }
                    if (TColumns.Value > 7) { acc7 = Simd.Load<TVector>(ref first, 7 * lanes); }
                    if (TColumns.Value > 8) { acc8 = Simd.Load<TVector>(ref first, 8 * lanes); }
                    if (TColumns.Value > 9) { acc9 = Simd.Load<TVector>(ref first, 9 * lanes); }
                    if (TColumns.Value > 10) { acc10 = Simd.Load<TVector>(ref first, 10 * lanes); }
                    if (TColumns.Value > 11) { acc11 = Simd.Load<TVector>(ref first, 11 * lanes); }
                    if (TColumns.Value > 12) { acc12 = Simd.Load<TVector>(ref first, 12 * lanes); }
                    if (TTail.Value > 0) { tail = Simd.Load<Vector<float>>(ref first, TColumns.Value * lanes); }
                }

                TValues source = values.Row(i);
                ref float origin = ref b.Origin;
                for (nint word = 1; ; word++)
                {
                    if (mask != 0)
                    {
                        if (inLanes)
                        {
                            pixels.Start(source.Bytes(mask));
                        }
                        do
                        {
                            ulong some = inLanes ? pixels.Take(ref mask) : NonZeroMask.TakeAll(ref mask);
                            do
                            {
                                nint p = (nint)(uint)BitOperations.TrailingZeroCount(some);
                                some &= some - 1;
                                TVector a = inLanes ? pixels.Next<TVector>() : Simd.Broadcast<TVector>(source[p]);
                                ref float row = ref Unsafe.Add(ref origin, p * ldb);
                                acc0 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 0), acc0);
                                if (TColumns.Value > 1) { acc1 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, lanes), acc1); }
                                if (TColumns.Value > 2) { acc2 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 2 * lanes), acc2); }
                                if (TColumns.Value > 3) { acc3 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 3 * lanes), acc3); }
                                if (TColumns.Value > 4) { acc4 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 4 * lanes), acc4); }
                                if (TColumns.Value > 5) { acc5 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 5 * lanes), acc5); }
                                if (TColumns.Value > 6) { acc6 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 6 * lanes), acc6); }
                                if (TColumns.Value > 7) { acc7 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 7 * lanes), acc7); }
                                if (TColumns.Value > 8) { acc8 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 8 * lanes), acc8); }
                                if (TColumns.Value > 9) { acc9 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 9 * lanes), acc9); }
                                if (TColumns.Value > 10) { acc10 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 10 * lanes), acc10); }
                                if (TColumns.Value > 11) { acc11 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 11 * lanes), acc11); }
                                if (TColumns.Value > 12) { acc12 = Simd.FusedMultiplyAdd(a, Simd.Load<TVector>(ref row, 12 * lanes), acc12); }
                                if (TTail.Value > 0) { tail = Simd.FusedMultiplyAdd(Simd.Lower(a), Simd.Load<Vector<float>>(ref row, TColumns.Value * lanes), tail); }
                            }
                            while (some != 0);
                        }
                        while (mask != 0);
                    }
                    if (TWords.IsOne || word == words)
                    {
                        break;
                    }
                    mask = Unsafe.Add(ref masks, word * wordStride);
                    source = source.Word(1);
                    origin = ref Unsafe.Add(ref origin, NonZeroMask.WordBits * ldb);
                }

                Finish<TVector, TEpilogue>(acc0, factor, 0, ref rowC);
                if (TColumns.Value > 1) { Finish<TVector, TEpilogue>(acc1, factor, lanes, ref rowC); }
                if (TColumns.Value > 2) { Finish<TVector, TEpilogue>(acc2, factor, 2 * lanes, ref rowC); }
                if (TColumns.Value > 3) { Finish<TVector, TEpilogue>(acc3, factor, 3 * lanes, ref rowC); }
                if (TColumns.Value > 4) { Finish<TVector, TEpilogue>(acc4, factor, 4 * lanes, ref rowC); }
                if (TColumns.Value > 5) { Finish<TVector, TEpilogue>(acc5, factor, 5 * lanes, ref rowC); }
                if (TColumns.Value > 6) { Finish<TVector, TEpilogue>(acc6, factor, 6 * lanes, ref rowC); }
                if (TColumns.Value > 7) { Finish<TVector, TEpilogue>(acc7, factor, 7 * lanes, ref rowC); }
                if (TColumns.Value > 8) { Finish<TVector, TEpilogue>(acc8, factor, 8 * lanes, ref rowC); }
                if (TColumns.Value > 9) { Finish<TVector, TEpilogue>(acc9, factor, 9 * lanes, ref rowC); }
                if (TColumns.Value > 10) { Finish<TVector, TEpilogue>(acc10, factor, 10 * lanes, ref rowC); }
                if (TColumns.Value > 11) { Finish<TVector, TEpilogue>(acc11, factor, 11 * lanes, ref rowC); }
                if (TColumns.Value > 12) { Finish<TVector, TEpilogue>(acc12, factor, 12 * lanes, ref rowC); }
                if (TTail.Value > 0) { Finish<Vector<float>, TEpilogue>(tail, Simd.Lower(factor), TColumns.Value * lanes, ref rowC); }
            }
            masks = ref following;
            first = ref Unsafe.Add(ref first, start.RowStride);
            rowC = ref Unsafe.Add(ref rowC, c.RowStride);
        }
    }

    /// <summary>Whether C keeps what it has in rows to which A adds nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool KeepsEmptyRows<TStart, TEpilogue>(MatrixRef start, MatrixRef c)
        where TStart : struct, IStart
        where TEpilogue : struct, IEpilogue =>
        TStart.IsZero ? typeof(TEpilogue) == typeof(LayerUpdate) : typeof(TEpilogue) == typeof(Plain) && Unsafe.AreSame(ref start.Origin, ref c.Origin);

    /// <summary>A sum's end: C ← epilogue(sum, C).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TVector, TEpilogue>(TVector acc, TVector factor, nint column, ref float c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue =>
        Simd.Store(TEpilogue.Apply(acc, TEpilogue.ReadsOperand ? Simd.Load<TVector>(ref c, column) : default, factor), ref c, column);
}

/// <summary>Whether the masks that a kernel goes through have one word a row. Known when the kernel is compiled: then there is no loop over words.</summary>
internal interface IWords
{
    static abstract bool IsOne { get; }
}

internal readonly struct OneWord : IWords
{
    public static bool IsOne => true;
}

internal readonly struct ManyWords : IWords
{
    public static bool IsOne => false;
}

/// <summary>Whether sums start from zero or from numbers in memory. Known when the kernel is compiled: zero takes no load.</summary>
internal interface IStart
{
    static abstract bool IsZero { get; }
}

internal readonly struct FromZero : IStart
{
    public static bool IsZero => true;
}

internal readonly struct FromMemory : IStart
{
    public static bool IsZero => false;
}
