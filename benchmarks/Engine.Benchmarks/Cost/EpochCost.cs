using System.Diagnostics;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Training;

namespace Engine.Benchmarks.Cost;

/// <summary>What an epoch costs on one number of threads.</summary>
internal sealed record ThreadCost
{
    public required int Threads { get; init; }

    /// <summary>The seconds of each epoch.</summary>
    public required Measurement Epoch { get; init; }

    /// <summary>Processor seconds over all threads, the median of an epoch; waiting threads spin, which counts.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>Garbage collections of all generations during all epochs.</summary>
    public required int Collections { get; init; }

    /// <summary>Each part of a step, seconds of an epoch, averaged over the threads.</summary>
    public required IReadOnlyDictionary<string, double> Parts { get; init; }

    /// <summary>The steps' seconds in the epochs from which the parts are.</summary>
    public required double ProfiledSeconds { get; init; }
}

/// <summary>What an epoch costs: the headline.</summary>
internal sealed record EpochCost
{
    public required IReadOnlyList<ThreadCost> Threads { get; init; }

    /// <summary>The best FMA rate of one core in this process, GFLOP/s.</summary>
    public required double PeakGigaflops { get; init; }

    /// <summary>Seconds that a signal takes from one core to another, measured again and again; none with one core.</summary>
    public required IReadOnlyList<double> SignalSeconds { get; init; }

    public required double DenseFlops { get; init; }

    public required double UsefulFlops { get; init; }

    public required double MeanLoss { get; init; }

    public required double TestAccuracy { get; init; }

    /// <summary>The most memory that this process has had.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Why the figures are not to be trusted; none if they are.</summary>
    public required IReadOnlyList<string> Noise { get; init; }

    /// <summary>Measures: all numbers of threads in turns, so that a noisy machine is fair to all.</summary>
    /// <param name="seconds">How long to measure, about; ten epochs of each at least.</param>
    /// <param name="onProgress">Called with the share that is done.</param>
    public static EpochCost Measure(double seconds, Action<double> onProgress)
    {
        const int FewestEpochs = 10;
        const int WarmUps = 3;
        const int RoundsPerShare = 4;
        ImageDataset data = SeedNetwork.ReadTraining();
        int[] counts = [.. new[] { Environment.ProcessorCount, 1 }.Distinct()];
        using var first = new EpochSubject(data, TrainingProblem.Seed, threads: 1);
        EpochReport report = first.Run();
        double accuracy = first.Trainer.Evaluate(SeedNetwork.ReadTest()).Accuracy;
        EpochSubject[] subjects = [.. counts.Select(threads => new EpochSubject(data, TrainingProblem.Seed, threads, expectedHash: first.Hash))];
        EpochSubject[] profiled = [.. counts.Select(threads => new EpochSubject(data, TrainingProblem.Seed, threads, profile: true, expectedHash: first.Hash))];
        try
        {
            Recorder[] recorders = [.. subjects.Zip(profiled, (subject, profile) => new Recorder(subject, profile))];
            for (int i = 0; i < WarmUps; i++)
            {
                Array.ForEach(recorders, recorder => recorder.WarmUp());
            }
            FmaPeak.Measure();
            var others = new OtherLoad();
            var together = new List<double>();
            var signals = new List<double>();
            long start = Stopwatch.GetTimestamp();
            for (int round = 0; round < FewestEpochs || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; round++)
            {
                if (round % RoundsPerShare == 0)
                {
                    together.Add(FmaPeak.ShareTogether(counts[0]));
                }
                if (CoreSignal.Measure() is { } signal)
                {
                    signals.Add(signal);
                }
                Array.ForEach(recorders, recorder => recorder.Round(round));
                onProgress(Math.Min(1, Math.Max((round + 1.0) / FewestEpochs / 100, Stopwatch.GetElapsedTime(start).TotalSeconds / seconds)));
            }
            double? load = others.Share();
            ThreadCost[] costs = [.. recorders.Select(recorder => recorder.Result())];
            return new EpochCost
            {
                Threads = costs,
                PeakGigaflops = FmaPeak.Measure(),
                SignalSeconds = signals,
                DenseFlops = first.DenseFlops,
                UsefulFlops = first.UsefulFlops,
                MeanLoss = report.Loss,
                TestAccuracy = accuracy,
                PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
                Noise = Measuring.Noise.Find(load, costs.Select(cost => cost.Epoch), together),
            };
        }
        finally
        {
            Array.ForEach([.. subjects, .. profiled], subject => subject.Dispose());
        }
    }

    /// <summary>Collects the epochs of one number of threads.</summary>
    private sealed class Recorder(EpochSubject subject, EpochSubject profiled)
    {
        private const int RoundsPerProfile = 4;
        private readonly List<double> _seconds = [];
        private readonly List<double> _peakRates = [];
        private readonly List<double> _cpu = [];
        private double _profiledSeconds;
        private long _allocated;
        private int _collections;

        public void WarmUp()
        {
            subject.Run();
            profiled.Run();
            profiled.Trainer.Profile!.Reset();
        }

        public void Round(int round)
        {
            _peakRates.Add(FmaPeak.Rate() * subject.Trainer.Options.Threads);
            int collections = Collections();
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            EpochReport report = subject.Run();
            _cpu.Add((Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
            _collections += Collections() - collections;
            _seconds.Add(report.TrainSeconds);
            _allocated = Math.Max(_allocated, report.AllocatedBytes);
            if (round % RoundsPerProfile == 0)
            {
                _profiledSeconds += profiled.Run().TrainSeconds;
            }
        }

        public ThreadCost Result()
        {
            int threads = subject.Trainer.Options.Threads;
            StepProfile profile = profiled.Trainer.Profile!;
            double epochs = Math.Ceiling(_seconds.Count / (double)RoundsPerProfile);
            return new ThreadCost
            {
                Threads = threads,
                Epoch = new Measurement(Name(threads), [.. _seconds], subject.UsefulFlops, AllocatedBytes: _allocated, PeakRates: [.. _peakRates]),
                CpuSeconds = Summary.MedianOf(_cpu),
                Collections = _collections,
                Parts = Enumerable.Range(0, profile.Parts.Count).ToDictionary(
                    part => profile.Parts[part],
                    part => Enumerable.Range(0, threads).Average(thread => profile.Seconds(part, thread)) / epochs),
                ProfiledSeconds = _profiledSeconds / epochs,
            };
        }

        private static string Name(int threads) => $"epoch/784-100-200-10/{Quantity.Threads(threads)}";

        private static int Collections() => Enumerable.Range(0, GC.MaxGeneration + 1).Sum(GC.CollectionCount);
    }
}
