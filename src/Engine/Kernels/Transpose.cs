using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>The transpose of a matrix.</summary>
/// <remarks>
/// Formula: <c>destination[j, i] = source[i, j]</c>. Shapes: source rows x columns, destination columns x rows; strides in elements.
/// Aliasing: the destination must not overlap the source.
/// <code>
/// for each block of 8 rows
///   for each column: gather 8 elements, store them side by side
/// the rows left over, one at a time
/// </code>
/// <list type="number">
/// <item>Blocks of 8 rows: their 8 cache lines stay in cache while 16 columns are taken from them, and stores are adjacent.</item>
/// </list>
/// </remarks>
public static class Transpose
{
    private const int BlockRows = 8;

    /// <summary>destination ← sourceᵀ.</summary>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    /// <param name="source">rows x columns.</param>
    /// <param name="sourceStride">Row stride of the source.</param>
    /// <param name="destination">columns x rows, overwritten.</param>
    /// <param name="destinationStride">Row stride of the destination.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the two overlap.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        int rows, int columns, ReadOnlySpan<float> source, int sourceStride, Span<float> destination, int destinationStride)
    {
        Check.Matrix(source, rows, columns, sourceStride);
        Check.Matrix(destination, columns, rows, destinationStride);
        Check.Disjoint(source, destination);
        ref float from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(destination);
        nint stride = sourceStride;
        nint i = 0;
        for (; i <= rows - BlockRows; i += BlockRows)
        {
            ref float block = ref Unsafe.Add(ref from, i * stride);
            ref float target = ref Unsafe.Add(ref to, i);
            for (nint j = 0; j < columns; j++)
            {
                Unsafe.Add(ref target, 0) = block;
                Unsafe.Add(ref target, 1) = Unsafe.Add(ref block, stride);
                Unsafe.Add(ref target, 2) = Unsafe.Add(ref block, 2 * stride);
                Unsafe.Add(ref target, 3) = Unsafe.Add(ref block, 3 * stride);
                Unsafe.Add(ref target, 4) = Unsafe.Add(ref block, 4 * stride);
                Unsafe.Add(ref target, 5) = Unsafe.Add(ref block, 5 * stride);
                Unsafe.Add(ref target, 6) = Unsafe.Add(ref block, 6 * stride);
                Unsafe.Add(ref target, 7) = Unsafe.Add(ref block, 7 * stride);
                block = ref Unsafe.Add(ref block, 1);
                target = ref Unsafe.Add(ref target, destinationStride);
            }
        }
        for (; i < rows; i++)
        {
            for (nint j = 0; j < columns; j++)
            {
                Unsafe.Add(ref to, (j * destinationStride) + i) = Unsafe.Add(ref from, (i * stride) + j);
            }
        }
    }
}
