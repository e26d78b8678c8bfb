using Engine.Cli.Drawing;
using Engine.Cli.Training;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Commands;

/// <summary>What <c>train</c> does: data, network, training, results.</summary>
internal static class TrainRun
{
    public static int Run(TrainSettings settings)
    {
        foreach (string? path in new[] { settings.Save, settings.Log, settings.LogSteps, settings.Plot })
        {
            OutputFile.Check(path);
        }
        Thread rehearsal = Rehearsal.Start(settings);
        (ImageDataset training, ImageDataset test) = BundledData.Read(settings.Data);
        Network network = settings.From is null ? FreshNetwork(settings, training) : Safetensors.Load(settings.From);
        RequireFit(network, training, settings);

        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions
        {
            BatchSize = settings.BatchSize,
            LearningRates = TrainCommand.RatesFor(settings.LearningRates, network.DenseLayers.Count),
            Threads = settings.Threads,
            InputPath = settings.InputPath,
        });
        rehearsal.Join();
        using var interruption = new Interruption();
        using var log = new TrainingLog(settings);
        ITrainingDisplay display = settings.Quiet ? new SilentDisplay() : TrainingDisplay.Create();
        display.Start(network, training, test, trainer.Options, settings.Epochs);
        TrainingReport report = display.Run(() => trainer.Train(
            training,
            new TrainingPlan
            {
                Epochs = settings.Epochs,
                Validation = test.Count > 0 ? test : null,
                Shuffle = settings.Shuffle,
                Seed = settings.Seed,
                TargetAccuracy = settings.Target,
                OnLoss = step =>
                {
                    log.Step(step);
                    display.Step(step);
                },
                OnEpoch = epoch =>
                {
                    log.Epoch(epoch);
                    display.Epoch(epoch);
                },
            },
            interruption.Token));
        SaveResults(network, report, settings);
        display.End(report, settings);
        if (log.Failure is { } failure)
        {
            throw failure;
        }
        return report.StopReason == StopReason.Diverged ? ExitCode.Failed : ExitCode.Done;
    }

    private static Network FreshNetwork(TrainSettings settings, ImageDataset training)
    {
        int[] widths = settings.Widths ?? [training.Inputs, 100, 200, training.Classes];
        if (widths.Length < 2)
        {
            throw new UsageException($"Option --layers: expected two widths or more, such as {training.Inputs},{training.Classes}; found {widths[0]}.");
        }
        return new Network(
            NetworkDescription.Chain(widths, settings.Activation), new InitializationOptions { Scheme = settings.Initialization, Seed = settings.Seed });
    }

    private static void RequireFit(Network network, ImageDataset training, TrainSettings settings)
    {
        string source = settings.From ?? "--layers";
        if (network.Inputs != training.Inputs || network.Outputs < training.Classes)
        {
            throw new UsageException(
                $"{source}: expected {training.Inputs} inputs and at least {training.Classes} outputs for this data; found {network.Inputs} and {network.Outputs}.");
        }
        if (settings.InputPath == InputPath.Sparse && network.Layers[0] is not Dense)
        {
            throw new UsageException($"Option --inputs: sparse needs a network that starts with a dense layer; {source} starts with {network.Layers[0].Description}.");
        }
        if (network.Layers[^1] is Softmax)
        {
            throw new UsageException($"{source}: expected a network that ends in logits; found one that ends in Softmax.");
        }
        int rates = settings.LearningRates.Length;
        if (rates > 1 && rates != network.DenseLayers.Count)
        {
            throw new UsageException($"Option --learning-rate: expected 1 or {network.DenseLayers.Count} learning rates; found {rates}.");
        }
    }

    /// <summary>Saves what was asked for. A network that cannot be saved where it should be is put into the temporary folder.</summary>
    private static void SaveResults(Network network, TrainingReport report, TrainSettings settings)
    {
        if (settings.Save is { } save)
        {
            try
            {
                OutputFile.Write(save, path => Safetensors.Save(network, path));
            }
            catch (FailedException exception)
            {
                string rescue = Path.Combine(Path.GetTempPath(), $"engine-{Guid.NewGuid():N}.safetensors");
                OutputFile.Write(rescue, path => Safetensors.Save(network, path));
                throw new FailedException($"{exception.Message} The network was saved as {rescue} instead.", exception);
            }
        }
        if (settings.Plot is { } plot && report.Epochs.Count > 0)
        {
            OutputFile.Write(plot, path => TrainingPlot.Save(path, report.Epochs, network.Description.ToString()));
        }
    }
}
