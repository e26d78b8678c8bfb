using System.Globalization;
using Engine.Cli.Drawing;
using Engine.Cli.Training;
using Engine.Networks;
using Engine.Training;
using Spectre.Console;

namespace Engine.Cli.Commands;

/// <summary>What <c>evaluate</c> says in words and tables.</summary>
internal static class EvaluationText
{
    /// <summary>The most classes whose confusion matrix fits a screen; --json has every one.</summary>
    private const int LargestMatrix = 16;

    /// <summary>Writes accuracy, loss, confusion matrix, precision and recall.</summary>
    public static void Write(IAnsiConsole console, Network network, ClassificationReport report)
    {
        console.WriteLine(network.Description.ToString());
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Test accuracy {TrainingText.Percent(report.Accuracy)} ({report.Hits} of {report.Count}), loss {report.MeanLoss:F4}."));
        console.WriteLine();
        if (report.Classes <= LargestMatrix)
        {
            Write(console, "Rows: the label. Columns: what the network said.", ConfusionTable(report), Classes(report).Select(actual => ConfusionLine(report, actual)));
        }
        Write(console, "", ClassTable(report), Classes(report).Select(c => ClassLine(report, c)));
    }

    /// <summary>Writes a table, or the same in plain lines where the window is too narrow for it.</summary>
    private static void Write(IAnsiConsole console, string heading, Table table, IEnumerable<string> lines)
    {
        if (TerminalCanvas.Fits(console, table))
        {
            if (heading.Length > 0)
            {
                console.WriteLine(heading);
            }
            console.Write(table);
            return;
        }
        foreach (string line in lines)
        {
            console.WriteLine(line);
        }
        console.WriteLine();
    }

    private static IEnumerable<int> Classes(ClassificationReport report) => Enumerable.Range(0, report.Classes);

    private static string ConfusionLine(ClassificationReport report, int actual) =>
        $"label {actual}: {string.Join(", ", Classes(report).Where(predicted => report.Confusion(actual, predicted) > 0).Select(predicted => $"{report.Confusion(actual, predicted)} as {predicted}"))}";

    private static string ClassLine(ClassificationReport report, int c) =>
        $"class {c}: images {report.Support(c)}, precision {Share(report.Precision(c))}, recall {Share(report.Recall(c))}";

    private static Table ConfusionTable(ClassificationReport report)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(RightAligned(""));
        foreach (int predicted in Classes(report))
        {
            table.AddColumn(RightAligned($"{predicted}"));
        }
        foreach (int actual in Classes(report))
        {
            IEnumerable<string> cells = Classes(report).Select(predicted => Cell(report.Confusion(actual, predicted), actual == predicted));
            table.AddRow([$"[bold]{actual}[/]", .. cells]);
        }
        return table;
    }

    private static Table ClassTable(ClassificationReport report)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string heading in new[] { "class", "images", "precision", "recall" })
        {
            table.AddColumn(RightAligned(heading));
        }
        foreach (int c in Classes(report))
        {
            table.AddRow(
                $"[bold]{c}[/]", report.Support(c).ToString(CultureInfo.InvariantCulture), Share(report.Precision(c)), Share(report.Recall(c)));
        }
        return table;
    }

    private static TableColumn RightAligned(string heading) => new TableColumn(heading).RightAligned().NoWrap();

    private static string Cell(int count, bool hit)
    {
        string text = count.ToString(CultureInfo.InvariantCulture);
        return hit ? $"[green]{text}[/]" : count == 0 ? "[grey]·[/]" : text;
    }

    private static string Share(double share) => double.IsNaN(share) ? "-" : TrainingText.Percent(share);
}
