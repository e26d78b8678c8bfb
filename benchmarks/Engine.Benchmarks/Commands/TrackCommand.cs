using System.CommandLine;
using System.Globalization;
using Engine.Benchmarks.Cost;
using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Peers;
using Engine.Cli;
using Spectre.Console;

namespace Engine.Benchmarks.Commands;

/// <summary><c>track</c>: records what this commit costs on this machine.</summary>
internal static class TrackCommand
{
    private const int PeerRoundCount = 10;
    private const int PeerEpochs = 5;

    public static Command Create()
    {
        Option<int> seconds = CommonOptions.Number("--seconds", "Seconds to measure epochs, about.", 40, 1, 3600);
        var peers = new Option<bool>("--peers") { Description = "Also measure other software on the same work: some minutes more." };
        Option<string?> output = CommonOptions.Name("--output", "DIR", "Folder for the file; benchmarks/results unless given.", "a folder");
        var command = new Command("track", "Record what this commit costs on this machine: epochs, parts, kernels, prediction, time to accuracy.") { seconds, peers, output };
        command.SetAction(async (result, _) =>
        {
            string root = ResultStore.Root();
            string folder = result.GetValue(output) ?? ResultStore.Folder(root);
            ResultStore.Prepare(folder);
            RecordedRun run = await Measure(root, result.GetValue(seconds), result.GetValue(peers));
            string path = ResultStore.Save(run, folder);
            AnsiConsole.WriteLine($"recorded in {Path.GetRelativePath(Directory.GetCurrentDirectory(), path)}");
            EpochTable.WriteNoise(AnsiConsole.Console, run.Noise);
            WriteDisturbed(run);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Names the measurements of a run that something disturbed, if there are any.</summary>
    private static void WriteDisturbed(RecordedRun run)
    {
        IReadOnlyList<Measurement> disturbed = Noise.Disturbed(run.Measurements);
        if (disturbed.Count == 0)
        {
            return;
        }
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{disturbed.Count} of {run.Measurements.Count} measurements were disturbed, their medians more than {Noise.MostAboveLeast:P0} above the least sample:"));
        foreach (Measurement measurement in disturbed)
        {
            AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {measurement.Name}: {Quantity.Time(measurement.Median)}, least {Quantity.Time(measurement.Seconds.Min())}"));
        }
        if (!run.IsQuiet && run.Noise.Count == 0)
        {
            AnsiConsole.WriteLine("Too many for the run to stand for the machine in reports.");
        }
    }

    private static async Task<RecordedRun> Measure(string root, int seconds, bool withPeers)
    {
        Commit commit = await Commit.Here(root);
        DateTimeOffset date = DateTimeOffset.UtcNow;
        EpochCost cost = Progress.Show("epochs", report => EpochCost.Measure(seconds, report));
        EpochTable.Write(AnsiConsole.Console, cost);
        Measurement[] measurements =
        [
            .. cost.Threads.Select(thread => thread.Epoch),
            .. Progress.Show("other epochs", EpochSweep.Measure),
            .. Progress.Show("matrix products", KernelSweep.Measure),
            .. WorkSweep.Elementwise(),
            .. WorkSweep.Prediction(),
            .. WorkSweep.Latency(),
            WorkSweep.Loading(),
            Progress.Show("training as a process", TrainingProgram.Measure),
        ];
        IReadOnlyList<AccuracyRun> accuracy = Progress.Show("time to accuracy", report => TimeToAccuracy.Measure(TextWriter.Null, report));
        PeerComparison? peers = withPeers ? await Progress.ShowAsync("peers", report => PeerRounds.Measure(root, PeerRoundCount, PeerEpochs, report)) : null;
        return new RecordedRun
        {
            Schema = RecordedRun.CurrentSchema,
            Commit = commit.Id,
            Subject = commit.Subject,
            Dirty = commit.Dirty,
            Date = date,
            Machine = Machine.Here(),
            DataChecksum = SeedNetwork.Checksum(SeedNetwork.ReadTraining()),
            Noise = cost.Noise,
            PeakGigaflops = cost.PeakGigaflops,
            SignalSeconds = [.. cost.SignalSeconds],
            Bandwidths = new Dictionary<string, double>
            {
                ["first-level cache"] = Bandwidth.Measure(16 << 10),
                ["second-level cache"] = Bandwidth.Measure(256 << 10),
                ["memory"] = Bandwidth.Measure(128 << 20),
            },
            MeanLoss = cost.MeanLoss,
            TestAccuracy = cost.TestAccuracy,
            PeakMemory = cost.PeakMemory,
            Parts = cost.Threads.ToDictionary(thread => thread.Threads, thread => thread.Parts),
            Measurements = measurements,
            TimesToAccuracy = accuracy,
            Peers = peers,
        };
    }
}
