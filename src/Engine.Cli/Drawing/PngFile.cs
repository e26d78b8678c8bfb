using Engine.Formats;
using SkiaSharp;

namespace Engine.Cli.Drawing;

/// <summary>
/// Draws on a white page and saves it as PNG.
/// </summary>
internal static class PngFile
{
    /// <summary>Pages with more pixels are refused: 128 million, half a gigabyte while drawing.</summary>
    private const long MaximumPixels = 1L << 27;

    /// <summary>Whether a page of this size can be drawn.</summary>
    public static bool Fits(long width, long height) => width * height <= MaximumPixels;

    /// <summary>Saves what <paramref name="draw"/> draws.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="width">The page's width in pixels.</param>
    /// <param name="height">The page's height in pixels.</param>
    /// <param name="draw">Draws on the white page.</param>
    /// <exception cref="ArgumentException">The page is too large.</exception>
    /// <exception cref="IOException">The folder is missing or the file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(string path, int width, int height, Action<SKCanvas> draw)
    {
        if (!Fits(width, height))
        {
            throw new ArgumentException($"{path}: expected a picture of at most {MaximumPixels} pixels; found {width} x {height}.", nameof(width));
        }
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            draw(canvas);
        }
        // Into memory first: an exception from a stream must not pass through native code.
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100) ?? throw new IOException($"{path}: the picture could not be encoded.");
        AtomicFile.Write(path, stream => stream.Write(data.AsSpan()));
    }
}
