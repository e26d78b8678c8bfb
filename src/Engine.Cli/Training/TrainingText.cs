using System.Globalization;
using Engine.Cli.Commands;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>What is said of a training in words, on a terminal and in plain lines alike.</summary>
internal static class TrainingText
{
    /// <summary>Network, data and threads.</summary>
    public static IEnumerable<string> Heading(Network network, ImageDataset training, ImageDataset test, TrainerOptions options)
    {
        yield return new NetworkSummary(network).ToString();
        string rates = string.Join(", ", options.LearningRates.Select(rate => rate.ToString(CultureInfo.InvariantCulture)));
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{training.Count:N0} training and {test.Count:N0} test images; minibatch {options.BatchSize}; learning rate {rates}; {options.Threads} threads; {Hardware.VectorBits}-bit vectors");
        if (!Hardware.HasFusedMultiplyAdd)
        {
            yield return "This processor has no fused multiply-add: it is emulated, with the same result but very slowly.";
        }
    }

    /// <summary>Why it ended and what was reached.</summary>
    public static IEnumerable<string> Outcome(TrainingReport report, TrainSettings settings)
    {
        int epochs = report.Epochs.Count;
        yield return report.StopReason switch
        {
            StopReason.TargetReached => $"Reached the target of {Percent(settings.Target ?? 0)} after {Plural(epochs, "epoch")}.",
            StopReason.Cancelled => $"Stopped after {Plural(report.Steps, "step")}, {Plural(epochs, "whole epoch")}.",
            StopReason.Diverged => $"The loss became infinite or no number at step {report.Steps - 1}: the training has diverged.",
            _ => $"Done: {Plural(epochs, "epoch")}, {Plural(report.Steps, "step")}.",
        };
        if (epochs > 0)
        {
            EpochReport last = report.Epochs[^1];
            double seconds = report.Epochs.Sum(epoch => epoch.TrainSeconds);
            if (last.Validation is { } validation)
            {
                EpochReport best = report.Epochs.MaxBy(epoch => epoch.Validation!.Value.Accuracy)!;
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"Test accuracy {Percent(validation.Accuracy)} ({validation.Hits} of {validation.Count}), best {Percent(best.Validation!.Value.Accuracy)} after epoch {best.Epoch}.");
            }
            yield return string.Create(
                CultureInfo.InvariantCulture, $"Training took {seconds:F2} s, {seconds / epochs * 1000:F0} ms an epoch; {last.GigaflopsPerSecond:F0} GFLOP/s in the last.");
        }
        foreach (string? path in new[] { settings.Save, report.Epochs.Count > 0 ? settings.Plot : null, settings.Log, settings.LogSteps })
        {
            if (path is not null)
            {
                yield return $"Wrote {path}.";
            }
        }
    }

    /// <summary>What the user may want to do next.</summary>
    public static IEnumerable<string> NextSteps(TrainingReport report, TrainSettings settings)
    {
        if (report.StopReason == StopReason.Diverged)
        {
            yield return "Try a smaller --learning-rate.";
            yield break;
        }
        (string Command, string Reason)[] steps = settings.Save is { } model
            ? [($"evaluate {model}", "see where it is wrong"), ($"predict {model} --index 0", "ask it about one image"), ($"train --from {model} --epochs 4", "train on")]
            : [("train --save model.safetensors", "keep the network"), ("train --plot accuracy.png", "draw accuracy and loss by epoch"), ("train --shuffle --layers 784,256,10", "try another order or shape")];
        int width = steps.Max(step => step.Command.Length);
        foreach ((string command, string reason) in steps)
        {
            yield return $"engine {command.PadRight(width)}   {reason}";
        }
    }

    public static string Percent(double share) => (share * 100).ToString("F2", CultureInfo.InvariantCulture) + " %";

    private static string Plural(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");
}
