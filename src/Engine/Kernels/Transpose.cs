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
/// for each block of 8 rows, or 4 where there are fewer
///   for each block of 4 columns: load the rows, exchange, store 4 columns
/// </code>
/// <list type="number">
/// <item>4 x 4 elements are exchanged in registers: 8 shuffles for 16 elements, and neither loads nor stores are single elements. With
/// 8 rows there is another such square in the upper halves of the same registers.</item>
/// <item>The last block of rows or columns starts further back and copies some elements again, so nothing is left over for loops of single elements.</item>
/// <item>Nothing is computed, so x64 instructions may be used without a risk for the bits; elsewhere, and where there are fewer than
/// 4 rows or columns, elements are copied one by one.</item>
/// </list>
/// </remarks>
public static class Transpose
{
    /// <summary>Columns of a block.</summary>
    private const int BlockColumns = 4;

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
        if (Avx.IsSupported && rows >= Eight.Value && columns >= BlockColumns)
        {
            Blocks<Eight>(rows, columns, ref source, sourceStride, ref destination, destinationStride);
        }
        else if (Sse.IsSupported && rows >= Four.Value && columns >= BlockColumns)
        {
            Blocks<Four>(rows, columns, ref source, sourceStride, ref destination, destinationStride);
        }
        else
        {
            Elements(rows, columns, ref source, sourceStride, ref destination, destinationStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Blocks<TRows>(nint rows, nint columns, ref float source, nint sourceStride, ref float destination, nint destinationStride)
        where TRows : struct, ICount
    {
        nint lastRow = rows - TRows.Value;
        nint lastColumn = columns - BlockColumns;
        for (nint i = 0; ; i = Math.Min(i + TRows.Value, lastRow))
        {
            for (nint j = 0; ; j = Math.Min(j + BlockColumns, lastColumn))
            {
                ref float block = ref Unsafe.Add(ref source, (i * sourceStride) + j);
                ref float target = ref Unsafe.Add(ref destination, (j * destinationStride) + i);
                if (TRows.Value == Eight.Value)
                {
                    ExchangeEight(ref block, sourceStride, ref target, destinationStride);
                }
                else
                {
                    ExchangeFour(ref block, sourceStride, ref target, destinationStride);
                }
                if (j == lastColumn)
                {
                    break;
                }
            }
            if (i == lastRow)
            {
                break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ExchangeFour(ref float source, nint sourceStride, ref float destination, nint destinationStride)
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

    /// <summary>The same twice at once: rows 4 to 7 in the upper halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ExchangeEight(ref float source, nint sourceStride, ref float destination, nint destinationStride)
    {
        ref float lower = ref Unsafe.Add(ref source, 4 * sourceStride);
        Vector256<float> row0 = Pair(ref source, ref lower, 0);
        Vector256<float> row1 = Pair(ref source, ref lower, sourceStride);
        Vector256<float> row2 = Pair(ref source, ref lower, 2 * sourceStride);
        Vector256<float> row3 = Pair(ref source, ref lower, 3 * sourceStride);
        Vector256<double> low01 = Avx.UnpackLow(row0, row1).AsDouble();
        Vector256<double> low23 = Avx.UnpackLow(row2, row3).AsDouble();
        Vector256<double> high01 = Avx.UnpackHigh(row0, row1).AsDouble();
        Vector256<double> high23 = Avx.UnpackHigh(row2, row3).AsDouble();
        Avx.UnpackLow(low01, low23).AsSingle().StoreUnsafe(ref destination);
        Avx.UnpackHigh(low01, low23).AsSingle().StoreUnsafe(ref Unsafe.Add(ref destination, destinationStride));
        Avx.UnpackLow(high01, high23).AsSingle().StoreUnsafe(ref Unsafe.Add(ref destination, 2 * destinationStride));
        Avx.UnpackHigh(high01, high23).AsSingle().StoreUnsafe(ref Unsafe.Add(ref destination, 3 * destinationStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(ref float low, ref float high, nint offset) =>
        Avx.InsertVector128(Vector128.LoadUnsafe(ref low, (nuint)offset).ToVector256Unsafe(), Vector128.LoadUnsafe(ref high, (nuint)offset), 1);

    private static void Elements(nint rows, nint columns, ref float source, nint sourceStride, ref float destination, nint destinationStride)
    {
        for (nint i = 0; i < rows; i++)
        {
            for (nint j = 0; j < columns; j++)
            {
                Unsafe.Add(ref destination, (j * destinationStride) + i) = Unsafe.Add(ref source, (i * sourceStride) + j);
            }
        }
    }
}
