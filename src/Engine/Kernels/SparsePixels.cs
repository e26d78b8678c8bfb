using System.Diagnostics;

namespace Engine.Kernels;

/// <summary>
/// A matrix of pixels of which most are zero: a row is an image that stays where it is, with a mask of the pixels that are not.
/// </summary>
/// <remarks>Element (i, p) is <c>pixels[offsets[i] + p] / 255</c>. The masks hold <see cref="Words"/> words a row, made by <see cref="NonZeroMask"/>.</remarks>
internal readonly ref struct SparsePixels
{
    public SparsePixels(ReadOnlySpan<byte> pixels, ReadOnlySpan<nint> offsets, ReadOnlySpan<ulong> masks, int columns)
    {
        Debug.Assert(masks.Length == offsets.Length * NonZeroMask.Words(columns));
        Pixels = pixels;
        Offsets = offsets;
        Masks = masks;
        Columns = columns;
    }

    public ReadOnlySpan<byte> Pixels { get; }

    public ReadOnlySpan<nint> Offsets { get; }

    public ReadOnlySpan<ulong> Masks { get; }

    public int Columns { get; }

    public int Rows => Offsets.Length;

    public int Words => NonZeroMask.Words(Columns);

    /// <summary>Some of the rows.</summary>
    public SparsePixels Slice(int first, int rows) =>
        new(Pixels, Offsets.Slice(first, rows), Masks.Slice(first * Words, rows * Words), Columns);
}
