using System.Globalization;
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
        CheckOutputs(settings);
        Thread rehearsal = Rehearsal.For(settings);
        (ImageDataset training, ImageDataset test) = BundledData.Read(settings.Data);
        if (settings.Target is not null && test.Count == 0)
        {
            throw new UsageException($"Option --target: expected test images in {BundledData.Folder(settings.Data)}; found none.");
        }
        Network network = settings.From is null ? FreshNetwork(settings, training) : ModelFile.Load(settings.From);
        RequireFit(network, training, settings);

        using Trainer trainer = CreateTrainer(network, settings);
        using var interruption = new Interruption();
        using var log = new TrainingLog(settings);
        ITrainingDisplay display = settings.Quiet ? new SilentDisplay() : TrainingDisplay.Create();
        display.Start(network, training, test, trainer.Options, settings.Epochs);
        rehearsal.Join();
        var plan = new TrainingPlan
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
        };
        TrainingReport report = display.Run(() =>
        {
            TrainingReport ended = trainer.Train(training, plan, interruption.Token);
            interruption.Finish();
            return ended;
        });
        var failures = new List<string>();
        List<string> written = [.. SaveResults(network, report, settings, failures), .. log.Written];
        failures.AddRange(log.Failures);
        bool isNotTested = report.StopReason == StopReason.Cancelled && TrainingText.HasNetworkToSave(report);
        display.End(report, isNotTested && test.Count > 0 && !settings.Quiet ? trainer.Evaluate(test) : null, settings, written);
        if (TrainingText.Fault(report) is { } fault)
        {
            failures.Insert(0, fault);
        }
        return failures.Count == 0 ? ExitCode.Done : throw new FailedException(string.Join(" ", failures));
    }

    private static void CheckOutputs(TrainSettings settings)
    {
        (string, string?)[] others = [("--log", settings.Log), ("--log-steps", settings.LogSteps), ("--plot", settings.Plot)];
        foreach ((string Option, string? Path) output in others.Append(("--save", settings.Save)))
        {
            OutputFile.Check(output.Path);
        }
        OutputFile.RequireDifferent([("--from", settings.From), .. others]); // The network may be saved over the one that it started from.
        foreach (string file in BundledData.Files(settings.Data))
        {
            OutputFile.RequireDifferent([("--data", file), ("--save", settings.Save), .. others]);
        }
    }

    private static Network FreshNetwork(TrainSettings settings, ImageDataset training)
    {
        int[] widths = settings.Widths ?? [training.Inputs, 100, 200, training.Classes];
        if (widths.Length < 2)
        {
            throw new UsageException($"Option --layers: expected two widths or more, such as {training.Inputs},{training.Classes}; found {widths[0]}.");
        }
        try
        {
            return new Network(
                NetworkDescription.Chain(widths, settings.Activation), new InitializationOptions { Scheme = settings.Initialization, Seed = settings.Seed });
        }
        catch (ArgumentOutOfRangeException)
        {
            Int128 weights = widths.Zip(widths.Skip(1), (inputs, outputs) => (Int128)inputs * outputs).Aggregate((sum, count) => sum + count);
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture, $"Option --layers: expected a network whose weights fit an array of {Array.MaxLength:N0}; found {weights:N0} weights."));
        }
    }

    private static Trainer CreateTrainer(Network network, TrainSettings settings)
    {
        try
        {
            return new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions
            {
                BatchSize = settings.BatchSize,
                LearningRates = TrainCommand.RatesFor(settings.LearningRates, network.DenseLayers.Count),
                Threads = settings.Threads,
                InputPath = settings.InputPath,
            });
        }
        catch (ArgumentOutOfRangeException)
        {
            int widest = network.Layers.Max(layer => Math.Max(layer.Inputs, layer.Outputs));
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"Option --batch-size: expected a minibatch whose numbers fit an array of {Array.MaxLength:N0} in each layer; found {settings.BatchSize:N0} samples of up to {widest:N0} numbers."));
        }
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

    /// <summary>Saves what was asked for, unless it is as it was before. A network that cannot be saved where it should be is put into the temporary folder.</summary>
    /// <returns>The files written.</returns>
    private static List<string> SaveResults(Network network, TrainingReport report, TrainSettings settings, List<string> failures)
    {
        var written = new List<string>();
        string rescue = Path.Combine(Path.GetTempPath(), $"engine-{Guid.NewGuid():N}.safetensors");
        if (settings.Save is { } save && TrainingText.HasNetworkToSave(report) && !TryWrite(save, path => Safetensors.Save(network, path), written, failures)
            && TryWrite(rescue, path => Safetensors.Save(network, path), [], failures))
        {
            failures.Add($"The network was saved as {rescue} instead.");
        }
        if (settings.Plot is { } plot && report.Epochs.Count > 0)
        {
            TryWrite(plot, path => TrainingPlot.Save(path, report.Epochs, network.Description.ToString()), written, failures);
        }
        return written;
    }

    private static bool TryWrite(string path, Action<string> write, List<string> written, List<string> failures)
    {
        try
        {
            OutputFile.Write(path, write);
            written.Add(path);
            return true;
        }
        catch (FailedException exception)
        {
            failures.Add(exception.Message.TrimEnd('.') + ".");
            return false;
        }
    }
}
