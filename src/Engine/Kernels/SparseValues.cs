using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Where a sparse product finds the elements of A: 64 of a row at a time, those of one word of its mask. Unchecked.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal interface ISparseValues<TSelf>
    where TSelf : struct, ISparseValues<TSelf>, allows ref struct
{
    /// <summary>Whether two rows, one after the other, are mostly zero in the same places. Known when a kernel is compiled.</summary>
    static abstract bool RowsAreAlike { get; }

    /// <summary>Element p, from 0 to 63, of the row and the word that were chosen.</summary>
    float this[nint p] { get; }

    /// <summary>The values from a row on.</summary>
    TSelf Row(nint row);

    /// <summary>The values from a word on.</summary>
    TSelf Word(nint word);
}

/// <summary>Pixels of <see cref="PixelBlocks"/>: a row is an image.</summary>
internal readonly ref struct PixelRows : ISparseValues<PixelRows>
{
    private readonly ref byte _pixels;
    private readonly nint _wordStride;
    private readonly ref float _scaled;

    /// <param name="pixels">The first image's first block.</param>
    /// <param name="images">How many images there are between an image's blocks.</param>
    /// <param name="scaled">What each byte stands for.</param>
    public PixelRows(ref byte pixels, nint images, ref float scaled)
    {
        _pixels = ref pixels;
        _wordStride = images * NonZeroMask.WordBits;
        _scaled = ref scaled;
    }

    private PixelRows(PixelRows other, nint bytes)
    {
        this = other;
        _pixels = ref Unsafe.Add(ref other._pixels, bytes);
    }

    public static bool RowsAreAlike => false;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, p));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelRows Row(nint row) => new(this, row * NonZeroMask.WordBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelRows Word(nint word) => new(this, word * _wordStride);
}

/// <summary>The pixels of one block of all images, transposed: a row is a pixel's place, and a word is 64 images. A pixel and its neighbour are mostly zero in the same images.</summary>
internal readonly ref struct PixelColumns : ISparseValues<PixelColumns>
{
    private readonly ref byte _pixels;
    private readonly ref float _scaled;

    /// <param name="pixels">The first image's block.</param>
    /// <param name="scaled">What each byte stands for.</param>
    public PixelColumns(ref byte pixels, ref float scaled)
    {
        _pixels = ref pixels;
        _scaled = ref scaled;
    }

    public static bool RowsAreAlike => true;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, p * NonZeroMask.WordBits));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelColumns Row(nint row) => new(ref Unsafe.Add(ref _pixels, row), ref _scaled);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelColumns Word(nint word) => new(ref Unsafe.Add(ref _pixels, word * NonZeroMask.WordBits * NonZeroMask.WordBits), ref _scaled);
}

/// <summary>Images as they are, one after another: a row is an image.</summary>
internal readonly ref struct ImageRows : ISparseValues<ImageRows>
{
    private readonly ref byte _pixels;
    private readonly nint _stride;
    private readonly ref float _scaled;

    /// <param name="pixels">The first image.</param>
    /// <param name="stride">Pixels of an image.</param>
    /// <param name="scaled">What each byte stands for.</param>
    public ImageRows(ref byte pixels, nint stride, ref float scaled)
    {
        _pixels = ref pixels;
        _stride = stride;
        _scaled = ref scaled;
    }

    public static bool RowsAreAlike => false;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, p));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ImageRows Row(nint row) => new(ref Unsafe.Add(ref _pixels, row * _stride), _stride, ref _scaled);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ImageRows Word(nint word) => new(ref Unsafe.Add(ref _pixels, word * NonZeroMask.WordBits), _stride, ref _scaled);
}

/// <summary>Floats, row after row.</summary>
internal readonly ref struct FloatRows : ISparseValues<FloatRows>
{
    private readonly ref float _origin;
    private readonly nint _stride;

    public FloatRows(ref float origin, nint stride)
    {
        _origin = ref origin;
        _stride = stride;
    }

    public static bool RowsAreAlike => false;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _origin, p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatRows Row(nint row) => new(ref Unsafe.Add(ref _origin, row * _stride), _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatRows Word(nint word) => new(ref Unsafe.Add(ref _origin, word * NonZeroMask.WordBits), _stride);
}
