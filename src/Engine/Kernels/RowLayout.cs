using System.Diagnostics.CodeAnalysis;

namespace Engine.Kernels;

/// <summary>
/// How the engine lays out the rows of its matrices: each row starts on a 64-byte boundary, whatever the vector width,
/// and the floats between the last column and the next row are zero.
/// </summary>
public static class RowLayout
{
    /// <summary>Bytes in a cache line.</summary>
    public const int LineBytes = 64;

    /// <summary>Floats in a cache line: the unit to which columns are padded.</summary>
    public const int LineFloats = LineBytes / sizeof(float);

    /// <summary>The most columns that a row may have.</summary>
    public const int MaximumColumns = 1 << 30;

    /// <summary>The fewest rows that stay empty behind a matrix where another one follows that another thread works on, and the most.</summary>
    /// <remarks>
    /// Going from row to row, a core asks for lines some 16 rows ahead of itself, beyond the last row too. If another core writes there, both wait for these lines again and again.
    /// With no rows between, two threads take 1.04 of the time with dense inputs on Zen 5 where cores are far apart (140 rounds); near, or with zeros skipped, hardly more than with.
    /// </remarks>
    private const int FewestRowsApart = 24, MostRowsApart = 400;

    /// <summary>The columns that a kernel computes for a row: <paramref name="columns"/> rounded up to whole vectors, so that there is no tail. Dense products may do with fewer.</summary>
    /// <param name="columns">The columns in use, from 0 to <see cref="MaximumColumns"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="columns"/> is out of range.</exception>
    public static int PaddedColumns(int columns)
    {
        CheckColumns(columns);
        int lanes = VectorWidth.LanesFor(columns);
        return (columns + lanes - 1) / lanes * lanes;
    }

    /// <summary>The distance from one row to the next, in floats.</summary>
    /// <remarks>
    /// An odd number of cache lines. A power of two would put every row of a column panel into the same few sets of the
    /// first-level cache (a stride of 2,048 bytes leaves 2 sets of 64), so the panel would not stay there.
    /// </remarks>
    /// <param name="columns">The columns in use, from 0 to <see cref="MaximumColumns"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="columns"/> is out of range.</exception>
    public static int Stride(int columns)
    {
        CheckColumns(columns);
        return (Lines(columns) | 1) * LineFloats;
    }

    /// <summary>The rows that stay empty behind a matrix of so many where another one follows that another thread works on: half of them, within limits, as who goes through a large one takes large steps.</summary>
    /// <remarks>
    /// Behind the first W of 784-100-200-10, on two threads of Zen 5 that are far apart, with dense inputs: an update of the second W at once after the first takes 13.3 µs with a second W of its own, wherever that is; with the real one 16 to 18 with 24 rows between,
    /// 15 to 16 with 96, 13.2 with 200 and more. An epoch took 0.970 of the time with 96 rows instead of 24 (167 rounds), and 0.985 with 392 instead of 96 (119 rounds, 3 starts), zeros skipped 0.98 to 1.00 each. (That it is the steps is inferred.)
    /// </remarks>
    internal static int RowsApart(int rows) => Math.Clamp(rows / 2, FewestRowsApart, MostRowsApart);

    /// <summary>The floats of a matrix and of the rows behind it that stay empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit one array.</exception>
    internal static int LengthApart(int rows, int columns)
    {
        long length = ((long)rows + RowsApart(rows)) * Stride(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, AlignedBuffer.MaximumLength, nameof(rows));
        return (int)length;
    }

    /// <summary>The cache lines that some columns of a row take.</summary>
    internal static int Lines(int columns) => (columns + LineFloats - 1) / LineFloats;

    /// <summary>Zeros behind the columns in use of some rows: where what was computed there is not zero, or no number.</summary>
    internal static void ClearPadding(int rows, int columns, Span<float> matrix)
    {
        int stride = Stride(columns);
        for (int row = 0; row < rows; row++)
        {
            matrix[((row * stride) + columns)..((row + 1) * stride)].Clear();
        }
    }

    private static void CheckColumns(int columns)
    {
        if ((uint)columns > MaximumColumns)
        {
            Refuse(columns);
        }
    }

    /// <summary>Out of line, so that what checks is small enough to be inlined.</summary>
    [DoesNotReturn]
    private static void Refuse(int columns) =>
        throw new ArgumentOutOfRangeException(nameof(columns), columns, $"Expected from 0 to {MaximumColumns} columns.");
}
