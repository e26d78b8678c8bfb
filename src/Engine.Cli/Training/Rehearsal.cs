using Engine.Cli.Commands;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>
/// A few steps with a throw-away network while the data is being read: reading keeps one core busy, and the kernels that the
/// training needs are compiled meanwhile on another. Without it the first epoch takes about half as long again.
/// </summary>
internal static class Rehearsal
{
    private const int Side = 28;
    private const int Classes = 10;

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
        int[] widths = settings.Widths ?? [Side * Side, 100, 200, Classes];
        long weights = widths.Zip(widths.Skip(1), (inputs, outputs) => (long)inputs * outputs).Sum();
        if (widths[0] != Side * Side || widths[^1] < Classes || weights * settings.BatchSize > MaximumWork)
        {
            return;
        }
        int samples = (2 * settings.BatchSize) + (settings.BatchSize / 2);
        byte[] pixels = new byte[samples * Side * Side];
        byte[] labels = new byte[samples];
        for (int i = 0; i < samples; i++)
        {
            labels[i] = (byte)(i % Classes);
            for (int pixel = 0; pixel < Side * Side; pixel += 4)
            {
                pixels[(i * Side * Side) + pixel] = (byte)(1 + (i * pixel % byte.MaxValue));
            }
        }
        var data = new ImageDataset(pixels, labels, Side, Side);
        using var trainer = new Trainer(new Network(NetworkDescription.Chain(widths, settings.Activation)), new SoftmaxCrossEntropy(), new TrainerOptions
        {
            BatchSize = settings.BatchSize,
            Threads = Math.Min(settings.Threads, 2),
            InputPath = settings.InputPath,
        });
        trainer.Train(data, new TrainingPlan { Epochs = 1, Validation = data });
    }
}
