using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Engine.Cli.Drawing;
using ScottPlot;
using SkiaSharp;

namespace Engine.Benchmarks.Reports;

/// <summary>A chart: how all of them look, and how they are saved, once for light and once for dark pages.</summary>
internal static partial class Chart
{
    private const int Width = 880;
    private const int Height = 460;
    private const float LetterSize = 15;

    /// <summary>Room for half of the last tick's label.</summary>
    private const float RightMargin = 28;

    /// <summary>Draws a chart in both styles.</summary>
    /// <param name="folder">Where the files go.</param>
    /// <param name="name">Their name without style and ending.</param>
    /// <param name="title">What stands above.</param>
    /// <param name="fill">Adds the data.</param>
    public static void Save(string folder, string name, string title, Action<Plot, ChartStyle> fill)
    {
        Lettering.RegisterForPlots();
        foreach (ChartStyle style in new[] { ChartStyle.Light, ChartStyle.Dark })
        {
            using var plot = new Plot();
            Apply(plot, style);
            plot.Title(title, LetterSize + 2);
            fill(plot, style);
            plot.Font.Set(Lettering.Family);
            File.WriteAllText(Path.Combine(folder, $"{name}-{style.Name}.svg"), Svg(plot, style));
        }
    }

    /// <summary>An axis with ticks at given places.</summary>
    public static void SetTicks(IAxis axis, IEnumerable<(double Position, string Label)> ticks)
    {
        (double Position, string Label)[] all = [.. ticks];
        axis.SetTicks([.. all.Select(tick => tick.Position)], [.. all.Select(tick => tick.Label)]);
        axis.TickLabelStyle.FontSize = LetterSize - 1;
    }

    /// <summary>An axis from zero up to a little more than the greatest value.</summary>
    public static void SetFromZero(IAxis axis, double greatest, int steps = 6)
    {
        AxisScale scale = AxisScale.Around([0, greatest * 1.08], steps, 1e-9, floor: 0);
        SetTicks(axis, scale.Ticks.Select(tick => (tick, scale.Label(tick))));
        axis.Min = 0;
        axis.Max = scale.High;
    }

    /// <summary>The names of both axes.</summary>
    public static void Label(Plot plot, string x, string y)
    {
        plot.XLabel(x, LetterSize);
        plot.YLabel(y, LetterSize);
    }

    /// <summary>A line with markers.</summary>
    public static ScottPlot.Plottables.Scatter Line(Plot plot, IEnumerable<Coordinates> points, string name, Color colour, MarkerShape marker = MarkerShape.FilledCircle)
    {
        ScottPlot.Plottables.Scatter line = plot.Add.Scatter(points.ToArray(), colour);
        line.LegendText = name;
        line.LineWidth = 2.5f;
        line.MarkerShape = marker;
        line.MarkerSize = 8;
        return line;
    }

    /// <summary>A legend below the chart, in one row.</summary>
    public static void Legend(Plot plot, ChartStyle style)
    {
        plot.ShowLegend(Edge.Bottom).Legend.Orientation = Orientation.Horizontal;
        plot.Legend.FontSize = LetterSize - 1;
        plot.Legend.FontColor = style.Foreground;
        plot.Legend.BackgroundColor = style.Background;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
    }

    /// <summary>A word beside a point.</summary>
    public static void Note(Plot plot, string text, double x, double y, Color colour, Alignment alignment, float size = LetterSize - 2, float offsetX = 0, float offsetY = 0, float rotation = 0)
    {
        ScottPlot.Plottables.Text note = plot.Add.Text(text, x, y);
        note.LabelFontSize = size;
        note.LabelFontColor = colour;
        note.LabelAlignment = alignment;
        note.OffsetX = offsetX;
        note.OffsetY = offsetY;
        note.LabelRotation = rotation;
    }

    /// <summary>A number as short as it can be.</summary>
    public static string Short(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static void Apply(Plot plot, ChartStyle style)
    {
        plot.FigureBackground.Color = style.Background;
        plot.DataBackground.Color = style.Background;
        plot.Axes.Color(style.Foreground);
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Right.MinimumSize = RightMargin;
        plot.Grid.MajorLineColor = style.Grid;
        foreach (IAxis axis in new IAxis[] { plot.Axes.Left, plot.Axes.Bottom })
        {
            axis.TickLabelStyle.FontSize = LetterSize - 1;
        }
    }

    private static string Svg(Plot plot, ChartStyle style)
    {
        using var drawing = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(Width, Height), drawing))
        {
            canvas.Clear(new SKColor(style.Background.ARGB));
            plot.Render(canvas, new PixelRect(0, Width, Height, 0));
        }

        // A viewer brings its own font: name others of the same width for where this one is missing.
        string svg = Encoding.UTF8.GetString(drawing.ToArray())
            .Replace($"font-family=\"{Lettering.Family}\"", $"font-family=\"{Lettering.Family}, Verdana, sans-serif\"", StringComparison.Ordinal)
            .ReplaceLineEndings("\n").TrimEnd() + "\n";
        return Renumbered(svg);
    }

    /// <summary>The drawing with its identifiers numbered as they appear: Skia counts on through all drawings of a process, but the same data shall give the same file.</summary>
    private static string Renumbered(string svg)
    {
        var numbers = new Dictionary<string, int>();
        return Identifier().Replace(svg, match =>
        {
            numbers.TryAdd(match.Value, numbers.Count);
            return string.Create(CultureInfo.InvariantCulture, $"cl_{numbers[match.Value]}");
        });
    }

    [GeneratedRegex(@"\bcl_[0-9a-f]+\b")]
    private static partial Regex Identifier();
}
