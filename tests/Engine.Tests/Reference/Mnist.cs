using Engine.Data;
using Engine.Training;

namespace Engine.Tests.Reference;

/// <summary>The real data, read once.</summary>
internal static class Mnist
{
    public static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "mnist");

    private static readonly Lazy<ImageDataset> LazyTraining = new(() => MnistFolder.ReadTraining(Folder));
    private static readonly Lazy<ImageDataset> LazyTest = new(() => MnistFolder.ReadTest(Folder));

    public static ImageDataset Training => LazyTraining.Value;

    public static ImageDataset Test => LazyTest.Value;

    /// <summary>Steps through the training data in file order.</summary>
    /// <returns>The losses of the steps.</returns>
    public static double[] Steps(Trainer trainer, int steps, int firstStep = 0)
    {
        double[] losses = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            losses[step] = trainer.Step(Training, Samples(firstStep + step, trainer.Options.BatchSize));
        }
        return losses;
    }

    /// <summary>The sample numbers of a step in file order; fewer in the last step.</summary>
    public static int[] Samples(int step, int batchSize)
    {
        int first = step * batchSize;
        return [.. Enumerable.Range(first, Math.Min(batchSize, Training.Count - first))];
    }
}
