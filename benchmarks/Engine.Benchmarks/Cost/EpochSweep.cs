using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Training;

namespace Engine.Benchmarks.Cost;

/// <summary>Other epochs than the headline's, all in turns: minibatches of several sizes, all inputs multiplied, a wide network.</summary>
internal static class EpochSweep
{
    private const int Samples = 10;

    /// <summary>Sizes of a minibatch.</summary>
    public static readonly int[] BatchSizes = [16, 32, 64, 128, 256, 512];

    /// <summary>The name of the epochs with a size of minibatch.</summary>
    public static string BatchName(int size, int threads) => $"epoch/minibatch {size}/{Quantity.Threads(threads)}";

    /// <summary>Measures all.</summary>
    public static IReadOnlyList<Measurement> Measure(Action<double> onProgress)
    {
        ImageDataset data = SeedNetwork.ReadTraining();
        Work[] work = [.. BatchSizes.Select(Minibatch), .. Dense(TrainingProblem.Seed), .. Dense(TrainingProblem.Wide with { Images = data.Count })];
        var subjects = new List<EpochSubject>();
        try
        {
            // The weights after an epoch depend on the problem alone, not on threads, nor on whether zeros are skipped.
            var hashes = new Dictionary<TrainingProblem, string>();
            foreach (Work one in work)
            {
                subjects.Add(new EpochSubject(data, one.Problem, one.Threads, one.Path, expectedHash: hashes.GetValueOrDefault(one.Problem)));
                subjects[^1].Run();
                hashes[one.Problem] = subjects[^1].Hash;
            }
            return Measure(work, subjects, onProgress);
        }
        finally
        {
            subjects.ForEach(subject => subject.Dispose());
        }
    }

    private static Measurement[] Measure(Work[] work, List<EpochSubject> subjects, Action<double> onProgress)
    {
        double[][] seconds = [.. work.Select(_ => new double[Samples])];
        double[][] peaks = [.. work.Select(_ => new double[Samples])];
        long[] allocated = new long[work.Length];
        for (int sample = 0; sample < Samples; sample++)
        {
            for (int i = 0; i < work.Length; i++)
            {
                peaks[i][sample] = FmaPeak.Rate() * work[i].Threads;
                EpochReport report = subjects[i].Run();
                seconds[i][sample] = report.TrainSeconds;
                allocated[i] = Math.Max(allocated[i], report.AllocatedBytes);
            }
            onProgress((sample + 1.0) / Samples);
        }
        return [.. work.Select((one, i) => new Measurement(
            one.Name, seconds[i], one.Path == InputPath.Dense ? subjects[i].DenseFlops : subjects[i].UsefulFlops, AllocatedBytes: allocated[i], PeakRates: peaks[i]))];
    }

    private static Work Minibatch(int size)
    {
        int threads = Environment.ProcessorCount;
        return new Work(BatchName(size, threads), TrainingProblem.Seed with { BatchSize = size }, threads, InputPath.Automatic);
    }

    private static IEnumerable<Work> Dense(TrainingProblem problem) =>
        new[] { 1, Environment.ProcessorCount }.Distinct().Select(threads => new Work($"epoch/{problem.Name} dense/{Quantity.Threads(threads)}", problem, threads, InputPath.Dense));

    private sealed record Work(string Name, TrainingProblem Problem, int Threads, InputPath Path);
}
