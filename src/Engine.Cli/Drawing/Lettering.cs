using System.Text;
using ScottPlot;
using SkiaSharp;

namespace Engine.Cli.Drawing;

/// <summary>
/// The font of all pictures. It comes with the program, so that pictures look the same on a machine without any fonts.
/// </summary>
internal static class Lettering
{
    /// <summary>The font's name.</summary>
    public const string Family = "DejaVu Sans";

    private const string Resource = "DejaVuSans.ttf";
    private static readonly PlotFont Resolver = new();

    /// <summary>The font.</summary>
    public static SKTypeface Typeface { get; } = Load();

    /// <summary>Makes the font known to ScottPlot, by its name.</summary>
    public static void RegisterForPlots()
    {
        lock (Resolver)
        {
            if (!Fonts.FontResolvers.Contains(Resolver))
            {
                Fonts.FontResolvers.Insert(0, Resolver);
            }
        }
    }

    /// <summary>The font in a size, in pixels.</summary>
    public static SKFont Font(float size, bool bold = false) => new(Typeface, size) { Edging = SKFontEdging.Antialias, Subpixel = true, Embolden = bold };

    /// <summary>Draws one line of text around its middle, cut with an ellipsis where it is too wide.</summary>
    /// <param name="canvas">Where to draw.</param>
    /// <param name="text">The text.</param>
    /// <param name="centre">The horizontal middle.</param>
    /// <param name="baseline">The line that the letters stand on.</param>
    /// <param name="width">The widest that the text may become.</param>
    /// <param name="font">The font.</param>
    /// <param name="colour">The colour of the letters.</param>
    public static void Draw(SKCanvas canvas, string text, float centre, float baseline, float width, SKFont font, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(Fit(text, width, font), centre, baseline, SKTextAlign.Center, font, paint);
    }

    /// <summary>The text, without control characters, cut with an ellipsis if it is wider than <paramref name="width"/>.</summary>
    public static string Fit(string text, float width, SKFont font)
    {
        Rune[] runes = [.. text.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? new Rune(' ') : rune)];
        string fitting = string.Concat(runes);
        for (int length = runes.Length - 1; length > 0 && font.MeasureText(fitting) > width; length--)
        {
            fitting = string.Concat(runes.Take(length)).TrimEnd() + "…";
        }
        return fitting;
    }

    private static SKTypeface Load()
    {
        using Stream stream = typeof(Lettering).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The program was built without its font {Resource}.");
        return SKTypeface.FromStream(stream) ?? throw new InvalidOperationException($"The font {Resource} cannot be read.");
    }

    /// <summary>Answers ScottPlot's question for a font.</summary>
    private sealed class PlotFont : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => fontName == Family ? Typeface : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Family ? Typeface : null;
    }
}
