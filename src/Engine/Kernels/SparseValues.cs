using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>Where a sparse product finds the elements of A: 64 of a row at a time, those of one word of its mask. Unchecked.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal interface ISparseValues<TSelf>
    where TSelf : struct, ISparseValues<TSelf>, allows ref struct
{
    /// <summary>Whether two rows, one after the other, are mostly zero in the same places. Known when a kernel is compiled.</summary>
    static abstract bool RowsAreAlike { get; }

    /// <summary>Whether elements are bytes that lie one after another. Known when a kernel is compiled.</summary>
    static abstract bool AreBytes { get; }

    /// <summary>Element p, from 0 to 63, of the row and the word that were chosen.</summary>
    float this[nint p] { get; }

    /// <summary>If they are bytes: those elements of the row and the word of which a mask has bits, without gaps.</summary>
    Vector512<byte> Bytes(ulong mask);

    /// <summary>Whether one of so many rows, from the one that was chosen on, has an element that is not zero, in any word. If none has, what the product makes of them is not needed; true where it always is.</summary>
    bool HasAny(int rows);

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

    public static bool AreBytes => true;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, p));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Bytes(ulong mask) => NonZeroMask.Compress(mask, ref _pixels);

    public bool HasAny(int rows) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelRows Row(nint row) => new(this, row * NonZeroMask.WordBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelRows Word(nint word) => new(this, word * _wordStride);
}

/// <summary>The pixels of one block of all images, transposed: a row is a pixel's place, and a word is 64 images. A pixel and its neighbour are mostly zero in the same images.</summary>
internal readonly ref struct PixelColumns : ISparseValues<PixelColumns>
{
    private readonly ref byte _pixels;
    private readonly ulong _used;
    private readonly ref float _scaled;

    /// <param name="pixels">The first image's block.</param>
    /// <param name="used">At which of its 64 places at least one image has a pixel: a bit for each.</param>
    /// <param name="scaled">What each byte stands for.</param>
    public PixelColumns(ref byte pixels, ulong used, ref float scaled)
    {
        _pixels = ref pixels;
        _used = used;
        _scaled = ref scaled;
    }

    public static bool RowsAreAlike => true;

    public static bool AreBytes => false;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, p * NonZeroMask.WordBits));
    }

    public Vector512<byte> Bytes(ulong mask) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasAny(int rows) => (_used & ((1UL << rows) - 1)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelColumns Row(nint row) => new(ref Unsafe.Add(ref _pixels, row), _used >> (int)row, ref _scaled);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelColumns Word(nint word) => new(ref Unsafe.Add(ref _pixels, word * NonZeroMask.WordBits * NonZeroMask.WordBits), _used, ref _scaled);
}

/// <summary>Images as they are, one after another, of 64 pixels or more: a row is an image.</summary>
internal readonly ref struct ImageRows : ISparseValues<ImageRows>
{
    private readonly ref byte _pixels;
    private readonly nint _stride;
    private readonly nint _left;
    private readonly ref float _scaled;

    /// <param name="pixels">The first image.</param>
    /// <param name="stride">Pixels of an image.</param>
    /// <param name="scaled">What each byte stands for.</param>
    public ImageRows(ref byte pixels, nint stride, ref float scaled)
        : this(ref pixels, stride, stride, ref scaled)
    {
    }

    /// <param name="pixels">From where.</param>
    /// <param name="stride">Pixels of an image.</param>
    /// <param name="left">Pixels of an image from there on.</param>
    /// <param name="scaled">What each byte stands for.</param>
    private ImageRows(ref byte pixels, nint stride, nint left, ref float scaled)
    {
        _pixels = ref pixels;
        _stride = stride;
        _left = left;
        _scaled = ref scaled;
    }

    public static bool RowsAreAlike => false;

    public static bool AreBytes => true;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, p));
    }

    /// <summary>64 bytes are loaded, as many as an image must have. Where fewer are left, those that end with the image: the first of them belong to the word before, and have no bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Bytes(ulong mask)
    {
        Debug.Assert(_stride >= NonZeroMask.WordBits && _left > 0);
        nint before = Math.Max(0, NonZeroMask.WordBits - _left);
        return NonZeroMask.Compress(mask << (int)before, ref Unsafe.Subtract(ref _pixels, before));
    }

    public bool HasAny(int rows) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ImageRows Row(nint row) => new(ref Unsafe.Add(ref _pixels, row * _stride), _stride, _left, ref _scaled);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ImageRows Word(nint word) => new(ref Unsafe.Add(ref _pixels, word * NonZeroMask.WordBits), _stride, _left - (word * NonZeroMask.WordBits), ref _scaled);
}

/// <summary>The same of fewer pixels, which cannot be loaded 64 at a time.</summary>
internal readonly ref struct SmallImageRows(ImageRows images) : ISparseValues<SmallImageRows>
{
    private readonly ImageRows _images = images;

    public static bool RowsAreAlike => false;

    public static bool AreBytes => false;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _images[p];
    }

    public Vector512<byte> Bytes(ulong mask) => default;

    public bool HasAny(int rows) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SmallImageRows Row(nint row) => new(_images.Row(row));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SmallImageRows Word(nint word) => new(_images.Word(word));
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

    public static bool AreBytes => false;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _origin, p);
    }

    public Vector512<byte> Bytes(ulong mask) => default;

    public bool HasAny(int rows) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatRows Row(nint row) => new(ref Unsafe.Add(ref _origin, row * _stride), _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatRows Word(nint word) => new(ref Unsafe.Add(ref _origin, word * NonZeroMask.WordBits), _stride);
}

/// <summary>Rows of floats, transposed: a row is a column of them, and a word is 64 of the rows.</summary>
internal readonly ref struct FloatColumns : ISparseValues<FloatColumns>
{
    private readonly ref float _origin;
    private readonly nint _stride;

    public FloatColumns(ref float origin, nint stride)
    {
        _origin = ref origin;
        _stride = stride;
    }

    public static bool RowsAreAlike => false;

    public static bool AreBytes => false;

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _origin, p * _stride);
    }

    public Vector512<byte> Bytes(ulong mask) => default;

    public bool HasAny(int rows) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatColumns Row(nint row) => new(ref Unsafe.Add(ref _origin, row), _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatColumns Word(nint word) => new(ref Unsafe.Add(ref _origin, word * NonZeroMask.WordBits * _stride), _stride);
}
