using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>The index of the largest element.</summary>
/// <remarks>
/// Formula: the least i with <c>values[i] = max values</c>. Shapes: any length from 1; or rows x columns, an index for each row.
/// <code>
/// largest ← the maximum, a vector at a time; the last vector starts further left
/// for each 64 elements: a bit for each that is as large; if there is one, the lowest bit's place
///
/// of rows with few columns: for each vector of rows, transposed: for each column: where it is larger than largest: largest, index ← column
/// </code>
/// <list type="number">
/// <item>Where the largest element is, is what nobody can predict: a branch on each new maximum, or on which vector holds it, costs more than all comparisons. Up to 64 elements two passes have none.</item>
/// <item>Nothing is computed, so the width of the vector is free: four floats, since a row of classes is short.</item>
/// <item>With few columns a row is hardly a vector: a vector of rows is transposed and taken at once, if at least half of one is filled. 64 rows of 10 take 0.14 µs; one by one outputs and targets together took 1.1.</item>
/// </list>
/// </remarks>
public static class ArgMax
{
    /// <summary>The most columns for which rows are transposed: as for softmax.</summary>
    private const int FewColumns = SoftmaxKernel.FewColumns;

    /// <summary>The first index that holds the largest value; NaN is never larger. 0 if nothing is larger than −∞.</summary>
    /// <param name="values">One element at least.</param>
    /// <exception cref="ArgumentException"><paramref name="values"/> is empty.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Of(ReadOnlySpan<float> values)
    {
        Check.AtLeast(values, 1);
        int lanes = Vector128<float>.Count;
        if (values.Length < lanes)
        {
            return OfFew(values);
        }
        ref float first = ref MemoryMarshal.GetReference(values);
        int last = values.Length - lanes;
        Vector128<float> largest = Larger(Vector128.LoadUnsafe(ref first, (nuint)last), Vector128.Create(float.NegativeInfinity));
        for (int i = 0; i < last; i += lanes)
        {
            largest = Larger(Vector128.LoadUnsafe(ref first, (nuint)i), largest);
        }
        largest = Larger(Vector128.Shuffle(largest, Vector128.Create(2, 3, 0, 1)), largest);
        largest = Larger(Vector128.Shuffle(largest, Vector128.Create(1, 0, 3, 2)), largest);
        if (largest.ToScalar() == float.NegativeInfinity)
        {
            return 0;
        }
        for (int block = 0; ; block += NonZeroMask.WordBits)
        {
            int from = Math.Min(block, last);
            ulong places = 0;
            for (int i = from; i < Math.Min(from + NonZeroMask.WordBits, values.Length); i += lanes)
            {
                int at = Math.Min(i, last);
                places |= (ulong)Vector128.Equals(Vector128.LoadUnsafe(ref first, (nuint)at), largest).ExtractMostSignificantBits() << (at - from);
            }
            if (places != 0)
            {
                return from + BitOperations.TrailingZeroCount(places);
            }
        }
    }

    /// <summary>indices[i] ← <see cref="Of"/> of row i.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, 1 or more.</param>
    /// <param name="stride">Row stride.</param>
    /// <param name="values">rows x columns.</param>
    /// <param name="indices">One for each row.</param>
    /// <exception cref="ArgumentException">The matrix does not fit its span, has no columns, or there are fewer indices than rows.</exception>
    public static void OfRows(int rows, int columns, int stride, ReadOnlySpan<float> values, Span<int> indices)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Check.Matrix(values, rows, columns, stride);
        Check.AtLeast<int>(indices, rows);
        int first = columns <= FewColumns ? OfFewColumns(rows, columns, stride, values, indices) : 0;
        for (int row = first; row < rows; row++)
        {
            indices[row] = Of(values.Slice(row * stride, columns));
        }
    }

    /// <summary>A vector of rows at once, as long as they fill half of one. Returns how many rows that were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int OfFewColumns(int rows, int columns, int stride, ReadOnlySpan<float> values, Span<int> indices)
    {
        int lanes = Vector<float>.Count;
        Span<float> memory = stackalloc float[FewColumns * Vector<float>.Count];
        Span<int> ofRows = stackalloc int[Vector<int>.Count];
        ref float column = ref MemoryMarshal.GetReference(memory);
        int first = 0;
        for (int count; rows - first >= lanes / 2; first += count)
        {
            count = Math.Min(lanes, rows - first);
            Transpose.Run(count, columns, ref MemoryMarshal.GetReference(values[(first * stride)..]), stride, ref column, lanes);
            var largest = new Vector<float>(float.NegativeInfinity);
            Vector<int> index = default, places = default;
            for (int j = 0; j < columns; j++)
            {
                Vector<float> value = Vector.LoadUnsafe(ref column, (nuint)(j * lanes));
                Vector<int> isLarger = Vector.GreaterThan(value, largest);
                largest = Vector.ConditionalSelect(isLarger, value, largest);
                places = Vector.ConditionalSelect(isLarger, index, places);
                index += Vector<int>.One;
            }
            places.CopyTo(ofRows);
            ofRows[..count].CopyTo(indices[first..]);
        }
        return first;
    }

    /// <summary>The elements of <paramref name="values"/> where they are larger; where one is NaN it is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Larger(Vector128<float> values, Vector128<float> largest) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(values, largest), values, largest);

    private static int OfFew(ReadOnlySpan<float> values)
    {
        int best = 0;
        float largest = float.NegativeInfinity;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > largest)
            {
                largest = values[i];
                best = i;
            }
        }
        return best;
    }
}
