using System.Diagnostics;
using System.Text.Json;
using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Benchmarks.Cost;

/// <summary>A training run to a test accuracy.</summary>
/// <param name="Seed">Seed of the initial weights and the shuffling.</param>
/// <param name="Target">The accuracy to reach.</param>
/// <param name="Seconds">From before the files were touched to the evaluation that reached it; null if it was not reached.</param>
/// <param name="Epochs">Epochs that were trained.</param>
internal sealed record AccuracyRun(ulong Seed, double Target, double? Seconds, int Epochs);

/// <summary>
/// How long training takes to reach an accuracy on the test set, after the rules of MLPerf: the clock starts before data is
/// touched, includes evaluation and stops at the target; of five seeds the fastest and the slowest do not count.
/// </summary>
/// <remarks>One run serves all targets: the clock of each stops when the run passes it. Everything is logged as JSON, an object a line.</remarks>
internal static class TimeToAccuracy
{
    /// <summary>The test accuracies to reach.</summary>
    public static readonly double[] Targets = [0.97, 0.975];

    /// <summary>Seeds of the runs.</summary>
    public static readonly ulong[] Seeds = [1, 2, 3, 4, 5];

    /// <summary>After which a run has failed.</summary>
    private const int MostEpochs = 60;

    /// <summary>Runs all seeds.</summary>
    public static IReadOnlyList<AccuracyRun> Measure(TextWriter log, Action<double> onProgress)
    {
        var runs = new List<AccuracyRun>();
        for (int i = 0; i < Seeds.Length; i++)
        {
            runs.AddRange(Run(Seeds[i], log));
            onProgress((i + 1.0) / Seeds.Length);
        }
        return runs;
    }

    /// <summary>The mean of a target's times without the fastest and the slowest; null if a run that counts did not reach it.</summary>
    public static double? Score(IEnumerable<AccuracyRun> runs, double target)
    {
        double[] times = [.. runs.Where(run => run.Target == target).Select(run => run.Seconds ?? double.PositiveInfinity).Order()];
        double score = times.Length < 3 ? double.PositiveInfinity : times[1..^1].Average();
        return double.IsFinite(score) ? score : null;
    }

    private static List<AccuracyRun> Run(ulong seed, TextWriter log)
    {
        long start = Stopwatch.GetTimestamp();
        Write(log, new { @event = "run_start", seed });
        ImageDataset data = SeedNetwork.ReadTraining();
        ImageDataset test = SeedNetwork.ReadTest();
        var network = new Network(SeedNetwork.Description, new InitializationOptions { Seed = seed });
        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), TrainingProblem.Seed.Options(Environment.ProcessorCount));
        var runs = new List<AccuracyRun>();
        int epochs = 0;
        trainer.Train(data, new TrainingPlan
        {
            Epochs = MostEpochs,
            Shuffle = true,
            Seed = seed,
            Validation = test,
            TargetAccuracy = Targets[^1],
            OnEpoch = report =>
            {
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                double accuracy = report.Validation!.Value.Accuracy;
                epochs = report.Epoch;
                Write(log, new { @event = "eval_accuracy", seed, epoch = epochs, accuracy, seconds });
                runs.AddRange(Targets.Where(target => accuracy >= target && runs.TrueForAll(run => run.Target != target)).Select(target => new AccuracyRun(seed, target, seconds, epochs)).ToArray());
            },
        });
        runs.AddRange(Targets.Where(target => runs.TrueForAll(run => run.Target != target)).Select(target => new AccuracyRun(seed, target, null, epochs)).ToArray());
        Write(log, new { @event = "run_stop", seed, status = runs.TrueForAll(run => run.Seconds is not null) ? "success" : "aborted", seconds = Stopwatch.GetElapsedTime(start).TotalSeconds });
        return runs;
    }

    private static void Write(TextWriter log, object line) => log.WriteLine(JsonSerializer.Serialize(line));
}
