using Engine.Kernels;
using Engine.Tests.Reference;

namespace Engine.Tests.Kernels;

/// <summary>
/// Random images for the sparse products: rows of a matrix, in an order of their own, some more than once.
/// What lies before, between and after the images in memory is not zero.
/// </summary>
internal sealed class SparseImages
{
    private const int Gap = 3;
    private readonly byte[] _pixels;
    private readonly nint[] _offsets;
    private readonly ulong[] _masks;
    private readonly int _words;

    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Pixels of an image.</param>
    /// <param name="density">The share of pixels that are not zero.</param>
    public SparseImages(int rows, int columns, double density)
    {
        Columns = columns;
        var random = new SplitMix64((ulong)((columns * 100) + (density * 10)));
        int images = 1 + (rows * 3 / 4);
        _pixels = [.. Enumerable.Repeat((byte)199, Gap + (images * (columns + Gap)))];
        for (int image = 0; image < images; image++)
        {
            foreach (ref byte pixel in _pixels.AsSpan(Start(image), columns))
            {
                pixel = (byte)(random.NextDouble() < density ? 1 + random.NextInt(255) : 0);
            }
        }

        _words = (columns + 63) / 64;
        _offsets = new nint[rows];
        _masks = new ulong[rows * _words];
        Values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            int start = Start(random.NextInt(images));
            Span<float> values = Values.AsSpan(row * columns, columns);
            for (int column = 0; column < columns; column++)
            {
                values[column] = _pixels[start + column] / 255f;
            }
            _offsets[row] = start;
            ScalarSparse.NonZeroMask(values).CopyTo(_masks.AsSpan(row * _words));
        }
    }

    public int Columns { get; }

    /// <summary>The same matrix as floats, without gaps.</summary>
    public float[] Values { get; }

    /// <summary>The first rows of the matrix.</summary>
    public SparsePixels First(int rows) => new(_pixels, _offsets.AsSpan(0, rows), _masks.AsSpan(0, rows * _words), Columns);

    private int Start(int image) => Gap + (image * (Columns + Gap));
}
