using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Engine.Data;
using Engine.Training;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// One epoch on MNIST in file order, ReLU, softmax cross-entropy: 784-100-200-10 with SGD 0.05/0.05/0.1, minibatch 64,
/// 938 steps; and 784-512-512-10 with SGD 0.05, minibatch 128, 50 steps on the first 6,400 images.
/// </summary>
/// <remarks>
/// Every timed epoch starts from the same weights and must end with the same bits as an epoch on one thread, made before
/// the timing. For the first network, that epoch's losses must be the golden ones of an independent program in double precision.
/// Timed: reading the minibatch from bytes, forward, loss, backward, update. Not timed: reading files, evaluation.
/// </remarks>
[MemoryDiagnoser]
[BenchmarkCategory("Epoch")]
[Config(typeof(Settings))]
public class EpochBenchmark
{
    /// <summary>How far the first step's loss may be from the golden one: single-precision rounding.</summary>
    private const double FirstLossTolerance = 1e-5;

    /// <summary>How far the epoch's mean loss may be: rounding moves a few ReLU decisions, and each moves what follows.</summary>
    private const double MeanLossTolerance = 2e-3;

    private ImageDataset _data = null!;
    private int[] _order = null!;
    private InitialParameters _initial = null!;
    private Trainer _trainer = null!;
    private double[] _losses = [];
    private double[] _expectedLosses = [];
    private string _expectedHash = "";

    /// <summary>The two networks.</summary>
    public static IEnumerable<TrainingProblem> Problems => [TrainingProblem.Seed, TrainingProblem.Wide];

    /// <summary>One thread, and two where there are two cores.</summary>
    public static IEnumerable<int> ThreadCounts => new[] { 1, Math.Min(2, Environment.ProcessorCount) }.Distinct();

    /// <summary>What is trained.</summary>
    [ParamsSource(nameof(Problems))]
    public TrainingProblem Network { get; set; } = TrainingProblem.Seed;

    /// <summary>Threads that share each step.</summary>
    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; } = 1;

    /// <summary>Whether zero pixels are skipped.</summary>
    [Params(InputPath.Sparse, InputPath.Dense)]
    public InputPath Input { get; set; }

    /// <summary>Reads the data and makes the epoch that the timed ones are compared with.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _data = SeedNetwork.ReadTraining();
        _order = [.. Enumerable.Range(0, Network.Images)];
        _losses = new double[Network.Steps];
        _expectedLosses = new double[Network.Steps];
        _initial = new InitialParameters(Network.CreateNetwork());
        using (Trainer reference = Network.CreateTrainer(threads: 1))
        {
            Network.RunEpoch(reference, _data, _order, _expectedLosses);
            _expectedHash = SeedNetwork.Hash(reference.Network);
            if (Network == TrainingProblem.Seed)
            {
                VerifyReference(reference);
            }
        }
        _trainer = Network.CreateTrainer(Threads, Input);
    }

    /// <summary>Back to the initial weights.</summary>
    [IterationSetup]
    public void Restore() => _initial.Restore(_trainer.Network);

    /// <summary>The timed epoch.</summary>
    [Benchmark]
    public void Epoch() => Network.RunEpoch(_trainer, _data, _order, _losses);

    /// <summary>Verifies the epoch that was timed.</summary>
    [IterationCleanup]
    public void VerifyEpoch()
    {
        for (int step = 0; step < _losses.Length; step++)
        {
            Verify.Close(_expectedLosses[step], _losses[step], 0, $"loss of step {step} on {Threads} threads");
        }
        Verify.Same(_expectedHash, SeedNetwork.Hash(_trainer.Network), $"weights on {Threads} threads");
    }

    /// <summary>Ends the threads.</summary>
    [GlobalCleanup]
    public void Cleanup() => _trainer.Dispose();

    /// <summary>The golden losses; and the library's own loop does the same work as the benchmark's.</summary>
    private void VerifyReference(Trainer reference)
    {
        double[] golden = SeedNetwork.GoldenLosses();
        Verify.Close(golden[0], _expectedLosses[0], FirstLossTolerance, "loss of the first step");
        Verify.Close(golden.Average(), _expectedLosses.Average(), MeanLossTolerance, "mean loss of the epoch");

        _initial.Restore(reference.Network);
        EpochReport report = reference.Train(_data, new TrainingPlan()).Epochs[0];
        Verify.Same(_expectedHash, SeedNetwork.Hash(reference.Network), "weights after Trainer.Train");
        Verify.Close(_expectedLosses.Average(), report.Loss, 1e-12, "loss that Trainer.Train reports");
    }

    /// <summary>A job for each vector width of the processor, 128 bits excepted where there is more; and the columns.</summary>
    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            int least = Math.Min(256, WidthJobs.Supported.Max());
            AddJob([.. WidthJobs.Supported.Where(bits => bits >= least).Select(WidthJobs.Epochs)]);
            AddColumn(EpochColumns.Of(
                benchmark => (TrainingProblem)benchmark.Parameters[nameof(Network)], benchmark => (int)benchmark.Parameters[nameof(Threads)]));
        }
    }
}
