using System.Globalization;
using Engine.Benchmarks.Cost;
using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Peers;
using Engine.Training;
using ScottPlot;

namespace Engine.Benchmarks.Reports;

/// <summary>The charts of one machine's recorded runs.</summary>
internal static class Charts
{
    /// <summary>The charts and what each shows, in the order of the report.</summary>
    public static readonly (string Name, string Title)[] All =
    [
        ("history", "Cost of an epoch by commit"),
        ("parts", "Where the time of an epoch goes"),
        ("peers", "One epoch on other software"),
        ("gemm", "Square matrix products on one core, by size"),
        ("roofline", "Kernels on one core below the machine's limits"),
        ("threads", "Scaling by threads"),
        ("minibatch", "Scaling by minibatch, all threads"),
    ];

    private static readonly string[] Contenders = ["Engine", "OpenBLAS"];

    /// <summary>Draws all charts for which there is data.</summary>
    /// <param name="runs">A machine's runs, oldest first; one at least.</param>
    /// <param name="folder">Where the files go.</param>
    /// <returns>The names of the charts.</returns>
    public static IReadOnlyList<string> Save(IReadOnlyList<RecordedRun> runs, string folder)
    {
        RecordedRun latest = ReportText.Headline(runs);
        var drawn = new List<string>();
        foreach ((string name, string title) in All)
        {
            Action<Plot, ChartStyle>? fill = name switch
            {
                "history" => (plot, style) => HistoryChart(plot, style, runs),
                "parts" => (plot, style) => PartsChart(plot, style, latest),
                "peers" => ReportText.LatestPeers(runs) is { } peers ? (plot, style) => PeersChart(plot, style, peers) : null,
                "gemm" => (plot, style) => GemmChart(plot, style, latest),
                "roofline" => (plot, style) => RooflineChart.Fill(plot, style, latest),
                "threads" => (plot, style) => ThreadsChart(plot, style, latest),
                _ => (plot, style) => MinibatchChart(plot, style, latest),
            };
            if (fill is not null)
            {
                Chart.Save(folder, name, title, fill);
                drawn.Add(name);
            }
        }
        return drawn;
    }

    private static void HistoryChart(Plot plot, ChartStyle style, IReadOnlyList<RecordedRun> runs)
    {
        double greatest = 0;
        int[] counts = [.. runs.SelectMany(run => run.Parts.Keys).Distinct().OrderDescending()];
        foreach ((int threads, int i) in counts.Select((threads, i) => (threads, i)))
        {
            var points = new List<Coordinates>();
            for (int x = 0; x < runs.Count; x++)
            {
                if (runs[x].Find(ReportText.EpochName(threads)) is { } epoch)
                {
                    Summary summary = Summary.Of(epoch.Seconds);
                    points.Add(new Coordinates(x, summary.Median * 1e3));
                    ScottPlot.Plottables.LinePlot interval = plot.Add.Line(x, summary.Low * 1e3, x, summary.High * 1e3);
                    interval.Color = style.Series[i];
                    interval.LineWidth = 6;
                    greatest = Math.Max(greatest, summary.High * 1e3);
                }
            }
            Chart.Line(plot, points, Quantity.Threads(threads), style.Series[i], i == 0 ? MarkerShape.FilledCircle : MarkerShape.FilledSquare);
        }
        Chart.SetFromZero(plot.Axes.Left, greatest);
        int every = Math.Max(1, (runs.Count + 9) / 10);
        Chart.SetTicks(plot.Axes.Bottom, runs.Select((run, x) => ((double)x, ReportText.Short(run))).Where((_, x) => x % every == 0));
        plot.Axes.Bottom.Min = -0.5;
        plot.Axes.Bottom.Max = runs.Count - 0.5;
        Chart.Label(plot, "Commit, oldest first", "Epoch (ms), median and its 95 % interval");
        Chart.Legend(plot, style);
    }

    private static void PartsChart(Plot plot, ChartStyle style, RecordedRun run)
    {
        int[] counts = [.. run.Parts.Keys.Order()];
        string[] parts = [.. run.Parts[counts[0]].Keys.Where(part => part != StepProfile.Waiting), StepProfile.Waiting];
        double greatest = 0;
        foreach ((int threads, int y) in counts.Select((threads, y) => (threads, y)))
        {
            double left = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                double width = run.Parts[threads][parts[i]] * 1e3;
                plot.Add.Bar(new Bar { Position = y, ValueBase = left, Value = left + width, FillColor = style.Series[i], LineWidth = 0, Orientation = Orientation.Horizontal, Size = 0.6 });
                left += width;
            }
            greatest = Math.Max(greatest, left);
        }
        Chart.SetFromZero(plot.Axes.Bottom, greatest, steps: 8);
        Chart.SetTicks(plot.Axes.Left, counts.Select((threads, y) => ((double)y, Quantity.Threads(threads))));
        plot.Axes.Left.Min = -0.6;
        plot.Axes.Left.Max = counts.Length - 0.4;
        Chart.Label(plot, "Milliseconds of an epoch, averaged over the threads", "");
        Chart.Legend(plot, style);
        plot.Legend.ManualItems = [.. parts.Select((part, i) => new LegendItem { LabelText = part, FillColor = style.Series[i], LineWidth = 0, MarkerSize = 0 })];
    }

    private static void PeersChart(Plot plot, ChartStyle style, PeerComparison peers)
    {
        PeerSeries[] series = [.. peers.Epochs.OrderByDescending(one => Summary.MedianOf(one.Seconds))];
        double greatest = 0;
        for (int y = 0; y < series.Length; y++)
        {
            Summary summary = Summary.Of(series[y].Seconds);
            Color colour = style.Series[series[y].Name == PeerComparison.EngineName ? 0 : ^1];
            plot.Add.Bar(new Bar { Position = y, Value = summary.Median * 1e3, FillColor = colour, LineWidth = 0, Orientation = Orientation.Horizontal, Size = 0.65 });
            Chart.Note(plot, " " + Quantity.Time(summary.Median), summary.Median * 1e3, y, style.Foreground, Alignment.MiddleLeft, offsetX: 3);
            greatest = Math.Max(greatest, summary.Median * 1e3);
        }
        Chart.SetFromZero(plot.Axes.Bottom, greatest * 1.1, steps: 8);
        Chart.SetTicks(plot.Axes.Left, series.Select((one, y) => ((double)y, $"{one.Name}, {Quantity.Threads(one.Threads)}")));
        plot.Axes.Left.Min = -0.7;
        plot.Axes.Left.Max = series.Length - 0.3;
        Chart.Label(plot, "Milliseconds of an epoch, median of the rounds", "");
    }

    private static void GemmChart(Plot plot, ChartStyle style, RecordedRun run)
    {
        foreach ((string who, int i) in Contenders.Select((who, i) => (who, i)))
        {
            IEnumerable<Coordinates> points = KernelSweep.Squares
                .Select(edge => (edge, run.Find(KernelSweep.SquareName(who, edge))))
                .Where(pair => pair.Item2 is not null)
                .Select(pair => new Coordinates(Math.Log2(pair.edge), pair.Item2!.Gigaflops));
            if (points.Any())
            {
                Chart.Line(plot, points, who, style.Series[i], i == 0 ? MarkerShape.FilledCircle : MarkerShape.FilledSquare);
            }
        }
        ScottPlot.Plottables.HorizontalLine peak = plot.Add.HorizontalLine(run.PeakGigaflops, 2, style.Series[^1], LinePattern.Dashed);
        peak.LegendText = "FMA peak";
        Chart.SetFromZero(plot.Axes.Left, run.PeakGigaflops);
        Chart.SetTicks(plot.Axes.Bottom, KernelSweep.Squares.Select(edge => (Math.Log2(edge), edge.ToString(CultureInfo.InvariantCulture))));
        plot.Axes.Bottom.Min = Math.Log2(KernelSweep.Squares[0]) - 0.2;
        plot.Axes.Bottom.Max = Math.Log2(KernelSweep.Squares[^1]) + 0.2;
        Chart.Label(plot, "m = n = k", "GFLOP/s, median");
        Chart.Legend(plot, style);
    }

    private static void ThreadsChart(Plot plot, ChartStyle style, RecordedRun run)
    {
        (int Threads, double Rate)[] points = [.. run.Parts.Keys.Order().Select(threads => (threads, SeedNetwork.TrainingImages / run.Find(ReportText.EpochName(threads))!.Median / 1e3))];
        Chart.Line(plot, points.Select(point => new Coordinates(point.Threads, point.Threads * points[0].Rate / points[0].Threads)), "in proportion to the threads", style.Series[^1], MarkerShape.None).LinePattern = LinePattern.Dashed;
        Chart.Line(plot, points.Select(point => new Coordinates(point.Threads, point.Rate)), "measured", style.Series[0]);
        Chart.SetFromZero(plot.Axes.Left, points[^1].Threads * points[0].Rate);
        Chart.SetTicks(plot.Axes.Bottom, points.Select(point => ((double)point.Threads, point.Threads.ToString(CultureInfo.InvariantCulture))));
        plot.Axes.Bottom.Min = 0.7;
        plot.Axes.Bottom.Max = points[^1].Threads + 0.3;
        Chart.Label(plot, "Threads", "Thousand images a second");
        Chart.Legend(plot, style);
    }

    private static void MinibatchChart(Plot plot, ChartStyle style, RecordedRun run)
    {
        int threads = run.Parts.Keys.Max();
        (int Size, double Rate)[] points = [.. EpochSweep.BatchSizes
            .Select(size => (size, run.Find(EpochSweep.BatchName(size, threads))))
            .Where(pair => pair.Item2 is not null)
            .Select(pair => (pair.size, SeedNetwork.TrainingImages / pair.Item2!.Median / 1e3))];
        Chart.Line(plot, points.Select(point => new Coordinates(Math.Log2(point.Size), point.Rate)), "", style.Series[0]);
        Chart.SetFromZero(plot.Axes.Left, points.Max(point => point.Rate));
        Chart.SetTicks(plot.Axes.Bottom, points.Select(point => (Math.Log2(point.Size), point.Size.ToString(CultureInfo.InvariantCulture))));
        Chart.Label(plot, "Images in a minibatch", "Thousand images a second");
    }
}
