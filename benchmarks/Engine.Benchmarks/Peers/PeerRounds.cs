using System.Globalization;
using Engine.Benchmarks.Measuring;

namespace Engine.Benchmarks.Peers;

/// <summary>Runs all contenders in turns, round after round, each in a process of its own.</summary>
internal static class PeerRounds
{
    /// <summary>How far apart the mean losses of the first epoch may be: rounding differs, and grows with each step.</summary>
    private const double LossTolerance = 1e-3;

    /// <summary>Measures.</summary>
    /// <param name="root">The repository's folder.</param>
    /// <param name="rounds">Rounds.</param>
    /// <param name="epochs">Epochs of a run, of which the first is left out.</param>
    /// <param name="onProgress">Called with the share that is done.</param>
    public static async Task<PeerComparison> Measure(string root, int rounds, int epochs, Action<double> onProgress)
    {
        string work = Directory.CreateTempSubdirectory("engine-peers-").FullName;
        try
        {
            (IReadOnlyList<PeerProgram> found, IReadOnlyList<MissingPeer> missing) = await PeerFinder.Find(root, work);
            PeerProgram engine = new(PeerComparison.EngineName, Environment.ProcessPath!, EngineProgram.Verb);
            int[] counts = [.. new[] { Environment.ProcessorCount, 1 }.Distinct()];
            var all = new List<MissingPeer>(missing);
            var runs = new Dictionary<(PeerProgram Program, int Threads), List<PeerRun>>();
            PeerProgram[] programs = [engine, .. found];
            var together = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                foreach (PeerProgram program in programs.Where(program => all.TrueForAll(peer => peer.Name != program.Name)))
                {
                    foreach (int threads in counts)
                    {
                        try
                        {
                            PeerRun run = await program.Run(SeedNetwork.DataFolder, threads, epochs);
                            (runs.TryGetValue((program, threads), out List<PeerRun>? list) ? list : runs[(program, threads)] = []).Add(run);
                        }
                        catch (PeerUnavailableException exception)
                        {
                            all.Add(new MissingPeer(program.Name, exception.Message, "a system with the library that it asks for"));
                            break;
                        }
                    }
                }
                together.Add(FmaPeak.ShareTogether(counts.Max()));
                onProgress((round + 1.0) / rounds);
            }
            PeerSeries[] series = [.. runs.Select(entry => Series(entry.Key.Program.Name, entry.Key.Threads, entry.Value))];
            CheckLosses(series);
            (IReadOnlyList<PeerPair> pairs, IReadOnlyList<MissingPeer> without) = await OtherWork.Measure(root);
            return new PeerComparison
            {
                Epochs = series,
                Pairs = pairs,
                Missing = [.. all, .. without],
                Noise = Noise.Find(null, series.Where(one => one.Name == PeerComparison.EngineName).Select(one => new Measurement($"epoch/{one.Name}/{Quantity.Threads(one.Threads)}", one.Seconds)), together),
            };
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    internal static PeerSeries Series(string name, int threads, List<PeerRun> runs) =>
        new(name, threads, runs[0].Version, [.. runs.Select(run => Summary.MedianOf(run.Seconds.Skip(1)))], runs[0].FirstLoss);

    internal static void CheckLosses(PeerSeries[] series)
    {
        double expected = series.First(one => one.Name == PeerComparison.EngineName).FirstLoss;
        foreach (PeerSeries one in series)
        {
            Verify.Close(expected, one.FirstLoss, LossTolerance, string.Create(CultureInfo.InvariantCulture, $"mean loss of the first epoch of {one.Name} on {Quantity.Threads(one.Threads)}"));
        }
    }
}
