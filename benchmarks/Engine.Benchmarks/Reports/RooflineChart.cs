using Engine.Benchmarks.History;
using ScottPlot;

namespace Engine.Benchmarks.Reports;

/// <summary>
/// The roofline: what a kernel reaches, over how much it computes for each byte that it has to move at least.
/// </summary>
/// <remarks>Both axes are logarithmic. Above a slanted line the bytes would have to come faster than they can from that cache or from memory; above the level one the additions.</remarks>
internal static class RooflineChart
{
    private const double LeastIntensity = 0.08;
    private const double GreatestIntensity = 250;

    /// <summary>Lines that are nearer to one another are drawn as one.</summary>
    private const double LeastDistance = 1.25;

    /// <summary>The angle of lines of slope 1 in the size that charts have, degrees.</summary>
    private const float LineAngle = -25;

    private static readonly (string Prefix, string Name)[] Groups =
    [
        ("gemm/Engine/layer", "products of 784-100-200-10"),
        ("gemm/Engine/wide", "products of 784-512-512-10"),
        ("gemm/Engine/square", "square products"),
        ("elementwise", "ReLU, sigmoid, tanh; 52 KB and 16 MB"),
    ];

    private static readonly MarkerShape[] Markers = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.OpenCircle, MarkerShape.FilledTriangleUp];

    public static void Fill(Plot plot, ChartStyle style, RecordedRun run)
    {
        double last = double.PositiveInfinity;
        foreach ((string from, double rate) in run.Bandwidths.OrderByDescending(pair => pair.Value))
        {
            if (rate > last / LeastDistance)
            {
                continue;
            }
            last = rate;
            double knee = run.PeakGigaflops / rate;
            Coordinates[] line = [Point(LeastIntensity, LeastIntensity * rate), Point(Math.Min(knee, GreatestIntensity), Math.Min(knee, GreatestIntensity) * rate)];
            Roof(plot, line, style);
            Chart.Note(plot, $"{from}, {rate:F0} GB/s", line[0].X, line[0].Y, style.Foreground, Alignment.LowerLeft, offsetX: 10, offsetY: -8, rotation: LineAngle);
        }
        double start = run.PeakGigaflops / run.Bandwidths.Values.Max();
        Roof(plot, [Point(start, run.PeakGigaflops), Point(GreatestIntensity, run.PeakGigaflops)], style);
        Chart.Note(plot, $"FMA peak, {run.PeakGigaflops:F0} GFLOP/s", Math.Log10(GreatestIntensity), Math.Log10(run.PeakGigaflops), style.Foreground, Alignment.LowerRight, offsetY: -4);
        for (int i = 0; i < Groups.Length; i++)
        {
            Coordinates[] points = [.. run.Measurements
                .Where(one => one.Name.StartsWith(Groups[i].Prefix, StringComparison.Ordinal) && one.Bytes > 0)
                .Select(one => Point(one.Flops / one.Bytes, one.Gigaflops))];
            if (points.Length > 0)
            {
                ScottPlot.Plottables.Scatter series = Chart.Line(plot, points, Groups[i].Name, style.Series[i], Markers[i]);
                series.LineWidth = 0;
                series.MarkerSize = 9;
                series.MarkerLineWidth = 2;
            }
        }
        Chart.SetTicks(plot.Axes.Bottom, new[] { 0.1, 1, 10, 100 }.Select(value => (Math.Log10(value), Chart.Short(value))));
        Chart.SetTicks(plot.Axes.Left, new[] { 0.1, 1, 10, 100 }.Select(value => (Math.Log10(value), Chart.Short(value))));
        plot.Axes.Bottom.Min = Math.Log10(LeastIntensity);
        plot.Axes.Bottom.Max = Math.Log10(GreatestIntensity);
        plot.Axes.Left.Min = Math.Log10(0.4);
        plot.Axes.Left.Max = Math.Log10(run.PeakGigaflops * 2.2);
        Chart.Label(plot, "Floating-point operations for each byte moved at least", "GFLOP/s, median");
        Chart.Legend(plot, style);
    }

    private static void Roof(Plot plot, Coordinates[] line, ChartStyle style)
    {
        ScottPlot.Plottables.Scatter roof = plot.Add.ScatterLine(line, style.Series[^1]);
        roof.LineWidth = 2;
    }

    private static Coordinates Point(double intensity, double gigaflops) => new(Math.Log10(intensity), Math.Log10(gigaflops));
}
