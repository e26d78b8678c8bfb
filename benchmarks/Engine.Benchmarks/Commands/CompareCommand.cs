using System.CommandLine;
using System.Globalization;
using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using Engine.Cli;
using Spectre.Console;

namespace Engine.Benchmarks.Commands;

/// <summary><c>compare</c>: two recorded runs.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var before = new Argument<string>("A") { Description = "A recorded run: a file, or the start of its commit." };
        var after = new Argument<string>("B") { Description = "Another, usually later." };
        Option<double> threshold = Positive("--threshold", "PERCENT", "How much slower does not matter.", 3);
        Option<double> floor = Positive("--floor", "NS", "How many nanoseconds an operation do not matter.", Comparison.DefaultFloor * 1e9);
        var command = new Command("compare", "Compare two recorded runs by their samples; exit code 1 if one benchmark got slower or allocates more.") { before, after, threshold, floor };
        command.SetAction(result =>
        {
            string root = ResultStore.Root();
            RecordedRun a = ResultStore.Resolve(result.GetValue(before)!, root);
            RecordedRun b = ResultStore.Resolve(result.GetValue(after)!, root);
            return Write(AnsiConsole.Console, a, b, Comparison.Of(a, b, result.GetValue(threshold) / 100, result.GetValue(floor) / 1e9));
        });
        return command;
    }

    private static Option<double> Positive(string name, string helpName, string description, double defaultValue) => CommonOptions.Parsed(
        name, helpName, description, "a number above 0",
        (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value > 0 && double.IsFinite(value),
        () => defaultValue);

    private static int Write(IAnsiConsole console, RecordedRun before, RecordedRun after, IReadOnlyList<Change> changes)
    {
        if (changes.Count == 0)
        {
            throw new FormatException("Expected two runs with a benchmark in common; found none.");
        }
        Table table = new Table().RoundedBorder();
        table.AddColumn("benchmark");
        table.AddColumn(new TableColumn("A").RightAligned());
        table.AddColumn(new TableColumn("B").RightAligned());
        table.AddColumn(new TableColumn("B / A").RightAligned());
        table.AddColumn("");
        foreach (Change change in changes)
        {
            string verdict = change.Verdict switch
            {
                Verdict.Better => "[green]better[/]",
                Verdict.Worse => "[red bold]worse[/]",
                _ => "same",
            };
            string bytes = change.BytesVerdict == Verdict.Same ? "" : string.Create(CultureInfo.InvariantCulture, $", {change.Before.AllocatedBytes} B before, {change.After.AllocatedBytes} B now");
            table.AddRow(
                Markup.Escape(change.Name), Quantity.Time(change.Before.Median), Quantity.Time(change.After.Median),
                change.Ratio.ToString("F3", CultureInfo.InvariantCulture), verdict + bytes);
        }
        console.Write(table);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A: {Title(before)}"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"B: {Title(after)}"));
        if (before.Machine.Folder() != after.Machine.Folder())
        {
            console.WriteLine("The two runs are of different machines: the difference is not the code's alone.");
        }
        int worse = changes.Count(change => change.Verdict == Verdict.Worse);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"geometric mean of B / A: {Summary.GeometricMean(changes.Select(change => change.Ratio)):F3}; {changes.Count(change => change.Verdict == Verdict.Better)} better, {changes.Count(change => change.Verdict == Verdict.Same)} same, {worse} worse"));
        return worse > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static string Title(RecordedRun run) =>
        $"{run.Commit[..Math.Min(7, run.Commit.Length)]}{(run.Dirty ? " with changes" : "")} of {run.Date.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}, {run.Subject}{(run.IsQuiet ? "" : " (the machine was noisy)")}";
}
