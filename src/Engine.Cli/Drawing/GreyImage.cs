namespace Engine.Cli.Drawing;

/// <summary>
/// An image of grey pixels, 0 for black to 255 for white, row after row.
/// </summary>
internal sealed class GreyImage
{
    /// <summary>Wraps pixels, without a copy.</summary>
    /// <exception cref="ArgumentException">The pixels do not make an image of this size.</exception>
    public GreyImage(byte[] pixels, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (pixels.LongLength != (long)rows * columns)
        {
            throw new ArgumentException($"Expected {rows} x {columns} pixels, {(long)rows * columns} bytes; found {pixels.Length}.", nameof(pixels));
        }
        Pixels = pixels;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The pixels.</summary>
    public byte[] Pixels { get; }

    /// <summary>Rows, 1 or more.</summary>
    public int Rows { get; }

    /// <summary>Columns, 1 or more.</summary>
    public int Columns { get; }

    /// <summary>One pixel.</summary>
    public byte this[int row, int column] => Pixels[(row * Columns) + column];

    /// <summary>The image in another size: each new pixel is the mean of the area that it covers.</summary>
    public GreyImage Resize(int rows, int columns)
    {
        if (rows == Rows && columns == Columns)
        {
            return this;
        }
        var pixels = new byte[checked(rows * columns)];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double top = (double)row * Rows / rows;
                double left = (double)column * Columns / columns;
                pixels[(row * columns) + column] = Mean(top, (row + 1.0) * Rows / rows, left, (column + 1.0) * Columns / columns);
            }
        }
        return new GreyImage(pixels, rows, columns);
    }

    /// <summary>The image made smaller, in its proportions, so that it has at most this many columns.</summary>
    public GreyImage FitColumns(int columns) =>
        Columns <= columns ? this : Resize(Math.Max(1, (int)Math.Round((double)Rows * columns / Columns)), columns);

    /// <summary>A part of the image.</summary>
    public GreyImage Crop(int top, int left, int rows, int columns)
    {
        var pixels = new byte[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            Pixels.AsSpan(((top + row) * Columns) + left, columns).CopyTo(pixels.AsSpan(row * columns));
        }
        return new GreyImage(pixels, rows, columns);
    }

    /// <summary>The mean of an area; pixels at its edge count as far as they lie inside.</summary>
    private byte Mean(double top, double bottom, double left, double right)
    {
        double sum = 0;
        double area = 0;
        for (int row = (int)top; row < Math.Min(bottom, Rows); row++)
        {
            double height = Math.Min(row + 1, bottom) - Math.Max(row, top);
            for (int column = (int)left; column < Math.Min(right, Columns); column++)
            {
                double part = height * (Math.Min(column + 1, right) - Math.Max(column, left));
                sum += part * this[row, column];
                area += part;
            }
        }
        return (byte)Math.Round(sum / area);
    }
}
