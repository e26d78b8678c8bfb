using System.Globalization;
using Engine.Benchmarks.Measuring;
using Engine.Kernels;
using Engine.Training;
using Spectre.Console;

namespace Engine.Benchmarks.Cost;

/// <summary>Shows what an epoch costs, and of what parts it consists.</summary>
internal static class EpochTable
{
    /// <summary>Writes both tables, and a warning if the figures are not to be trusted.</summary>
    public static void Write(IAnsiConsole console, EpochCost cost)
    {
        console.Write(Costs(cost));
        console.Write(Parts(cost));
        WriteNoise(console, cost.Noise);
    }

    /// <summary>Says why figures are not to be trusted, if they are not.</summary>
    public static void WriteNoise(IAnsiConsole console, IReadOnlyList<string> reasons)
    {
        if (reasons.Count == 0)
        {
            console.WriteLine("The machine was quiet.");
            return;
        }
        console.MarkupLine("[red bold]THE MACHINE WAS NOISY: do not rely on these figures.[/]");
        foreach (string reason in reasons)
        {
            console.WriteLine("  " + reason);
        }
    }

    private static Table Costs(EpochCost cost)
    {
        Table table = NewTable("One epoch of 784-100-200-10 on MNIST: 60,000 images, minibatch 64, verified", cost);
        Row(table, cost, "median", thread => Quantity.Time(thread.Epoch.Median));
        Row(table, cost, "95 % interval of the median", thread => Range(Summary.Of(thread.Epoch.Seconds), s => s.Low, s => s.High));
        Row(table, cost, "least, greatest", thread => Range(Summary.Of(thread.Epoch.Seconds), s => s.Least, s => s.Greatest));
        Row(table, cost, "epochs measured", thread => Text(thread.Epoch.Seconds.Length));
        Row(table, cost, "samples/s", thread => Quantity.Number(SeedNetwork.TrainingImages / thread.Epoch.Median));
        Row(table, cost, "GFLOP/s, zero pixels left out", thread => Quantity.Number(thread.Epoch.Gigaflops));
        Row(table, cost, "GFLOP/s, as if dense", thread => Quantity.Number(cost.DenseFlops / thread.Epoch.Median / 1e9));
        Row(table, cost, "share of the FMA peak", thread => Percent(thread.Epoch.ShareOfPeak(cost.PeakGigaflops * thread.Threads)));
        Row(table, cost, "times as fast as on 1 thread", thread => thread.Epoch.TimesAsFastAs(cost.Threads[^1].Epoch).ToString("F2", CultureInfo.InvariantCulture));
        if (cost.SignalSeconds.Count > 0)
        {
            Row(table, cost, "signal from core to core", thread => thread.Threads == 1 ? "" : Quantity.Time(Summary.MedianOf(cost.SignalSeconds)));
        }
        Row(table, cost, "processor time", thread => Quantity.Time(thread.CpuSeconds));
        Row(table, cost, "allocated in its steps", thread => Text(thread.Epoch.AllocatedBytes ?? 0) + " B");
        Row(table, cost, "garbage collections, all epochs", thread => Text(thread.Collections));
        table.Caption = new TableTitle(string.Create(
            CultureInfo.InvariantCulture,
            $"mean loss {cost.MeanLoss:F6}, test accuracy {cost.TestAccuracy:P2} after it; FMA peak {cost.PeakGigaflops:F1} GFLOP/s a core, vectors of {Hardware.VectorBits} bits; peak memory {Quantity.Bytes(cost.PeakMemory)}"));
        return table;
    }

    private static Table Parts(EpochCost cost)
    {
        Table table = NewTable("Its parts, averaged over the threads", cost);
        foreach (string part in cost.Threads[0].Parts.Keys.Where(part => part != StepProfile.Waiting).Append(StepProfile.Waiting))
        {
            Row(table, cost, part, thread => Share(thread.Parts[part], thread.ProfiledSeconds));
        }
        Row(table, cost, "sum", thread => Share(thread.Parts.Values.Sum(), thread.ProfiledSeconds));
        return table;
    }

    private static Table NewTable(string title, EpochCost cost)
    {
        Table table = new Table().RoundedBorder();
        table.Title = new TableTitle(title);
        table.AddColumn("");
        foreach (ThreadCost thread in cost.Threads)
        {
            table.AddColumn(new TableColumn(Quantity.Threads(thread.Threads)).RightAligned());
        }
        return table;
    }

    private static void Row(Table table, EpochCost cost, string name, Func<ThreadCost, string> value) =>
        table.AddRow([name, .. cost.Threads.Select(value)]);

    private static string Range(Summary summary, Func<Summary, double> low, Func<Summary, double> high) => $"{Quantity.Time(low(summary))} to {Quantity.Time(high(summary))}";

    private static string Share(double seconds, double whole) => $"{Quantity.Time(seconds)}  {Percent(seconds / whole),6}";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:F1} %");

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
