using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Where a sparse product finds the elements of a row of A. Unchecked.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal interface ISparseValues<TSelf>
    where TSelf : struct, ISparseValues<TSelf>, allows ref struct
{
    /// <summary>Element p of the row that <see cref="Row"/> chose.</summary>
    float this[nint p] { get; }

    /// <summary>The values of one row.</summary>
    TSelf Row(nint row);

    /// <summary>The values from a column on, before a row is chosen.</summary>
    TSelf FromColumn(nint column);
}

/// <summary>Pixels of images: a row is an image, offset[row] is where it starts.</summary>
internal readonly ref struct PixelRows : ISparseValues<PixelRows>
{
    private readonly ref byte _pixels;
    private readonly ref nint _offsets;
    private readonly ref float _scaled;

    public PixelRows(ref byte pixels, ref nint offsets, ref float scaled)
    {
        _pixels = ref pixels;
        _offsets = ref offsets;
        _scaled = ref scaled;
    }

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, p));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelRows Row(nint row) => new(ref Unsafe.Add(ref _pixels, Unsafe.Add(ref _offsets, row)), ref _offsets, ref _scaled);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelRows FromColumn(nint column) => new(ref Unsafe.Add(ref _pixels, column), ref _offsets, ref _scaled);
}

/// <summary>The same pixels, transposed: a row is a pixel's place, a column an image.</summary>
internal readonly ref struct PixelColumns : ISparseValues<PixelColumns>
{
    private readonly ref byte _pixels;
    private readonly ref nint _offsets;
    private readonly ref float _scaled;

    public PixelColumns(ref byte pixels, ref nint offsets, ref float scaled)
    {
        _pixels = ref pixels;
        _offsets = ref offsets;
        _scaled = ref scaled;
    }

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _scaled, (nint)Unsafe.Add(ref _pixels, Unsafe.Add(ref _offsets, p)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelColumns Row(nint row) => new(ref Unsafe.Add(ref _pixels, row), ref _offsets, ref _scaled);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelColumns FromColumn(nint column) => new(ref _pixels, ref Unsafe.Add(ref _offsets, column), ref _scaled);
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

    public float this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _origin, p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatRows Row(nint row) => new(ref Unsafe.Add(ref _origin, row * _stride), _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatRows FromColumn(nint column) => new(ref Unsafe.Add(ref _origin, column), _stride);
}
