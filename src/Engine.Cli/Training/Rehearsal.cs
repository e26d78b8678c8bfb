using Engine.Cli.Commands;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>
/// A few steps with a throw-away network while the data is being read: reading keeps one core busy, and the kernels that the
/// training needs are compiled meanwhile on another, before the first epoch.
/// </summary>
internal static class Rehearsal
{
    private const int Classes = 10;

    /// <summary>What is compiled depends on the widths of the layers, but not on the number of inputs: three words of a mask will do.</summary>
    private const int Inputs = 130;

    /// <summary>Weights times samples of a step: beyond this the first epoch is so long that compilation hardly counts.</summary>
    private const long MaximumWork = 100_000_000;

    /// <summary>Starts it on a thread of its own. Nothing that happens in it matters to the training: not its numbers, and not its failures.</summary>
    /// <returns>The thread, to be joined.</returns>
    public static Thread Start(TrainSettings settings)
    {
        var thread = new Thread(() =>
        {
            try
            {
                Run(settings);
            }
            catch (Exception)
            {
                // Whatever is wrong with the settings, the training itself will say so.
            }
        })
        {
            IsBackground = true,
            Name = "Engine rehearsal",
        };
        thread.Start();
        return thread;
    }

    private static void Run(TrainSettings settings)
    {
        int[] widths = [Inputs, .. settings.Widths?[1..] ?? [100, 200, Classes]];
        long weights = widths.Zip(widths.Skip(1), (inputs, outputs) => (long)inputs * outputs).Sum();
        if (weights * settings.BatchSize > MaximumWork)
        {
            return;
        }
        int samples = (2 * settings.BatchSize) + (settings.BatchSize / 2);
        byte[] pixels = [.. Enumerable.Range(0, samples * Inputs).Select(i => i % 4 == 0 ? (byte)1 : (byte)0)];
        byte[] labels = [.. Enumerable.Range(0, samples).Select(i => (byte)(i % Math.Min(Classes, widths[^1])))];
        var data = new ImageDataset(pixels, labels, 1, Inputs);
        using var trainer = new Trainer(new Network(NetworkDescription.Chain(widths, settings.Activation)), new SoftmaxCrossEntropy(), new TrainerOptions
        {
            BatchSize = settings.BatchSize,
            Threads = Math.Min(settings.Threads, 2),
            InputPath = settings.InputPath,
        });
        trainer.Train(data, new TrainingPlan { Epochs = 1, Validation = data });
    }
}
