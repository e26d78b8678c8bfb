using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// Where a matrix lies: element (i, j) is at <c>origin + i·rowStride + j·columnStride</c>. Exchanging the strides transposes it.
/// </summary>
/// <remarks>Unchecked, for kernels whose public edge has validated the sizes. A null origin stays null wherever it is moved.</remarks>
internal readonly ref struct MatrixRef
{
    public readonly ref float Origin;
    public readonly nint RowStride;
    public readonly nint ColumnStride;

    public MatrixRef(ref float origin, nint rowStride, nint columnStride = 1)
    {
        Origin = ref origin;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    /// <summary>No matrix.</summary>
    public static MatrixRef None => default;

    /// <summary>Whether this is no matrix.</summary>
    public bool IsNone => Unsafe.IsNullRef(ref Origin);

    /// <summary>The part that starts at a row and a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MatrixRef From(nint row, nint column) => new(ref At(row, column), RowStride, ColumnStride);

    /// <summary>An element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref float At(nint row, nint column) =>
        ref IsNone ? ref Origin : ref Unsafe.Add(ref Origin, (row * RowStride) + (column * ColumnStride));
}
