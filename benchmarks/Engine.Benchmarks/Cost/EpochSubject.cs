using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Training;

namespace Engine.Benchmarks.Cost;

/// <summary>
/// An epoch, ready to be timed again and again: each starts from the same weights and is verified.
/// </summary>
/// <remarks>The first with the seed's network must have the golden mean loss of an independent program in double precision; every other must end with its bits.</remarks>
internal sealed class EpochSubject : IDisposable
{
    /// <summary>How far the mean loss may be from the golden one: rounding moves a few ReLU decisions, and each moves what follows.</summary>
    private const double MeanLossTolerance = 2e-3;
    private readonly TrainingProblem _problem;
    private readonly InitialParameters _initial;
    private readonly TrainingPlan _plan = new() { Epochs = 1 };
    private string? _expectedHash;

    /// <summary>Makes a trainer.</summary>
    /// <param name="data">The training images, as many as the problem has.</param>
    /// <param name="problem">What is trained.</param>
    /// <param name="threads">Threads that share each step.</param>
    /// <param name="path">Whether zero pixels are skipped.</param>
    /// <param name="profile">Whether the steps are profiled.</param>
    /// <param name="expectedHash">The hash that the weights must have after an epoch; null to take that of the first epoch, whose mean loss must be the golden one if the problem has one.</param>
    public EpochSubject(ImageDataset data, TrainingProblem problem, int threads, InputPath path = InputPath.Automatic, bool profile = false, string? expectedHash = null)
    {
        Data = data;
        _problem = problem;
        Trainer = problem.CreateTrainer(threads, path, profile);
        _initial = new InitialParameters(Trainer.Network);
        _expectedHash = expectedHash;
    }

    /// <summary>The training images.</summary>
    public ImageDataset Data { get; }

    /// <summary>The trainer.</summary>
    public Trainer Trainer { get; }

    /// <summary>The hash of the weights after an epoch; after the first <see cref="Run"/>.</summary>
    public string Hash => _expectedHash ?? throw new InvalidOperationException("Expected an epoch before its hash is asked for.");

    /// <summary>Floating-point operations of an epoch's matrix products.</summary>
    public double DenseFlops => (double)Trainer.Network.TrainingFlopsPerSample * Data.Count;

    /// <summary>The same without those of the first layer whose input is zero.</summary>
    public double UsefulFlops => DenseFlops - (2.0 * Trainer.Network.DenseLayers[0].FlopsPerSample * (1 - Data.Density) * Data.Count);

    /// <summary>One epoch from the initial weights.</summary>
    /// <returns>What it did; its seconds are those of the steps.</returns>
    /// <exception cref="InvalidOperationException">Losses or weights are wrong.</exception>
    public EpochReport Run()
    {
        _initial.Restore(Trainer.Network);
        EpochReport report = Trainer.Train(Data, _plan).Epochs[0];
        string hash = SeedNetwork.Hash(Trainer.Network);
        if (_expectedHash is null)
        {
            if (_problem == TrainingProblem.Seed)
            {
                Verify.Close(SeedNetwork.GoldenLosses().Average(), report.Loss, MeanLossTolerance, "mean loss of the epoch");
            }
            _expectedHash = hash;
        }
        Verify.Same(_expectedHash, hash, $"weights after an epoch on {Trainer.Options.Threads} threads");
        return report;
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => Trainer.Dispose();
}
