using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Benchmarks.Suite;

/// <summary>A network of dense layers with ReLU between them, and how it is trained on MNIST.</summary>
/// <param name="Images">Training images of an epoch, the first ones of the file.</param>
/// <param name="BatchSize">Images of a step.</param>
/// <param name="Widths">Inputs, then the outputs of each dense layer.</param>
/// <param name="LearningRates">One for each dense layer.</param>
public sealed record TrainingProblem(int Images, int BatchSize, IReadOnlyList<int> Widths, IReadOnlyList<float> LearningRates)
{
    /// <summary>The network of the golden losses; 938 steps.</summary>
    public static TrainingProblem Seed { get; } = new(SeedNetwork.TrainingImages, SeedNetwork.BatchSize, [784, 100, 200, 10], SeedNetwork.LearningRates);

    /// <summary>A network whose products fill the core. A tenth of the images is enough: 50 steps.</summary>
    public static TrainingProblem Wide { get; } = new(6_400, 128, [784, 512, 512, 10], [0.05f, 0.05f, 0.05f]);

    /// <summary>The steps of an epoch.</summary>
    public int Steps => ((Images - 1) / BatchSize) + 1;

    /// <summary>Floating-point operations of an epoch's matrix products.</summary>
    public double Flops => (double)Images * CreateNetwork().TrainingFlopsPerSample;

    /// <summary>A fresh network with the same weights each time.</summary>
    public Network CreateNetwork() => new(
        NetworkDescription.Chain([.. Widths], LayerDescription.ReLU),
        new InitializationOptions { Scheme = Initialization.GlorotUniform, Seed = 42 });

    /// <summary>How its trainers work.</summary>
    public TrainerOptions Options(int threads, InputPath path = InputPath.Automatic, bool profile = false) =>
        new() { BatchSize = BatchSize, LearningRates = LearningRates, Threads = threads, InputPath = path, Profile = profile };

    /// <summary>A trainer of a fresh network.</summary>
    public Trainer CreateTrainer(int threads, InputPath path = InputPath.Automatic, bool profile = false) =>
        new(CreateNetwork(), new SoftmaxCrossEntropy(), Options(threads, path, profile));

    /// <summary>One epoch in file order.</summary>
    /// <param name="trainer">A trainer of this problem.</param>
    /// <param name="data">The training images.</param>
    /// <param name="order">The numbers of the images.</param>
    /// <param name="losses">Where the losses of the steps go.</param>
    public void RunEpoch(Trainer trainer, ImageDataset data, ReadOnlySpan<int> order, Span<double> losses)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        for (int step = 0; step < losses.Length; step++)
        {
            int first = step * BatchSize;
            losses[step] = trainer.Step(data, order.Slice(first, Math.Min(BatchSize, order.Length - first)));
        }
    }

    /// <summary>Its widths, such as <c>784-100-200-10</c>.</summary>
    public string Name => string.Join('-', Widths);

    /// <inheritdoc/>
    public override string ToString() => Images == SeedNetwork.TrainingImages ? Name : FormattableString.Invariant($"{Name}, first {Images:N0} images");
}
