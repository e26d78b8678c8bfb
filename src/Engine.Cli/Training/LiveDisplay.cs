using System.Diagnostics;
using System.Globalization;
using Engine.Cli.Commands;
using Engine.Cli.Drawing;
using Engine.Data;
using Engine.Networks;
using Engine.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Engine.Cli.Training;

/// <summary>
/// A terminal's view: a table of epochs and a progress bar that are redrawn in place, then an accuracy curve.
/// </summary>
/// <remarks>Drawn from the training thread when a step's loss is known, ten times a second at most; no thread of its own disturbs the training.</remarks>
internal sealed class LiveDisplay(IAnsiConsole console) : ITrainingDisplay
{
    private const int LinesBesideTable = 9;

    /// <summary>The ^C of an interruption stands behind the bar: a line that it wraps would be drawn twice.</summary>
    private const int RoomForInterruption = 4;

    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);
    private readonly List<EpochReport> _epochs = [];
    private readonly Stopwatch _clock = new();
    private LiveDisplayContext? _context;
    private TimeSpan _lastDrawn = -RedrawInterval;
    private int _plannedEpochs;

    public void Start(Network network, ImageDataset training, ImageDataset test, TrainerOptions options, int epochs)
    {
        _plannedEpochs = epochs;
        foreach (string line in TrainingText.Heading(network, training, test, options))
        {
            console.WriteLine(line);
        }
    }

    public TrainingReport Run(Func<TrainingReport> train)
    {
        _clock.Start();
        TrainingReport? report = null;
        console.Live(new Text("")).Start(context =>
        {
            _context = context;
            if (_plannedEpochs > 0)
            {
                // The first step may take seconds.
                context.UpdateTarget(Bar(0, string.Create(CultureInfo.InvariantCulture, $" {0,3} %  epoch 1 of {_plannedEpochs}")));
            }
            report = train();
            context.UpdateTarget(_epochs.Count > 0 ? Epochs() : new Text(""));
        });
        return report!;
    }

    public void Step(StepReport report)
    {
        if (_clock.Elapsed - _lastDrawn >= RedrawInterval)
        {
            Draw(report);
        }
    }

    public void Epoch(EpochReport report)
    {
        _epochs.Add(report);
    }

    public void End(TrainingReport report, Evaluation? stopped, TrainSettings settings, IReadOnlyList<string> written)
    {
        if (report.Epochs.Count > 1)
        {
            AccuracyCurve.Write(console, report.Epochs);
        }
        foreach (string line in TrainingText.Outcome(report, stopped, settings, written))
        {
            console.WriteLine(line);
        }
        console.WriteLine();
        console.WriteLine("What to try next:");
        foreach (string line in TrainingText.NextSteps(report, settings, console.Profile.Width - 2))
        {
            console.MarkupLineInterpolated($"  [grey]{line}[/]");
        }
    }

    private void Draw(StepReport step)
    {
        _lastDrawn = _clock.Elapsed;
        IRenderable bar = ProgressLine(step);
        _context!.UpdateTarget(_epochs.Count > 0 ? new Rows(Epochs(), bar) : bar);
    }

    /// <summary>The last epochs, as many as the window has room for; where it is too narrow for a table, plain lines.</summary>
    private IRenderable Epochs()
    {
        EpochReport[] last = [.. _epochs.TakeLast(Math.Max(3, console.Profile.Height - LinesBesideTable))];
        Table table = EpochTable(last);
        return TerminalCanvas.Fits(console, table) ? table : new Rows(last.Select(epoch => new Text(ShortLine(epoch))));
    }

    private Table EpochTable(EpochReport[] epochs)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (string heading in new[] { "epoch", "loss", "train", "test loss", "test", "ms", "GFLOP/s, dense" })
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }
        double best = _epochs.Max(epoch => epoch.Validation?.Accuracy ?? 0);
        foreach (EpochReport epoch in epochs)
        {
            string test = epoch.Validation is { } validation ? TrainingText.Percent(validation.Accuracy) : "-";
            table.AddRow(
                Number(epoch.Epoch, "F0"),
                Number(epoch.Loss, "F4"),
                TrainingText.Percent(epoch.TrainAccuracy),
                epoch.Validation is { } v ? Number(v.Loss, "F4") : "-",
                epoch.Validation?.Accuracy == best ? $"[green]{test}[/]" : test,
                Number(epoch.TrainSeconds * 1000, "F0"),
                Number(epoch.GigaflopsPerSecond, "F0"));
        }
        return table;
    }

    private static string ShortLine(EpochReport epoch) => string.Create(
        CultureInfo.InvariantCulture, $"{epoch.Epoch}: loss {epoch.Loss:F4}{(epoch.Validation is { } validation ? $", test {TrainingText.Percent(validation.Accuracy)}" : "")}");

    private Markup ProgressLine(StepReport step)
    {
        double epochShare = (step.StepInEpoch + 1.0) / step.StepsPerEpoch;
        double share = (step.Epoch - 1 + epochShare) / _plannedEpochs;
        TimeSpan left = _clock.Elapsed * ((1 - share) / share);
        string text = string.Create(
            CultureInfo.InvariantCulture, $" {share * 100,3:F0} %  epoch {step.Epoch} of {_plannedEpochs}  loss {step.Loss:F4}  {FormatTime(left)} left");
        return Bar(share, text);
    }

    private Markup Bar(double share, string text)
    {
        int width = Math.Clamp(console.Profile.Width - text.Length - RoomForInterruption, 5, 50);
        int filled = (int)(share * width);
        (string full, string empty) = console.Profile.Capabilities.Unicode ? ("━", "━") : ("#", "-");
        return new Markup($"[green]{string.Concat(Enumerable.Repeat(full, filled))}[/][grey]{string.Concat(Enumerable.Repeat(empty, width - filled))}[/]{text.EscapeMarkup()}")
        {
            Overflow = Overflow.Crop,
        };
    }

    internal static string FormatTime(TimeSpan time)
    {
        string minutes = time.ToString(time.TotalHours >= 1 ? @"mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
        return time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{minutes}") : minutes;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
