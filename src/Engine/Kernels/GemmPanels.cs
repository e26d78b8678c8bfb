using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// Where a product finds the panels of B, some columns of it: in B itself, or in copies whose rows are contiguous. Unchecked.
/// </summary>
/// <remarks>
/// <para>Formula: a copy of columns j to j + width − 1 has B[p, j + s] at <c>p·width + s</c>. It is made when the panel is asked for, unless all have been made before.</para>
/// <list type="number">
/// <item>Whether B is transposed or not, a panel comes out with its columns contiguous, so that lanes run along n in any case.</item>
/// <item>While a panel is copied, the next one is asked for: its rows are beside those that are being read, but nothing else would fetch
/// them in time, each being on a page of its own. 1,024 cubed: 4 % faster.</item>
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
    public MatrixRef Panel<TVector>(in MatrixRef b, nint k, nint column, nint width, nint place)
        where TVector : struct
    {
        MatrixRef source = b.From(0, column);
        if (AreInPlace)
        {
            return source;
        }
        ref float copy = ref Unsafe.Add(ref _copies, place * _between);
        if (!_areCopied)
        {
            Copy<TVector>(k, width, source, ref copy);
        }
        return new MatrixRef(ref copy, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<TVector>(nint k, nint width, MatrixRef b, ref float copy)
        where TVector : struct
    {
        if (b.ColumnStride != 1)
        {
            Debug.Assert(b.RowStride == 1);
            Transpose.Run(width, k, ref b.Origin, b.ColumnStride, ref copy, width);
            return;
        }
        nint lanes = Simd.Count<TVector>();
        for (nint p = 0; p < k; p++)
        {
            ref float row = ref b.At(p, 0);
            ref float target = ref Unsafe.Add(ref copy, p * width);
            Simd.Store(Simd.Load<TVector>(ref row, 0), ref target, 0);
            Prefetch.Line(ref Unsafe.Add(ref row, width));
            if (width > lanes)
            {
                Simd.Store(Simd.Load<TVector>(ref row, lanes), ref target, lanes);
            }
        }
    }
}
