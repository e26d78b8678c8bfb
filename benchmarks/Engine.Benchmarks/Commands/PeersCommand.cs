using System.CommandLine;
using Engine.Benchmarks.Cost;
using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Peers;
using Engine.Cli;
using Spectre.Console;

namespace Engine.Benchmarks.Commands;

/// <summary><c>peers</c>: the same work on other software.</summary>
internal static class PeersCommand
{
    public static Command Create()
    {
        Option<int> rounds = CommonOptions.Number("--rounds", "Rounds, in each of which every contender runs once on all cores and once on one.", 10, 1, 1000);
        Option<int> epochs = CommonOptions.Number("--epochs", "Epochs of a run; the first is left out.", 5, 2, 1000);
        var command = new Command("peers", "The same work on other software, in turns: NumPy, C++ on OpenBLAS, TorchSharp, ONNX Runtime, TensorPrimitives.") { rounds, epochs };
        command.SetAction(async (result, _) =>
        {
            string root = ResultStore.Root();
            PeerComparison comparison = await Progress.ShowAsync("rounds", report => PeerRounds.Measure(root, result.GetValue(rounds), result.GetValue(epochs), report));
            Write(AnsiConsole.Console, comparison);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(IAnsiConsole console, PeerComparison comparison)
    {
        Table epochs = Table($"One epoch of 784-100-200-10 on MNIST; losses agree; {comparison.Epochs[0].Seconds.Length} rounds in turns", "contender", "threads", "median", "least", "greatest", "times the engine's");
        foreach (PeerSeries series in comparison.Epochs)
        {
            Summary summary = Summary.Of(series.Seconds);
            string ratio = series.Name == PeerComparison.EngineName ? "1" : Ratio(comparison.Ratios(series));
            epochs.AddRow(series.Name, $"{series.Threads}", Quantity.Time(summary.Median), Quantity.Time(summary.Least), Quantity.Time(summary.Greatest), ratio);
        }
        console.Write(epochs);
        Table pairs = Table("Other work, results agree", "work", "peer", "threads", "engine", "peer", "times the engine's");
        foreach (PeerPair pair in comparison.Pairs)
        {
            pairs.AddRow(
                pair.Work, pair.Name, $"{pair.Threads}", Quantity.Time(Summary.MedianOf(pair.EngineSeconds)), Quantity.Time(Summary.MedianOf(pair.PeerSeconds)), Ratio(pair.Ratios()));
        }
        console.Write(pairs);
        foreach (string version in comparison.Epochs.Select(series => $"{series.Name}: {series.Version}").Concat(comparison.Pairs.Select(pair => $"{pair.Name}: {pair.Version}")).Distinct())
        {
            console.WriteLine(version);
        }
        console.WriteLine("Ratios: the median of the rounds, and their range; above 1 the engine is faster.");
        foreach (MissingPeer missing in comparison.Missing)
        {
            console.WriteLine($"without {missing.Name}: {missing.Reason}. To have it: {missing.Installation}");
        }
        EpochTable.WriteNoise(console, comparison.Noise);
    }

    private static string Ratio(double[] ratios)
    {
        Summary summary = Summary.Of(ratios);
        return $"{Quantity.Number(summary.Median)}  ({Quantity.Number(summary.Least)} to {Quantity.Number(summary.Greatest)})";
    }

    private static Table Table(string title, params string[] columns)
    {
        Table table = new Table().RoundedBorder();
        table.Title = new TableTitle(title);
        foreach ((string column, int i) in columns.Select((column, i) => (column, i)))
        {
            table.AddColumn(i < 2 && column != "threads" ? new TableColumn(column) : new TableColumn(column).RightAligned());
        }
        return table;
    }
}
