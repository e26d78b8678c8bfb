using SkiaSharp;
using Spectre.Console;

namespace Engine.Cli.Drawing;

/// <summary>
/// Shows images side by side with captions, as a picture file or in the terminal.
/// </summary>
internal static class Gallery
{
    private const int Margin = 24;
    private const int Gap = 16;
    private const int Frame = 3;
    private const int ImageSide = 140;
    private const int MaximumScale = 40;
    private const int MinimumColumnWidth = 84;
    private const int MaximumTextWidth = 220;
    private const int LineHeight = 20;
    private const int TitleHeight = 44;
    private const int TerminalGap = 2;
    private const int TerminalTextWidth = 28;
    private static readonly SKColor WrongColour = new(0xC6, 0x28, 0x28);
    private static readonly SKColor DetailColour = new(0x55, 0x55, 0x55);
    private static readonly Style WrongStyle = new(Color.Red);

    /// <summary>Saves the images, enlarged, as a PNG file.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="items">The images, one or more.</param>
    /// <param name="title">What stands above them; nothing if empty.</param>
    /// <param name="columns">Images in a row, 1 or more.</param>
    /// <exception cref="ArgumentException">There is no image, its pixels do not make one of its size, or the picture would be too large.</exception>
    /// <exception cref="IOException">The folder is missing or the file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(string path, IReadOnlyList<GalleryItem> items, string title, int columns)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        GreyImage[] images = Images(items);
        columns = Math.Min(columns, items.Count);
        int rows = ((items.Count - 1) / columns) + 1;

        using SKFont titleFont = Lettering.Font(20, bold: true);
        using SKFont captionFont = Lettering.Font(15, bold: true);
        using SKFont detailFont = Lettering.Font(13);
        float text = items.Max(item => Math.Max(captionFont.MeasureText(item.Caption), detailFont.MeasureText(item.Detail ?? "")));
        int imageHeight = images.Max(image => image.Rows * Scale(image)) + (2 * Frame);
        int imageWidth = images.Max(image => image.Columns * Scale(image)) + (2 * Frame);
        long width = Math.Max(imageWidth, Math.Clamp((int)Math.Ceiling(text), MinimumColumnWidth, MaximumTextWidth)) + Gap;
        long height = imageHeight + Gap + 4 + (LineHeight * (items.Any(item => item.Detail is not null) ? 2 : 1));
        int top = title.Length == 0 ? Margin : Margin + TitleHeight;
        long pageWidth = Math.Max(columns * width, Math.Min((long)titleFont.MeasureText(title) + 1, 640)) + (2 * Margin);
        long pageHeight = top + (rows * height) + Margin;
        if (!PngFile.Fits(pageWidth, pageHeight))
        {
            throw new ArgumentException($"{path}: a picture of {pageWidth} x {pageHeight} pixels is too large; show fewer images.", nameof(items));
        }

        PngFile.Save(path, (int)pageWidth, (int)pageHeight, canvas =>
        {
            Lettering.Draw(canvas, title, pageWidth / 2f, Margin + 20, pageWidth - (2 * Margin), titleFont, SKColors.Black);
            float left = (pageWidth - (columns * width)) / 2f;
            for (int i = 0; i < items.Count; i++)
            {
                float centre = (float)Math.Round(left + ((i % columns) * width) + (width / 2f));
                float bottom = top + (i / columns * height) + imageHeight;
                DrawImage(canvas, images[i], centre, bottom - Frame, items[i].Wrong);
                SKColor colour = items[i].Wrong ? WrongColour : SKColors.Black;
                Lettering.Draw(canvas, items[i].Caption, centre, bottom + LineHeight - 2, width - 8, captionFont, colour);
                Lettering.Draw(canvas, items[i].Detail ?? "", centre, bottom + (2 * LineHeight) - 2, width - 8, detailFont, items[i].Wrong ? WrongColour : DetailColour);
            }
        });
    }

    /// <summary>Writes the images to a terminal, as many side by side as it has room for.</summary>
    /// <remarks>
    /// With colours a character shows two pixels, one above the other, in their greys; without, a character whose ink is as
    /// dense as the two are bright. An image that is wider than the terminal is shrunk.
    /// </remarks>
    /// <param name="console">The terminal.</param>
    /// <param name="items">The images, one or more.</param>
    /// <param name="title">A line above them, if there is one.</param>
    /// <exception cref="ArgumentException">There is no image, or its pixels do not make one of its size.</exception>
    public static void Write(IAnsiConsole console, IReadOnlyList<GalleryItem> items, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(console);
        bool colours = TerminalCanvas.HasColours(console);
        int available = Math.Max(1, console.Profile.Width);
        GreyImage[] images = [.. Images(items).Select(image => image.FitColumns(available))];
        string[][] lines = [.. items.Select(item => Lines(item, colours))];
        int text = Math.Min(TerminalTextWidth, lines.SelectMany(line => line).Max(TerminalCanvas.Width));
        int width = Math.Min(available, Math.Max(text, images.Max(image => image.Columns)));
        int columns = Math.Max(1, (available + TerminalGap) / (width + TerminalGap));

        if (title is { Length: > 0 })
        {
            var heading = new TerminalCanvas(available, 2);
            heading.Put(0, 0, title, available, new Style(decoration: Decoration.Bold));
            console.Write(heading);
        }
        for (int first = 0; first < items.Count; first += columns)
        {
            int end = Math.Min(first + columns, items.Count);
            int imageHeight = images[first..end].Max(image => (image.Rows + 1) / 2);
            var canvas = new TerminalCanvas(available, imageHeight + lines[first..end].Max(line => line.Length) + 1);
            for (int i = first; i < end; i++)
            {
                int left = (i - first) * (width + TerminalGap);
                canvas.Draw(left + ((width - images[i].Columns) / 2), imageHeight - ((images[i].Rows + 1) / 2), images[i], colours);
                for (int line = 0; line < lines[i].Length; line++)
                {
                    int indent = Math.Max(0, (width - TerminalCanvas.Width(lines[i][line])) / 2);
                    canvas.Put(left + indent, imageHeight + line, lines[i][line], width - indent, items[i].Wrong ? WrongStyle : Style.Plain);
                }
            }
            console.Write(canvas);
        }
    }

    /// <summary>The lines below an image; where no colour says that the network is wrong, a word does.</summary>
    private static string[] Lines(GalleryItem item, bool colours)
    {
        string caption = item.Wrong && !colours ? $"{item.Caption} (wrong)" : item.Caption;
        return item.Detail is { } detail ? [caption, detail] : [caption];
    }

    private static GreyImage[] Images(IReadOnlyList<GalleryItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items.Count > 0 ? [.. items.Select(item => item.Image())] : throw new ArgumentException("Expected one image at least; found none.", nameof(items));
    }

    /// <summary>The side of a pixel's square in a picture.</summary>
    private static int Scale(GreyImage image) => Math.Clamp(ImageSide / Math.Max(image.Rows, image.Columns), 1, MaximumScale);

    /// <summary>Draws an enlarged image, each pixel a square; a wrong one in a frame.</summary>
    private static void DrawImage(SKCanvas canvas, GreyImage image, float centre, float bottom, bool wrong)
    {
        using SKImage pixels = SKImage.FromPixelCopy(new SKImageInfo(image.Columns, image.Rows, SKColorType.Gray8, SKAlphaType.Opaque), image.Pixels, image.Columns);
        int scale = Scale(image);
        float left = (float)Math.Round(centre - (image.Columns * scale / 2f));
        SKRect area = SKRect.Create(left, bottom - (image.Rows * scale), image.Columns * scale, image.Rows * scale);
        SKRect frame = area;
        frame.Inflate(wrong ? Frame : 1, wrong ? Frame : 1);
        using var paint = new SKPaint { Color = wrong ? WrongColour : SKColors.LightGray };
        canvas.DrawRect(frame, paint);
        canvas.DrawImage(pixels, area, new SKSamplingOptions(SKFilterMode.Nearest));
    }
}
