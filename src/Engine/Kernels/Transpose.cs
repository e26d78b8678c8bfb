using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>The transpose of a matrix.</summary>
/// <remarks>
/// Formula: <c>destination[j, i] = source[i, j]</c>. Shapes: source rows x columns, destination columns x rows; strides in elements.
/// Aliasing: the destination must not overlap the source.
/// <code>
/// for each block of 4 rows
///   for each block of 4 columns: load 4 rows, exchange, store 4 columns
///   the columns left over, one element at a time
/// the rows left over, one element at a time
/// </code>
/// <list type="number">
/// <item>4 x 4 elements are exchanged in registers: 8 shuffles for 16 elements, and neither loads nor stores are single elements.</item>
/// <item>Nothing is computed, so x64 instructions may be used without a risk for the bits; elsewhere elements are copied one by one.</item>
/// </list>
/// </remarks>
public static class Transpose
{
    private const int Block = 4;

    /// <summary>destination ← sourceᵀ.</summary>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    /// <param name="source">rows x columns.</param>
    /// <param name="sourceStride">Row stride of the source.</param>
    /// <param name="destination">columns x rows, overwritten.</param>
    /// <param name="destinationStride">Row stride of the destination.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the two overlap.</exception>
    public static void Run(
        int rows, int columns, ReadOnlySpan<float> source, int sourceStride, Span<float> destination, int destinationStride)
    {
        Check.Matrix(source, rows, columns, sourceStride);
        Check.Matrix(destination, columns, rows, destinationStride);
        Check.Disjoint(source, destination);
        Run(rows, columns, ref MemoryMarshal.GetReference(source), sourceStride, ref MemoryMarshal.GetReference(destination), destinationStride);
    }

    /// <summary>The loops, unchecked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run(nint rows, nint columns, ref float source, nint sourceStride, ref float destination, nint destinationStride)
    {
        nint blockRows = Sse.IsSupported ? rows - (rows % Block) : 0;
        nint blockColumns = columns - (columns % Block);
        for (nint i = 0; i < blockRows; i += Block)
        {
            for (nint j = 0; j < blockColumns; j += Block)
            {
                Exchange(ref Unsafe.Add(ref source, (i * sourceStride) + j), sourceStride, ref Unsafe.Add(ref destination, (j * destinationStride) + i), destinationStride);
            }
            Elements(i, i + Block, blockColumns, columns, ref source, sourceStride, ref destination, destinationStride);
        }
        Elements(blockRows, rows, 0, columns, ref source, sourceStride, ref destination, destinationStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(ref float source, nint sourceStride, ref float destination, nint destinationStride)
    {
        var row0 = Vector128.LoadUnsafe(ref source);
        var row1 = Vector128.LoadUnsafe(ref Unsafe.Add(ref source, sourceStride));
        var row2 = Vector128.LoadUnsafe(ref Unsafe.Add(ref source, 2 * sourceStride));
        var row3 = Vector128.LoadUnsafe(ref Unsafe.Add(ref source, 3 * sourceStride));
        Vector128<float> low01 = Sse.UnpackLow(row0, row1);
        Vector128<float> low23 = Sse.UnpackLow(row2, row3);
        Vector128<float> high01 = Sse.UnpackHigh(row0, row1);
        Vector128<float> high23 = Sse.UnpackHigh(row2, row3);
        Sse.MoveLowToHigh(low01, low23).StoreUnsafe(ref destination);
        Sse.MoveHighToLow(low23, low01).StoreUnsafe(ref Unsafe.Add(ref destination, destinationStride));
        Sse.MoveLowToHigh(high01, high23).StoreUnsafe(ref Unsafe.Add(ref destination, 2 * destinationStride));
        Sse.MoveHighToLow(high23, high01).StoreUnsafe(ref Unsafe.Add(ref destination, 3 * destinationStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Elements(
        nint firstRow, nint endRow, nint firstColumn, nint endColumn, ref float source, nint sourceStride, ref float destination, nint destinationStride)
    {
        for (nint i = firstRow; i < endRow; i++)
        {
            for (nint j = firstColumn; j < endColumn; j++)
            {
                Unsafe.Add(ref destination, (j * destinationStride) + i) = Unsafe.Add(ref source, (i * sourceStride) + j);
            }
        }
    }
}
