using System.Globalization;
using SkiaSharp;
using Spectre.Console;

namespace Engine.Cli.Drawing;

/// <summary>
/// Shows an image as the numbers it is made of: each pixel's grey with its value, 0 to 255, written on it.
/// </summary>
internal static class PixelGrid
{
    private const int Margin = 20;
    private const int TitleHeight = 40;
    private const int PictureSide = 900;
    private const int SmallestCell = 30;
    private const int LargestCell = 96;
    private const int LargestSide = 8000;
    private const int SmallestFont = 6;
    private const int TerminalCell = 4;

    /// <summary>From this grey upwards the number is black, else white.</summary>
    private const byte Light = 128;

    private static readonly SKColor LineColour = new(0x60, 0x60, 0x60);

    /// <summary>Saves the grid as a PNG file.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="pixels">Grey bytes, row after row.</param>
    /// <param name="rows">Rows of pixels.</param>
    /// <param name="columns">Columns of pixels.</param>
    /// <param name="title">What stands above the grid; nothing if empty.</param>
    /// <exception cref="ArgumentException">The pixels do not make an image of this size, or it is too large.</exception>
    /// <exception cref="IOException">The folder is missing or the file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(string path, byte[] pixels, int rows, int columns, string title = "")
    {
        ArgumentNullException.ThrowIfNull(title);
        var image = new GreyImage(pixels, rows, columns);
        int cell = CellSize(rows, columns);
        using SKFont titleFont = Lettering.Font(20, bold: true);
        int width = Math.Max(columns * cell, Math.Min((int)titleFont.MeasureText(title) + 1, 640)) + (2 * Margin);
        int top = title.Length == 0 ? Margin : Margin + TitleHeight;
        int left = (width - (columns * cell)) / 2;
        PngFile.Save(path, width, top + (rows * cell) + Margin, canvas =>
        {
            Lettering.Draw(canvas, title, width / 2f, Margin + 20, width - (2 * Margin), titleFont, SKColors.Black);
            DrawCells(canvas, image, left, top, cell);
        });
    }

    /// <summary>The side of a pixel's square in a picture.</summary>
    public static int CellSize(int rows, int columns)
    {
        int side = Math.Max(rows, columns);
        return Math.Max(1, Math.Min(Math.Clamp(PictureSide / side, SmallestCell, LargestCell), LargestSide / side));
    }

    /// <summary>Writes the grid to a terminal: numbers on their grey where it has colours, else plain numbers.</summary>
    /// <remarks>
    /// Where it is too wide for the terminal, the rows and columns at the edges that are all 0 are left out; if that is not
    /// enough, the columns come in several parts, one below the other. A file or a pipe has any width.
    /// </remarks>
    /// <param name="console">The terminal.</param>
    /// <param name="pixels">Grey bytes, row after row.</param>
    /// <param name="rows">Rows of pixels.</param>
    /// <param name="columns">Columns of pixels.</param>
    /// <param name="title">A line above the grid, if there is one.</param>
    /// <exception cref="ArgumentException">The pixels do not make an image of this size.</exception>
    public static void Write(IAnsiConsole console, byte[] pixels, int rows, int columns, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(console);
        var image = new GreyImage(pixels, rows, columns);
        int room = console.Profile.Out.IsTerminal ? Math.Max(1, console.Profile.Width / TerminalCell) : columns;
        if (title is { Length: > 0 })
        {
            WriteLine(console, title, new Style(decoration: Decoration.Bold));
        }
        (int top, int left) = (0, 0);
        if (room < columns)
        {
            image = CropZeros(image, out top, out left);
            if (image.Rows < rows || image.Columns < columns)
            {
                WriteLine(console, $"Rows {top}-{top + image.Rows - 1}, columns {left}-{left + image.Columns - 1}; the rest is 0.");
            }
        }
        for (int first = 0; first < image.Columns; first += room)
        {
            int count = Math.Min(room, image.Columns - first);
            if (room < image.Columns)
            {
                WriteLine(console, $"Columns {left + first}-{left + first + count - 1}:");
            }
            WriteCells(console, image.Crop(0, first, image.Rows, count));
        }
    }

    private static void DrawCells(SKCanvas canvas, GreyImage image, int left, int top, int cell)
    {
        using SKFont font = Lettering.Font(cell * 0.42f);
        using var paint = new SKPaint();
        for (int row = 0; row < image.Rows; row++)
        {
            for (int column = 0; column < image.Columns; column++)
            {
                byte grey = image[row, column];
                SKRect square = SKRect.Create(left + (column * cell), top + (row * cell), cell, cell);
                paint.Color = cell >= SmallestCell ? LineColour : new SKColor(grey, grey, grey);
                canvas.DrawRect(square, paint);
                if (cell >= SmallestCell)
                {
                    square.Right--;
                    square.Bottom--;
                    paint.Color = new SKColor(grey, grey, grey);
                    canvas.DrawRect(square, paint);
                }
                if (font.Size >= SmallestFont)
                {
                    string number = grey.ToString(CultureInfo.InvariantCulture);
                    Lettering.Draw(canvas, number, square.MidX, square.MidY + (font.Size * 0.36f), cell, font, grey >= Light ? SKColors.Black : SKColors.White);
                }
            }
        }
    }

    private static void WriteCells(IAnsiConsole console, GreyImage image)
    {
        bool colours = TerminalCanvas.HasColours(console);
        var canvas = new TerminalCanvas(image.Columns * TerminalCell, image.Rows);
        for (int row = 0; row < image.Rows; row++)
        {
            for (int column = 0; column < image.Columns; column++)
            {
                byte grey = image[row, column];
                var style = new Style(TerminalCanvas.Grey(grey >= Light ? (byte)0 : (byte)255), TerminalCanvas.Grey(grey));
                canvas.Put(column * TerminalCell, row, grey.ToString(CultureInfo.InvariantCulture).PadLeft(TerminalCell), TerminalCell, colours ? style : Style.Plain);
            }
        }
        console.Write(canvas);
    }

    private static void WriteLine(IAnsiConsole console, string text, Style? style = null)
    {
        var line = new TerminalCanvas(console.Profile.Width, 1);
        line.Put(0, 0, text, console.Profile.Width, style);
        console.Write(line);
    }

    /// <summary>The image without the rows and columns at its edges that are all 0; as it is if all of it is 0.</summary>
    private static GreyImage CropZeros(GreyImage image, out int top, out int left)
    {
        int[] rows = [.. Enumerable.Range(0, image.Rows).Where(row => Enumerable.Range(0, image.Columns).Any(column => image[row, column] != 0))];
        int[] columns = [.. Enumerable.Range(0, image.Columns).Where(column => Enumerable.Range(0, image.Rows).Any(row => image[row, column] != 0))];
        (top, left) = rows.Length == 0 ? (0, 0) : (rows[0], columns[0]);
        return rows.Length == 0 ? image : image.Crop(top, left, rows[^1] - top + 1, columns[^1] - left + 1);
    }
}
