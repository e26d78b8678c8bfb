using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using Engine.Data;
using Engine.Networks;
using Engine.Training;

namespace Engine.Benchmarks.Suite;

/// <summary>Ten steps of training 784-100-200-10, on one thread: the textbook loops and the engine on the same 640 images.</summary>
/// <remarks>A whole epoch of the textbook loops would take 20 s. The losses of all steps must agree within 10⁻⁴.</remarks>
[MemoryDiagnoser]
[BenchmarkCategory("640 images")]
[SimpleJob(RunStrategy.Monitoring, warmupCount: 5, iterationCount: 20, invocationCount: 1)]
[Config(typeof(Columns))]
public class ScalarEpochBenchmark
{
    private const double LossTolerance = 1e-4;
    private static readonly TrainingProblem Problem = TrainingProblem.Seed with { Images = 640 };

    private readonly float[] _rates = [.. Problem.LearningRates];
    private readonly int[] _order = [.. Enumerable.Range(0, Problem.Images)];
    private readonly double[] _losses = new double[Problem.Steps];
    private readonly double[] _expectedLosses = new double[Problem.Steps];
    private ImageDataset _data = null!;
    private Network _initial = null!;
    private InitialParameters _parameters = null!;
    private ScalarNetwork _scalar = null!;
    private Trainer _trainer = null!;

    /// <summary>Reads the data and trains once, to have the losses to compare with.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _data = SeedNetwork.ReadTraining();
        _initial = Problem.CreateNetwork();
        _parameters = new InitialParameters(_initial);
        _scalar = new ScalarNetwork(_initial);
        _trainer = Problem.CreateTrainer(threads: 1);
        using Trainer reference = Problem.CreateTrainer(threads: 1);
        Problem.RunEpoch(reference, _data, _order, _expectedLosses);
    }

    /// <summary>Back to the initial weights.</summary>
    [IterationSetup]
    public void Restore()
    {
        _scalar.SetParameters(_initial);
        _parameters.Restore(_trainer.Network);
        Array.Clear(_losses);
    }

    /// <summary>The textbook loops.</summary>
    [Benchmark(Baseline = true)]
    public void Scalar()
    {
        for (int step = 0; step < _losses.Length; step++)
        {
            _losses[step] = _scalar.Step(_data, step * Problem.BatchSize, Problem.BatchSize, _rates);
        }
    }

    /// <summary>The engine.</summary>
    [Benchmark]
    public void Engine() => Problem.RunEpoch(_trainer, _data, _order, _losses);

    /// <summary>Verifies the steps that were timed.</summary>
    [IterationCleanup]
    public void VerifySteps()
    {
        for (int step = 0; step < _losses.Length; step++)
        {
            Verify.Close(_expectedLosses[step], _losses[step], LossTolerance, $"loss of step {step}");
        }
    }

    /// <summary>Ends the threads.</summary>
    [GlobalCleanup]
    public void Cleanup() => _trainer.Dispose();

    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(EpochColumns.Of(_ => Problem, _ => 1));
    }
}
