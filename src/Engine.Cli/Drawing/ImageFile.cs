using Engine.Formats;
using SkiaSharp;

namespace Engine.Cli.Drawing;

/// <summary>
/// Reads a picture as grey bytes, the way a network for images wants it.
/// </summary>
internal static class ImageFile
{
    /// <summary>Larger pictures are refused: 32 million pixels, 128 megabytes while reading.</summary>
    private const long MaximumPixels = 1L << 25;

    /// <summary>As many bytes as that many pixels of four channels, 16 bits each, have unpacked.</summary>
    private const long MaximumBytes = 8 * MaximumPixels;

    private const int ChunkBytes = 1 << 16;

    /// <summary>Reads a PNG file of any size and colours; what is transparent lets black shine through.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Rows of the result, 1 or more.</param>
    /// <param name="columns">Columns of the result, 1 or more; the picture is stretched or shrunk to them.</param>
    /// <returns>0 for black to 255 for white, row after row.</returns>
    /// <exception cref="InvalidFileException">The file is no PNG image, damaged, or too large.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] Read(string path, int rows, int columns)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        using MemoryStream content = ReadContent(path);
        bool empty = content.Length == 0; // Without an image in it, SKCodec closes the stream.
        using SKCodec? codec = SKCodec.Create(content, out SKCodecResult opened);
        if (codec is null)
        {
            throw new InvalidFileException(path, "a PNG image", empty ? "an empty file" : Describe(opened));
        }
        if (codec.EncodedFormat != SKEncodedImageFormat.Png)
        {
            throw new InvalidFileException(path, "a PNG image", $"an image of the kind {codec.EncodedFormat}");
        }
        if ((long)codec.Info.Width * codec.Info.Height > MaximumPixels)
        {
            throw new InvalidFileException(path, $"an image of at most {MaximumPixels} pixels", $"{codec.Info.Width} x {codec.Info.Height}");
        }

        // No colour space: the bytes as they stand, not corrected for a screen.
        using var bitmap = new SKBitmap(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null));
        SKCodecResult result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new InvalidFileException(path, "a sound PNG image", Describe(result));
        }
        return new GreyImage(ToGrey(bitmap.GetPixelSpan()), bitmap.Height, bitmap.Width).Resize(rows, columns).Pixels;
    }

    /// <summary>The bytes of a file. From memory, since an exception from a stream must not pass through native code.</summary>
    private static MemoryStream ReadContent(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        var content = new MemoryStream();
        byte[] chunk = new byte[ChunkBytes];
        for (int read = stream.Read(chunk); read > 0; read = stream.Read(chunk))
        {
            content.Write(chunk, 0, read);
            if (content.Length > MaximumBytes)
            {
                throw new InvalidFileException(path, $"a PNG image of at most {MaximumBytes} bytes", "a longer file");
            }
        }
        content.Position = 0;
        return content;
    }

    /// <summary>Luma of ITU-R BT.601, over black. Equal red, green and blue give that same grey.</summary>
    private static byte[] ToGrey(ReadOnlySpan<byte> rgba)
    {
        var grey = new byte[rgba.Length / 4];
        for (int i = 0; i < grey.Length; i++)
        {
            ReadOnlySpan<byte> pixel = rgba.Slice(4 * i, 4);
            int luma = (299 * pixel[0]) + (587 * pixel[1]) + (114 * pixel[2]);
            grey[i] = (byte)(((luma * pixel[3]) + 127_500) / 255_000);
        }
        return grey;
    }

    private static string Describe(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "a file that was cut short",
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => "damaged data",
        SKCodecResult.Unimplemented => "another kind of file",
        _ => $"data that cannot be decoded ({result})",
    };
}
