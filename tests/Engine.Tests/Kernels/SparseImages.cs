using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>Random images for the sparse products, and what they are as floats.</summary>
internal sealed class SparseImages
{
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Pixels of an image.</param>
    /// <param name="density">The share of pixels that are not zero.</param>
    public SparseImages(int rows, int columns, double density)
    {
        var random = new SplitMix64((ulong)((columns * 100) + (density * 10)));
        Blocks = new PixelBlocks(rows, columns);
        Values = new float[rows * columns];
        Pixels = new byte[rows * columns];
        Masks = new ulong[rows * NonZeroMask.Words(columns)];
        byte[] image = new byte[columns];
        for (int row = 0; row < rows; row++)
        {
            // What was in the row before must not show.
            Array.Fill(image, (byte)199);
            Blocks.Fill(row, image);
            foreach (ref byte pixel in image.AsSpan())
            {
                pixel = (byte)(random.NextDouble() < density ? 1 + random.NextInt(255) : 0);
            }
            Blocks.Fill(row, image);
            image.CopyTo(Pixels, row * columns);
            NonZeroMask.Of(image, Masks.AsSpan(row * NonZeroMask.Words(columns), NonZeroMask.Words(columns)));
            for (int column = 0; column < columns; column++)
            {
                Values[(row * columns) + column] = image[column] / 255f;
            }
        }
    }

    /// <summary>The images.</summary>
    public PixelBlocks Blocks { get; }

    /// <summary>The same, one after another without gaps.</summary>
    public byte[] Pixels { get; }

    /// <summary>Which of them are not zero, row after row.</summary>
    public ulong[] Masks { get; }

    /// <summary>The same matrix as floats, without gaps.</summary>
    public float[] Values { get; }
}
