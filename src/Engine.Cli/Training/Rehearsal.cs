using Engine.Cli.Commands;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>
/// A few steps with a throw-away network while the command line is read and then the data: these keep one core busy, and the kernels that the
/// training needs are compiled meanwhile on another, before the first epoch.
/// </summary>
/// <remarks>
/// Most of what goes before the first epoch is compilation. Begun with the process, a rehearsal takes 0.05 s less of it than one that waits for the options (0.53 s instead of 0.59 for two
/// epochs on two cores). To begin with the data too takes longer again: there are two cores and three threads with work for them then.
/// </remarks>
internal static class Rehearsal
{
    private const int Classes = 10;

    /// <summary>What is compiled depends on the widths of the layers, but not on the number of inputs: three words of a mask will do.</summary>
    private const int Inputs = 130;

    /// <summary>Weights times samples of a step: beyond this the first epoch is so long that compilation hardly counts.</summary>
    private const long MaximumWork = 100_000_000;

    /// <summary>The options that decide what is compiled.</summary>
    private static readonly string[] Deciding = [TrainCommand.Layers, TrainCommand.Activation, TrainCommand.BatchSize, TrainCommand.Threads, TrainCommand.Inputs];

    private static Thread? _early;

    /// <summary>Starts one before the options of <c>train</c> are understood, if none of them decides what is compiled.</summary>
    public static void StartEarly(IEnumerable<string> options)
    {
        if (!options.Any(option => Deciding.Any(name => option.StartsWith(name, StringComparison.Ordinal))))
        {
            _early = Start(new Shape([], LayerDescription.ReLU, TrainCommand.DefaultBatchSize, Environment.ProcessorCount, InputPath.Automatic));
        }
    }

    /// <summary>The one that was started early, or else one for these settings, started now.</summary>
    /// <returns>Its thread, to be joined.</returns>
    public static Thread For(TrainSettings settings) =>
        _early ?? Start(new Shape(settings.Widths ?? [], settings.Activation, settings.BatchSize, settings.Threads, settings.InputPath));

    /// <summary>Starts one on a thread of its own. Nothing that happens in it matters to the training: not its numbers, and not its failures.</summary>
    private static Thread Start(Shape shape)
    {
        var thread = new Thread(() =>
        {
            try
            {
                Run(shape);
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

    private static void Run(Shape shape)
    {
        int[] widths = [Inputs, .. shape.Widths.Length == 0 ? [100, 200, Classes] : shape.Widths[1..]];
        long weights = widths.Zip(widths.Skip(1), (inputs, outputs) => (long)inputs * outputs).Sum();
        if (weights * shape.BatchSize > MaximumWork)
        {
            return;
        }
        int samples = (2 * shape.BatchSize) + (shape.BatchSize / 2);
        byte[] pixels = [.. Enumerable.Range(0, samples * Inputs).Select(i => i % 4 == 0 ? (byte)1 : (byte)0)];
        byte[] labels = [.. Enumerable.Range(0, samples).Select(i => (byte)(i % Math.Min(Classes, widths[^1])))];
        var data = new ImageDataset(pixels, labels, 1, Inputs);
        using var trainer = new Trainer(new Network(NetworkDescription.Chain(widths, shape.Activation)), new SoftmaxCrossEntropy(), new TrainerOptions
        {
            BatchSize = shape.BatchSize,
            Threads = Math.Min(shape.Threads, 2),
            InputPath = shape.InputPath,
        });
        trainer.Train(data, new TrainingPlan { Epochs = 1, Validation = data });
    }

    /// <summary>What decides what is compiled.</summary>
    /// <param name="Widths">Inputs, hidden widths, outputs; none: as <c>train</c> has them by itself.</param>
    /// <param name="Activation">Between the dense layers.</param>
    /// <param name="BatchSize">Samples of a step.</param>
    /// <param name="Threads">Threads of the training.</param>
    /// <param name="InputPath">Whether zeros are skipped.</param>
    private sealed record Shape(int[] Widths, LayerDescription Activation, int BatchSize, int Threads, InputPath InputPath);
}
