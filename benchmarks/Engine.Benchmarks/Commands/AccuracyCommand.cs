using System.CommandLine;
using Engine.Benchmarks.Cost;
using Engine.Benchmarks.Measuring;
using Engine.Cli;
using Spectre.Console;

namespace Engine.Benchmarks.Commands;

/// <summary><c>accuracy</c>: how long training takes to reach a test accuracy.</summary>
internal static class AccuracyCommand
{
    public static Command Create()
    {
        Option<string?> log = CommonOptions.Name("--log", "FILE.jsonl", "Write one JSON object a line for each event.");
        var command = new Command("accuracy", "How long training takes to 97 % and 97.5 % on the test set, files and evaluation included.") { log };
        command.SetAction(result =>
        {
            string? path = result.GetValue(log);
            OutputFile.Check(path);
            using TextWriter writer = path is null ? TextWriter.Null : new StreamWriter(path) { AutoFlush = true };
            Write(AnsiConsole.Console, Progress.Show("runs", report => TimeToAccuracy.Measure(writer, report)));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(IAnsiConsole console, IReadOnlyList<AccuracyRun> runs)
    {
        Table table = new Table().RoundedBorder();
        table.Title = new TableTitle("Seconds from before the files are touched to the evaluation that reaches the target");
        table.AddColumn("seed");
        foreach (double target in TimeToAccuracy.Targets)
        {
            table.AddColumn(new TableColumn($"{target:P1}").RightAligned());
        }
        foreach (ulong seed in TimeToAccuracy.Seeds)
        {
            table.AddRow([$"{seed}", .. TimeToAccuracy.Targets.Select(target => Cell(runs.First(run => run.Seed == seed && run.Target == target)))]);
        }
        table.AddRow(["mean without fastest and slowest", .. TimeToAccuracy.Targets.Select(target => TimeToAccuracy.Score(runs, target) is { } score ? Quantity.Time(score) : "not reached")]);
        console.Write(table);
    }

    private static string Cell(AccuracyRun run) => run.Seconds is { } seconds ? $"{Quantity.Time(seconds)}, {run.Epochs} epochs" : $"not reached in {run.Epochs} epochs";
}
