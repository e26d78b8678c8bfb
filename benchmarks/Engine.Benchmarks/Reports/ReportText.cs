using System.Globalization;
using System.Text;
using Engine.Benchmarks.Cost;
using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Peers;
using Engine.Training;

namespace Engine.Benchmarks.Reports;

/// <summary>The tables of the two READMEs, from recorded runs alone: the same runs give the same text.</summary>
internal static class ReportText
{
    /// <summary>The name of the epochs on some threads.</summary>
    public static string EpochName(int threads) => $"epoch/784-100-200-10/{Quantity.Threads(threads)}";

    /// <summary>A commit as charts and tables name it.</summary>
    public static string Short(RecordedRun run) => run.Commit[..Math.Min(7, run.Commit.Length)] + (run.Dirty ? "*" : "");

    /// <summary>The run that stands for a machine: its latest quiet one without local changes, or else its latest without, or else its latest.</summary>
    public static RecordedRun Headline(IReadOnlyList<RecordedRun> runs) =>
        runs.LastOrDefault(run => !run.Dirty && run.IsQuiet) ?? runs.LastOrDefault(run => !run.Dirty) ?? runs[^1];

    /// <summary>The comparison with other software of the run that stands for a machine, or else the latest, or null.</summary>
    public static PeerComparison? LatestPeers(IReadOnlyList<RecordedRun> runs) => Headline(runs).Peers ?? runs.LastOrDefault(run => run.Peers is not null)?.Peers;

    /// <summary>The runs of each machine, the machine with the latest run first.</summary>
    public static IReadOnlyList<IReadOnlyList<RecordedRun>> ByMachine(IEnumerable<RecordedRun> runs) =>
        [.. runs.GroupBy(run => run.Machine.Folder(), StringComparer.Ordinal).Select(group => group.OrderBy(run => run.Date).ToArray()).OrderByDescending(group => group[^1].Date)];

    /// <summary>The main README's part: the headline of the machine with the latest run.</summary>
    public static string Speed(IReadOnlyList<IReadOnlyList<RecordedRun>> machines)
    {
        IReadOnlyList<RecordedRun> runs = machines[0];
        RecordedRun run = Headline(runs);
        var text = new StringBuilder();
        text.Append(Line($"Commit {Short(run)}; {Where(run)}. One epoch, 60,000 images in minibatches of 64, zero pixels skipped, every epoch verified by its weights' checksum:"));
        text.Append('\n').Append(NoiseLine(run));
        text.Append('\n').Append(EpochTable(run));
        if (LatestPeers(runs) is { } peers)
        {
            text.Append('\n').Append(Line($"The same work on other software, in {peers.Epochs[0].Seconds.Length} rounds in turns; ratios are medians of the rounds, with their range:"));
            text.Append('\n').Append(PeerTable(peers)).Append('\n').Append(Versions(peers));
            text.Append('\n').Append(Picture(run, "peers", "benchmarks/results"));
        }
        return text.ToString();
    }

    /// <summary>The benchmarks' README's part: all tables and charts of every machine.</summary>
    public static string Results(IReadOnlyList<IReadOnlyList<RecordedRun>> machines)
    {
        var text = new StringBuilder();
        foreach (IReadOnlyList<RecordedRun> runs in machines)
        {
            RecordedRun run = Headline(runs);
            text.Append(Line($"### {run.Machine.Processor}, {run.Machine.Model}, {run.Machine.Cores} cores")).Append('\n');
            text.Append(Line($"Commit {Short(run)} of {run.Date.UtcDateTime:yyyy-MM-dd}; {Where(run)}. Caches: {run.Machine.Caches}. FMA peak {run.PeakGigaflops:F1} GFLOP/s a core.{Signal(run)}"));
            text.Append('\n').Append(NoiseLine(run));
            text.Append('\n').Append(EpochTable(run));
            text.Append('\n').Append(Picture(run, "parts", "results")).Append('\n').Append(PartsTable(run));
            text.Append('\n').Append(AccuracyTable(run));
            if (LatestPeers(runs) is { } peers)
            {
                text.Append('\n').Append(Picture(run, "peers", "results")).Append('\n').Append(PeerTable(peers)).Append('\n').Append(Versions(peers)).Append('\n').Append(PairTable(peers)).Append('\n').Append(MissingPeers(peers));
            }
            text.Append('\n').Append(Picture(run, "gemm", "results")).Append('\n').Append(GemmTable(run));
            foreach (string chart in new[] { "roofline", "threads", "minibatch", "history" })
            {
                text.Append('\n').Append(Picture(run, chart, "results"));
            }
            text.Append('\n').Append(OtherTable(run)).Append('\n');
        }
        return text.ToString();
    }

    private static string Where(RecordedRun run) =>
        Text($"{run.Machine.Processor} ({run.Machine.Model}), {run.Machine.Cores} cores, {run.Machine.System}, {run.Machine.Runtime}, vectors of {run.Machine.VectorBits} bits");

    private static string Signal(RecordedRun run) =>
        run.SignalSeconds is not { Length: > 0 } signals ? "" : $" A signal from core to core: {Quantity.Time(Summary.MedianOf(signals))}, {Quantity.Time(signals.Min())} to {Quantity.Time(signals.Max())}.";

    private static string NoiseLine(RecordedRun run)
    {
        string state = run.Noise.Count > 0 ? $"The machine was noisy, so take the figures with care: {string.Join("; ", run.Noise)}."
            : run.IsQuiet ? "The machine was quiet."
            : "The machine was quiet while epochs were measured, but not later.";
        return state + Disturbed(run.Measurements) + "\n";
    }

    /// <summary>A sentence, after another one, on what something disturbed; none if there is nothing.</summary>
    private static string Disturbed(IEnumerable<Measurement> measurements)
    {
        IReadOnlyList<Measurement> disturbed = Noise.Disturbed(measurements);
        return disturbed.Count == 0 ? "" : Text($" Disturbed, with medians more than {Noise.MostAboveLeast:P0} above the least sample: {string.Join("; ", disturbed.Select(one => one.Name))}.");
    }

    private static string EpochTable(RecordedRun run)
    {
        int[] counts = [.. run.Parts.Keys.OrderDescending()];
        Measurement[] epochs = [.. counts.Select(threads => run.Find(EpochName(threads))!)];
        Summary[] summaries = [.. epochs.Select(epoch => Summary.Of(epoch.Seconds))];
        return Table(
            ["", .. counts.Select(Quantity.Threads)],
            [
                ["epoch, median", .. summaries.Select(s => $"**{Quantity.Time(s.Median)}**")],
                ["95 % interval of the median", .. summaries.Select(s => $"{Quantity.Time(s.Low)} to {Quantity.Time(s.High)}")],
                ["least, greatest", .. summaries.Select(s => $"{Quantity.Time(s.Least)}, {Quantity.Time(s.Greatest)}")],
                ["images/s", .. summaries.Select(s => Quantity.Number(SeedNetwork.TrainingImages / s.Median))],
                ["GFLOP/s, zero pixels left out", .. epochs.Select(e => Quantity.Number(e.Gigaflops))],
                ["share of the FMA peak", .. epochs.Select((e, i) => Text($"{100 * e.ShareOfPeak(run.PeakGigaflops * counts[i]):F0} %"))],
                ["times as fast as on 1 thread", .. epochs.Select(e => Text($"{e.TimesAsFastAs(epochs[^1]):F2}"))],
                ["bytes allocated in its steps", .. epochs.Select(e => Text($"{e.AllocatedBytes}"))],
            ]);
    }

    private static string PartsTable(RecordedRun run)
    {
        int[] counts = [.. run.Parts.Keys.OrderDescending()];
        string[] parts = [.. run.Parts[counts[0]].Keys.Where(part => part != StepProfile.Waiting), StepProfile.Waiting];
        return Table(
            ["part of an epoch", .. counts.Select(Quantity.Threads)],
            parts.Select(part => (string[])[part, .. counts.Select(threads => Text($"{Quantity.Time(run.Parts[threads][part])}, {100 * run.Parts[threads][part] / run.Parts[threads].Values.Sum():F1} %"))]));
    }

    private static string AccuracyTable(RecordedRun run)
    {
        if (run.TimesToAccuracy is not { Count: > 0 } runs)
        {
            return "";
        }
        double[] targets = [.. runs.Select(one => one.Target).Distinct().Order()];
        IEnumerable<string[]> rows = runs.Select(one => one.Seed).Distinct().Select(seed => (string[])
        [
            Text($"seed {seed}"),
            .. targets.Select(target => runs.First(one => one.Seed == seed && one.Target == target)).Select(one => one.Seconds is { } seconds ? $"{Quantity.Time(seconds)}, {one.Epochs} epochs" : "not reached"),
        ]);
        string[] mean = ["mean without fastest and slowest", .. targets.Select(target => TimeToAccuracy.Score(runs, target) is { } score ? $"**{Quantity.Time(score)}**" : "not reached")];
        return Table(["time to test accuracy, files and evaluation included", .. targets.Select(target => Text($"{target * 100:0.#} %"))], rows.Append(mean));
    }

    private static string PeerTable(PeerComparison peers) => Table(
        ["contender", "threads", "epoch, median", "least", "times as long as the engine"],
        peers.Epochs.Select(one => (string[])
        [
            one.Name, Text($"{one.Threads}"), Quantity.Time(Summary.MedianOf(one.Seconds)), Quantity.Time(one.Seconds.Min()),
            one.Name == PeerComparison.EngineName ? "1" : Ratio(peers.Ratios(one)),
        ]));

    private static string Versions(PeerComparison peers) =>
        (peers.Noise.Count == 0 ? "" : $"The machine was noisy meanwhile: {string.Join("; ", peers.Noise)}.\n") + string.Join("; ", peers.Epochs.Where(one => one.Name != PeerComparison.EngineName).Select(one => $"{one.Name}: {one.Version}").Distinct()) + "."
        + Disturbed(peers.Epochs.Select(one => new Measurement($"{one.Name} on {Quantity.Threads(one.Threads)}", one.Seconds))) + "\n";

    private static string PairTable(PeerComparison peers) => Table(
        ["other work", "peer", "threads", "engine", "peer", "times as long as the engine"],
        peers.Pairs.Select(pair => (string[])
        [
            pair.Work, pair.Version, Text($"{pair.Threads}"), Quantity.Time(Summary.MedianOf(pair.EngineSeconds)), Quantity.Time(Summary.MedianOf(pair.PeerSeconds)), Ratio(pair.Ratios()),
        ]));

    private static string MissingPeers(PeerComparison peers) =>
        string.Concat(peers.Missing.Select(missing => $"Without {missing.Name}: {missing.Reason}. To have it: {missing.Installation}.\n"));

    private static string GemmTable(RecordedRun run)
    {
        const string Engine = "gemm/Engine/";
        IEnumerable<string[]> rows = run.Measurements.Where(one => one.Name.StartsWith(Engine, StringComparison.Ordinal)).Select(one =>
        {
            string name = one.Name[Engine.Length..];
            Measurement? peer = run.Find("gemm/OpenBLAS/" + name);
            return (string[])
            [
                name, Quantity.Time(one.Median), Text($"{one.Gigaflops:F1}"), Text($"{100 * one.ShareOfPeak(run.PeakGigaflops):F0} %"), Text($"{100 * one.Flops / one.Seconds.Min() / 1e9 / run.PeakGigaflops:F0} %"),
                peer is null ? "" : Text($"{100 * peer.ShareOfPeak(run.PeakGigaflops):F0} %"),
            ];
        });
        return Table(["product, one core", "median", "GFLOP/s", "share of peak", "at best", "OpenBLAS"], rows);
    }

    private static string OtherTable(RecordedRun run) => Table(
        ["also measured", "median", "least", "share of peak", "bytes allocated", "peak memory"],
        run.Measurements.Where(one => !one.Name.StartsWith("gemm/", StringComparison.Ordinal)).Select(one => (string[])
        [
            one.Name, Quantity.Time(one.Median), Quantity.Time(one.Seconds.Min()), one.PeakRates is null ? "" : Text($"{100 * one.ShareOfPeak(run.PeakGigaflops):F0} %"),
            one.AllocatedBytes is { } bytes ? Text($"{bytes}") : "", one.PeakMemory is { } memory ? Quantity.Bytes(memory) : "",
        ]));

    private static string Picture(RecordedRun run, string chart, string folder)
    {
        string path = $"{folder}/{run.Machine.Folder()}/{chart}";
        string title = Charts.All.First(one => one.Name == chart).Title;
        return $"""
            <picture><source media="(prefers-color-scheme: dark)" srcset="{path}-dark.svg"><img alt="{title}" src="{path}-light.svg"></picture>

            """;
    }

    private static string Ratio(double[] ratios)
    {
        Summary summary = Summary.Of(ratios);
        return Text($"**{summary.Median:F2}** ({summary.Least:F2} to {summary.Greatest:F2})");
    }

    private static string Table(string[] head, IEnumerable<string[]> rows)
    {
        var text = new StringBuilder();
        text.Append(Row(head)).Append(Row([.. head.Select((_, i) => i == 0 ? "---" : "---:")]));
        foreach (string[] row in rows)
        {
            text.Append(Row(row));
        }
        return text.ToString();
    }

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |\n";

    private static string Line(FormattableString text) => Text(text) + "\n";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
