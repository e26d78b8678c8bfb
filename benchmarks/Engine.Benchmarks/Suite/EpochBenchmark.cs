using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// One epoch on MNIST: 784-100-200-10, ReLU, softmax cross-entropy, SGD 0.05/0.05/0.1, minibatch 64, 938 steps in file order.
/// </summary>
/// <remarks>
/// Every timed epoch starts from the same weights and must end with the same bits as an epoch on one thread, made before
/// the timing. The losses of that epoch must be the golden ones of an independent program in double precision.
/// Timed: reading the minibatch from bytes, forward, loss, backward, update. Not timed: reading files, evaluation.
/// </remarks>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, warmupCount: 5, iterationCount: 20, invocationCount: 1)]
public class EpochBenchmark
{
    /// <summary>How far the first step's loss may be from the golden one: single-precision rounding.</summary>
    private const double FirstLossTolerance = 1e-5;

    /// <summary>How far the epoch's mean loss may be: rounding moves a few ReLU decisions, and each moves what follows.</summary>
    private const double MeanLossTolerance = 2e-3;

    private ImageDataset _data = null!;
    private int[] _order = null!;
    private Network _initial = null!;
    private Trainer _trainer = null!;
    private string _expectedHash = "";
    private double _expectedLoss;
    private double _loss;

    /// <summary>One thread, two, and one for each core.</summary>
    public static IEnumerable<int> ThreadCounts =>
        new[] { 1, Math.Min(2, Environment.ProcessorCount), Environment.ProcessorCount }.Distinct();

    /// <summary>Threads that share each step.</summary>
    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    /// <summary>Reads the data and makes the epoch that the timed ones are compared with.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _data = SeedNetwork.ReadTraining();
        _order = [.. Enumerable.Range(0, _data.Count)];
        _initial = SeedNetwork.Create();

        double[] golden = ReadGoldenLosses();
        using Trainer reference = CreateTrainer(1);
        Verify.Close(golden[0], reference.Step(_data, _order.AsSpan(0, SeedNetwork.BatchSize)), FirstLossTolerance, "loss of the first step");
        Restore(reference.Network);
        _expectedLoss = RunEpoch(reference);
        _expectedHash = SeedNetwork.Hash(reference.Network);
        Verify.Close(golden.Average(), _expectedLoss, MeanLossTolerance, "mean loss of the epoch");

        // The library's own loop does the same work as the benchmark's, and allocates nothing in its steps.
        Restore(reference.Network);
        EpochReport report = reference.Train(_data, new TrainingPlan()).Epochs[0];
        Verify.Same(_expectedHash, SeedNetwork.Hash(reference.Network), "weights after Trainer.Train");
        Verify.Close(_expectedLoss, report.Loss, 0, "loss that Trainer.Train reports");

        _trainer = CreateTrainer(Threads);
    }

    /// <summary>Back to the initial weights.</summary>
    [IterationSetup]
    public void Restore() => Restore(_trainer.Network);

    /// <summary>The timed epoch.</summary>
    [Benchmark]
    public double Epoch() => _loss = RunEpoch(_trainer);

    /// <summary>Verifies the epoch that was timed.</summary>
    [IterationCleanup]
    public void VerifyEpoch()
    {
        Verify.Close(_expectedLoss, _loss, 0, $"mean loss on {Threads} threads");
        Verify.Same(_expectedHash, SeedNetwork.Hash(_trainer.Network), $"weights on {Threads} threads");
    }

    /// <summary>Ends the threads.</summary>
    [GlobalCleanup]
    public void Cleanup() => _trainer.Dispose();

    private static Trainer CreateTrainer(int threads) => new(
        SeedNetwork.Create(),
        new SoftmaxCrossEntropy(),
        new TrainerOptions { BatchSize = SeedNetwork.BatchSize, LearningRates = SeedNetwork.LearningRates, Threads = threads });

    private static double[] ReadGoldenLosses()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "golden", "mnist-784-100-200-10-epoch1.json"));
        using JsonDocument document = JsonDocument.Parse(file);
        return [.. document.RootElement.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];
    }

    private double RunEpoch(Trainer trainer)
    {
        double sum = 0;
        int steps = 0;
        for (int first = 0; first < _order.Length; first += SeedNetwork.BatchSize)
        {
            sum += trainer.Step(_data, _order.AsSpan(first, Math.Min(SeedNetwork.BatchSize, _order.Length - first)));
            steps++;
        }
        return sum / steps;
    }

    private void Restore(Network network)
    {
        for (int i = 0; i < network.DenseLayers.Count; i++)
        {
            Dense from = _initial.DenseLayers[i];
            float[] weights = new float[from.Inputs * from.Outputs];
            from.CopyWeightsTo(weights);
            network.DenseLayers[i].SetParameters(weights, from.Bias[..from.Outputs]);
        }
    }
}
