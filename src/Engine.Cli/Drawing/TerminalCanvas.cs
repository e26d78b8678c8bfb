using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Engine.Cli.Drawing;

/// <summary>
/// A rectangle of characters to draw on in any order, then to write to a terminal as it is: nothing is wrapped.
/// </summary>
internal sealed class TerminalCanvas : IRenderable
{
    private const char HalfBlock = '▀';
    private const int MostColumns = 10_000;
    private const string Shades = " .:-=+*#%@";
    private readonly (string Text, Style Style)[,] _cells;

    /// <summary>An empty canvas.</summary>
    public TerminalCanvas(int width, int height)
    {
        _cells = new (string, Style)[height, width];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                _cells[y, x] = (" ", Style.Plain);
            }
        }
    }

    /// <summary>Whether a terminal shows greys and block characters; a file or a pipe does not.</summary>
    public static bool HasColours(IAnsiConsole console) =>
        console.Profile.Capabilities is { Ansi: true, Unicode: true, ColorSystem: ColorSystem.Standard or ColorSystem.EightBit or ColorSystem.TrueColor };

    /// <summary>Whether a terminal is as wide as something would like to be.</summary>
    public static bool Fits(IAnsiConsole console, IRenderable renderable) =>
        renderable.Measure(RenderOptions.Create(console, console.Profile.Capabilities), MostColumns).Max <= console.Profile.Width;

    /// <summary>The cells that a text takes.</summary>
    public static int Width(string text) => Clean(text).Sum(Width);

    /// <summary>A grey as a colour.</summary>
    public static Color Grey(byte grey) => new(grey, grey, grey);

    /// <summary>Writes a text into one line, cut with a tilde where it has no room.</summary>
    /// <param name="x">The first cell, from the left.</param>
    /// <param name="y">The line, from above.</param>
    /// <param name="text">The text.</param>
    /// <param name="room">The most cells that it may take.</param>
    /// <param name="style">Its colours; the terminal's own unless given.</param>
    public void Put(int x, int y, string text, int room, Style? style = null)
    {
        int end = Math.Min(x + room, _cells.GetLength(1));
        bool cut = Width(text) > end - x;
        foreach (Rune rune in Clean(text))
        {
            int width = Width(rune);
            if (x + width > end - (cut ? 1 : 0))
            {
                break;
            }
            if (width > 0)
            {
                _cells[y, x] = (rune.ToString(), style ?? Style.Plain);
                for (int next = x + 1; next < x + width; next++)
                {
                    _cells[y, next] = ("", style ?? Style.Plain);
                }
                x += width;
            }
        }
        if (cut && x < end)
        {
            _cells[y, x] = ("~", style ?? Style.Plain);
        }
    }

    /// <summary>Draws an image, two pixels a character, one above the other.</summary>
    /// <param name="left">The first cell, from the left.</param>
    /// <param name="top">The first line, from above.</param>
    /// <param name="image">The image.</param>
    /// <param name="colours">Whether to show greys as colours, or else as characters of more or less ink.</param>
    public void Draw(int left, int top, GreyImage image, bool colours)
    {
        for (int row = 0; row < image.Rows; row += 2)
        {
            for (int column = 0; column < image.Columns; column++)
            {
                byte upper = image[row, column];
                byte? lower = row + 1 < image.Rows ? image[row + 1, column] : null;
                int shade = (upper + (lower ?? 0)) * Shades.Length / 511;
                _cells[top + (row / 2), left + column] = colours
                    ? (HalfBlock.ToString(), new Style(Grey(upper), lower is { } grey ? Grey(grey) : Color.Default))
                    : (Shades[shade].ToString(), Style.Plain);
            }
        }
    }

    /// <inheritdoc/>
    public Measurement Measure(RenderOptions options, int maxWidth) => new(_cells.GetLength(1), _cells.GetLength(1));

    /// <summary>The lines, without the blanks at their ends; cells of one style in one piece.</summary>
    /// <inheritdoc/>
    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var text = new StringBuilder();
        for (int y = 0; y < _cells.GetLength(0); y++)
        {
            int end = _cells.GetLength(1);
            while (end > 0 && _cells[y, end - 1] is { Text: " " } blank && blank.Style.Equals(Style.Plain))
            {
                end--;
            }
            for (int x = 0; x < end; x++)
            {
                text.Append(_cells[y, x].Text);
                if (x + 1 == end || !_cells[y, x + 1].Style.Equals(_cells[y, x].Style))
                {
                    yield return new Segment(text.ToString(), _cells[y, x].Style);
                    text.Clear();
                }
            }
            yield return Segment.LineBreak;
        }
    }

    private static int Width(Rune rune) => new Segment(rune.ToString()).CellCount();

    private static IEnumerable<Rune> Clean(string text) => text.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? new Rune(' ') : rune);
}
