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
            $"{training.Count:N0} training and {test.Count:N0} test images; minibatch {options.BatchSize}; learning rate {rates}; {Plural(options.Threads, "thread")}; {Hardware.VectorBits}-bit vectors");
        if (!Hardware.HasFusedMultiplyAdd)
        {
            yield return "This processor, or what this program was compiled for, has no fused multiply-add: it is emulated, with the same result but very slowly.";
        }
    }

    /// <summary>What an epoch came to.</summary>
    public static string Epoch(EpochReport report)
    {
        string test = report.Validation is { } validation
            ? string.Create(CultureInfo.InvariantCulture, $"test loss {validation.Loss:F4}, test accuracy {Percent(validation.Accuracy)}, ")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {report.Epoch}: loss {report.Loss:F4}, train accuracy {Percent(report.TrainAccuracy)}, {test}{report.TrainSeconds * 1000:F0} ms");
    }

    /// <summary>Why the training has failed; null if it has not.</summary>
    public static string? Fault(TrainingReport report)
    {
        int epochs = report.Epochs.Count;
        if (report.StopReason == StopReason.Diverged)
        {
            string weights = epochs == 0 ? "those it started with" : string.Create(CultureInfo.InvariantCulture, $"those of the end of epoch {epochs}, the last good one");
            return $"The training has diverged: the loss or a weight became infinite or no number at step {report.Steps - 1}. The weights are {weights}.";
        }
        return epochs > 0 && report.Epochs[^1].Validation is { } validation && !double.IsFinite(validation.Loss)
            ? string.Create(CultureInfo.InvariantCulture, $"The training has diverged: expected a finite test loss after epoch {epochs}; found {validation.Loss}.")
            : null;
    }

    /// <summary>Whether there is a network to save: not if it diverged before the end of an epoch, or was stopped before its first step, as its weights are those that it started with then.</summary>
    public static bool HasNetworkToSave(TrainingReport report) => report.StopReason switch
    {
        StopReason.Diverged => report.Epochs.Count > 0,
        StopReason.Cancelled => report.Steps > 0,
        _ => true,
    };

    /// <summary>Why it ended and what was reached; of a training that diverged <see cref="Fault"/> says why.</summary>
    /// <param name="report">What the training did.</param>
    /// <param name="stopped">How the network does where it was stopped within an epoch: what is saved is that network, and not the one of the last whole epoch.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="written">The files that were written.</param>
    public static IEnumerable<string> Outcome(TrainingReport report, Evaluation? stopped, TrainSettings settings, IReadOnlyList<string> written)
    {
        int epochs = report.Epochs.Count;
        yield return report.StopReason switch
        {
            StopReason.TargetReached => $"Reached the target of {Percent(settings.Target ?? 0)} after {Plural(epochs, "epoch")}.",
            StopReason.Cancelled or StopReason.Diverged => $"Stopped after {Plural(report.Steps, "step")}, {Plural(epochs, "whole epoch")}.",
            _ => $"Done: {Plural(epochs, "epoch")}, {Plural(report.Steps, "step")}.",
        };
        if (stopped is { } now)
        {
            yield return $"Test accuracy after the last step {Accuracy(now)}.";
        }
        if (epochs > 0)
        {
            EpochReport last = report.Epochs[^1];
            double seconds = report.Epochs.Sum(epoch => epoch.TrainSeconds);
            if (last.Validation is { } validation)
            {
                EpochReport best = report.Epochs.MaxBy(epoch => epoch.Validation!.Value.Accuracy)!;
                string when = stopped is null ? "" : $" after epoch {epochs}";
                yield return $"Test accuracy{when} {Accuracy(validation)}, best {Percent(best.Validation!.Value.Accuracy)} after epoch {best.Epoch}.";
            }
            yield return string.Create(
                CultureInfo.InvariantCulture, $"Training took {seconds:F2} s, {seconds / epochs * 1000:F0} ms an epoch; {last.GigaflopsPerSecond:F0} GFLOP/s in the last, counted as if all inputs were multiplied.");
        }
        if (settings.Save is { } save && !HasNetworkToSave(report))
        {
            yield return $"There are no new weights, so {save} was not written.";
        }
        if (epochs == 0 && settings.Log is { } log)
        {
            yield return $"There is no epoch to log, so {log} was not written.";
        }
        if (epochs == 0 && settings.Plot is { } plot)
        {
            yield return $"There is no epoch to draw, so {plot} was not written.";
        }
        foreach (string path in written)
        {
            yield return $"Wrote {path}.";
        }
    }

    /// <summary>What the user may want to do next.</summary>
    /// <param name="report">What the training did.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="width">Columns of the terminal: where a command and its reason do not fit side by side, the reason comes below.</param>
    public static IEnumerable<string> NextSteps(TrainingReport report, TrainSettings settings, int width)
    {
        if (Fault(report) is not null)
        {
            yield return "Try a smaller --learning-rate.";
            yield break;
        }
        (string Command, string Reason)[] steps = settings.Save is { } save && Quoted(save) is var model
            ? [($"evaluate {model}", "see where it is wrong"), ($"predict {model} --index 0", "ask it about one image"), ($"train --from {model} --epochs 4", "train on")]
            : [("train --save model.safetensors", "keep the network"), ("train --plot accuracy.png", "draw accuracy and loss by epoch"), ("train --shuffle --layers 784,256,10", "try another order or shape")];
        int longest = steps.Max(step => step.Command.Length);
        bool isNarrow = steps.Max(step => $"engine {"".PadRight(longest)}   {step.Reason}".Length) > width;
        foreach ((string command, string reason) in steps)
        {
            yield return isNarrow ? $"engine {command}" : $"engine {command.PadRight(longest)}   {reason}";
            if (isNarrow)
            {
                yield return $"  {reason}";
            }
        }
    }

    /// <summary>A file's name as a shell takes it for one word, and no command for an option.</summary>
    public static string Quoted(string name)
    {
        string file = name.StartsWith('-') ? $"./{name}" : name;
        bool isPlain = file.All(c => char.IsAsciiLetterOrDigit(c) || "._/-+,:@%=".Contains(c, StringComparison.Ordinal));
        return isPlain ? file : OperatingSystem.IsWindows() ? $"\"{file}\"" : $"'{file.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static string Accuracy(Evaluation evaluation) => string.Create(CultureInfo.InvariantCulture, $"{Percent(evaluation.Accuracy)} ({evaluation.Hits} of {evaluation.Count})");

    public static string Percent(double share) => (share * 100).ToString("F2", CultureInfo.InvariantCulture) + " %";

    /// <summary>A number of things.</summary>
    public static string Plural(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>A number with some decimals; what rounds to zero has no sign.</summary>
    public static string Rounded(double value, int decimals) => (Math.Round(value, decimals) + 0.0).ToString($"F{decimals}", CultureInfo.InvariantCulture);
}
