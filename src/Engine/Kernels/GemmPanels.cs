using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// Where a product finds the panels of B, some columns of it: in B itself, or in copies whose rows are contiguous. Unchecked.
/// </summary>
/// <remarks>
/// <para>Formula: a copy of columns j to j + width − 1 has B[p, j + s] at <c>p·width + s</c>. It is made once, unless all have been made before.</para>
/// <list type="number">
/// <item>Whether B is transposed or not, a copy has its columns contiguous, so that lanes run along n in any case.</item>
/// <item>Bᵀ is transposed when the panel is asked for. Else the first tile that reads the panel leaves the copy, as it multiplies while it waits for memory: compared with
/// a copy made before, 64 and 128 rows x 512 x 784 take 0.93 to 0.99 of the time, 512 and 1,024 cubed 0.98 to 1.02.</item>
/// </list>
/// </remarks>
internal readonly ref struct GemmPanels
{
    private readonly ref float _copies;
    private readonly nint _between;
    private readonly bool _areCopied;

    /// <param name="copies">Memory for the copies.</param>
    /// <param name="between">Floats between the copies of two neighbouring columns: k, or 0 if one panel takes the place of another.</param>
    /// <param name="areCopied">Whether all copies have been made.</param>
    public GemmPanels(ref float copies, nint between, bool areCopied = false)
    {
        _copies = ref copies;
        _between = between;
        _areCopied = areCopied;
    }

    /// <summary>B itself.</summary>
    public static GemmPanels InPlace => default;

    /// <summary>The same when all copies, if there are any, have been made.</summary>
    public GemmPanels Copied => new(ref _copies, _between, areCopied: true);

    /// <summary>Whether there are no copies.</summary>
    public bool AreInPlace => Unsafe.IsNullRef(ref _copies);

    /// <summary>A panel.</summary>
    /// <param name="b">B.</param>
    /// <param name="k">Rows of B.</param>
    /// <param name="column">Its first column.</param>
    /// <param name="width">Its columns, one vector or two.</param>
    /// <param name="place">The column in whose place the copy is: as a rule the first one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public GemmPanel Panel(in MatrixRef b, nint k, nint column, nint width, nint place)
    {
        MatrixRef source = b.From(0, column);
        if (AreInPlace)
        {
            return new GemmPanel(source);
        }
        var copy = new MatrixRef(ref Unsafe.Add(ref _copies, place * _between), width);
        if (_areCopied)
        {
            return new GemmPanel(copy);
        }
        if (source.ColumnStride == 1)
        {
            return new GemmPanel(source, copy);
        }
        Transpose.Run(width, k, ref source.Origin, source.ColumnStride, ref copy.Origin, width);
        return new GemmPanel(copy);
    }
}
