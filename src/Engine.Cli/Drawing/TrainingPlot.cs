using System.Text;
using Engine.Formats;
using Engine.Training;
using ScottPlot;
using SkiaSharp;

namespace Engine.Cli.Drawing;

/// <summary>
/// Draws how a training went: accuracy and loss by epoch, side by side.
/// </summary>
internal static class TrainingPlot
{
    private const int Width = 1280;
    private const int Height = 560;
    private const int TitleHeight = 48;
    private const int Inset = 8;
    private const int MostMarkers = 60;
    private static readonly Color TrainColour = Color.FromHex("#1F77B4");
    private static readonly Color TestColour = Color.FromHex("#D95F02");
    private static readonly string[] FontFallback = ["Verdana", "sans-serif"];

    /// <summary>Saves the plot.</summary>
    /// <param name="path">A file name that ends in <c>.png</c> or <c>.svg</c>, in a folder that exists.</param>
    /// <param name="epochs">The epochs, one or more.</param>
    /// <param name="title">What stands above both panels.</param>
    /// <exception cref="ArgumentException">The file name ends otherwise, or there is no epoch.</exception>
    /// <exception cref="IOException">The folder is missing or the file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(string path, IReadOnlyList<EpochReport> epochs, string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(epochs);
        ArgumentNullException.ThrowIfNull(title);
        if (epochs.Count == 0)
        {
            throw new ArgumentException("Expected one epoch at least; found none.", nameof(epochs));
        }
        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".PNG":
                PngFile.Save(path, Width, Height, canvas => Draw(canvas, epochs, title));
                break;
            case ".SVG":
                SaveSvg(path, epochs, title);
                break;
            default:
                throw new ArgumentException($"{path}: expected a file name that ends in .png or .svg; found \"{Path.GetExtension(path)}\".", nameof(path));
        }
    }

    private static void SaveSvg(string path, IReadOnlyList<EpochReport> epochs, string title)
    {
        using var drawing = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(Width, Height), drawing))
        {
            canvas.Clear(SKColors.White);
            Draw(canvas, epochs, title);
        }
        // A viewer brings its own font: name others of the same width for where this one is missing.
        string svg = Encoding.UTF8.GetString(drawing.ToArray())
            .Replace($"font-family=\"{Lettering.Family}\"", $"font-family=\"{string.Join(", ", FontFallback.Prepend(Lettering.Family))}\"", StringComparison.Ordinal);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(svg)));
    }

    private static void Draw(SKCanvas canvas, IReadOnlyList<EpochReport> epochs, string title)
    {
        Lettering.RegisterForPlots();
        using SKFont font = Lettering.Font(22, bold: true);
        Lettering.Draw(canvas, title, Width / 2f, 34, Width - 40, font, SKColors.Black);

        using Plot accuracy = Panel(
            epochs, "Accuracy (%)", epoch => 100 * epoch.TrainAccuracy, epoch => 100 * epoch.Validation?.Accuracy,
            values => AxisScale.Around(values, maximumSteps: 8, smallestStep: 0.1, floor: 0, ceiling: 100));
        using Plot loss = Panel(
            epochs, "Loss", epoch => epoch.Loss, epoch => epoch.Validation?.Loss,
            values => AxisScale.Around(values, maximumSteps: 8, smallestStep: 1e-9, floor: 0));
        Render(accuracy, canvas, 0);
        Render(loss, canvas, Width / 2);
    }

    private static void Render(Plot plot, SKCanvas canvas, int left)
    {
        var area = new PixelRect(left + Inset, left + (Width / 2) - Inset, Height - Inset, TitleHeight);
        canvas.Save();
        canvas.ClipRect(area.ToSKRect()); // ScottPlot first clears all that it may draw on.
        plot.Render(canvas, area);
        canvas.Restore();
    }

    /// <summary>One panel: a quantity of training and, where there are any, test samples.</summary>
    private static Plot Panel(
        IReadOnlyList<EpochReport> epochs, string quantity, Func<EpochReport, double> train, Func<EpochReport, double?> test, Func<IEnumerable<double>, AxisScale> scaleOf)
    {
        var plot = new Plot();
        Coordinates[] trained = Points(epochs, epoch => train(epoch));
        Coordinates[] tested = Points(epochs, test);
        AddSeries(plot, trained, "training, during the epoch", TrainColour, MarkerShape.FilledCircle, lineWidth: 3.5f);
        if (epochs.Any(epoch => epoch.Validation is not null))
        {
            AddSeries(plot, tested, "test, after the epoch", TestColour, MarkerShape.OpenDiamond, lineWidth: 1.5f);
        }

        AxisScale scale = scaleOf(trained.Concat(tested).Select(point => point.Y));
        SetAxis(plot.Axes.Left, scale, scale.Low, scale.High);
        int first = epochs.Min(epoch => epoch.Epoch);
        int last = epochs.Max(epoch => epoch.Epoch);
        SetAxis(plot.Axes.Bottom, AxisScale.Around([first, last], maximumSteps: 10, smallestStep: 1), first, last);
        if (trained.Length + tested.Length == 0)
        {
            ScottPlot.Plottables.Text note = plot.Add.Text("no finite number to draw", (first + last) / 2.0, (scale.Low + scale.High) / 2);
            note.LabelFontSize = 16;
            note.LabelAlignment = Alignment.MiddleCenter;
        }

        plot.XLabel("Epoch", 16);
        plot.YLabel(quantity, 16);
        plot.ShowLegend(Edge.Bottom).Legend.Orientation = Orientation.Horizontal;
        plot.Legend.FontSize = 15;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Font.Set(Lettering.Family);
        return plot;
    }

    /// <summary>The points to draw: losses that are no finite numbers are left out.</summary>
    private static Coordinates[] Points(IReadOnlyList<EpochReport> epochs, Func<EpochReport, double?> value) =>
        [.. epochs.Where(epoch => double.IsFinite(value(epoch) ?? double.NaN)).Select(epoch => new Coordinates(epoch.Epoch, value(epoch)!.Value))];

    /// <summary>Adds a series; lines of different width stay visible where one lies on the other.</summary>
    private static void AddSeries(Plot plot, Coordinates[] points, string name, Color colour, MarkerShape marker, float lineWidth)
    {
        ScottPlot.Plottables.Scatter series = plot.Add.Scatter(points, colour);
        series.LegendText = name;
        series.LineWidth = lineWidth;
        series.MarkerShape = points.Length > MostMarkers ? MarkerShape.None : marker;
        series.MarkerSize = points.Length == 1 ? 12 : 7;
        series.MarkerLineWidth = 2;
    }

    /// <summary>Shows a range and its ticks, with room at both ends so that no marker is cut.</summary>
    private static void SetAxis(IAxis axis, AxisScale scale, double low, double high)
    {
        double tolerance = scale.Step / 1000;
        double[] ticks = [.. scale.Ticks.Where(tick => tick >= low - tolerance && tick <= high + tolerance)];
        axis.SetTicks(ticks, [.. ticks.Select(scale.Label)]);
        axis.TickLabelStyle.FontSize = 15;
        double margin = high > low ? (high - low) * 0.04 : 0.5;
        axis.Min = low - margin;
        axis.Max = high + margin;
    }
}
