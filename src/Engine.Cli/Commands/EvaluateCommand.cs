using System.CommandLine;
using System.Globalization;
using Engine.Cli.Drawing;
using Engine.Cli.Training;
using Engine.Data;
using Engine.Networks;
using Engine.Training;
using Spectre.Console;

namespace Engine.Cli.Commands;

/// <summary><c>evaluate</c>: how a saved network does on the test images.</summary>
internal static class EvaluateCommand
{
    private const int MistakesDrawn = 40;
    private const int MistakeColumns = 8;

    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> data = CommonOptions.Data();
        Option<bool> json = CommonOptions.Json();
        Option<string?> mistakes = CommonOptions.File("--mistakes", "Draw the surest mistakes with label, number of the image, prediction and confidence.", ".png");
        var command = new Command("evaluate", "Test accuracy, loss, confusion matrix, precision and recall of a saved network.") { model, data, json, mistakes };
        command.SetAction(result => Run(result.GetValue(model)!, result.GetValue(data), result.GetValue(json), result.GetValue(mistakes)));
        return command;
    }

    private static int Run(string model, string? data, bool json, string? mistakes)
    {
        OutputFile.Check(mistakes);
        OutputFile.RequireDifferent(("MODEL", model), ("--mistakes", mistakes));
        Network network = ModelFile.Load(model);
        ImageDataset test = BundledData.ReadTest(data);
        if (test.Inputs != network.Inputs || test.Classes > network.Outputs)
        {
            throw new UsageException(
                $"{model}: expected {test.Inputs} inputs and at least {test.Classes} outputs for this data; found {network.Inputs} and {network.Outputs}.");
        }
        var report = new ClassificationReport(network, test);
        int unknown = Enumerable.Range(0, report.Count).Count(i => HasNoAnswer(report.Probabilities(i)));
        if (json)
        {
            WriteJson(model, network, report);
        }
        if (unknown > 0)
        {
            throw new FailedException($"{model}: expected outputs that are finite numbers for all {report.Count} images; found others for {unknown}.");
        }
        if (!json)
        {
            EvaluationText.Write(AnsiConsole.Console, network, report);
        }
        if (mistakes is not null)
        {
            string outcome = DrawMistakes(mistakes, test, report);
            if (!json)
            {
                AnsiConsole.Console.WriteLine(outcome);
            }
        }
        return ExitCode.Done;
    }

    /// <summary>Whether some output was infinite or no number: then no probability is one.</summary>
    private static bool HasNoAnswer(ReadOnlySpan<float> probabilities)
    {
        foreach (float probability in probabilities)
        {
            if (float.IsNaN(probability))
            {
                return true;
            }
        }
        return false;
    }

    private static string DrawMistakes(string file, ImageDataset test, ClassificationReport report)
    {
        IReadOnlyList<int> worst = [.. report.WorstMistakes().Take(MistakesDrawn)];
        if (worst.Count == 0)
        {
            return $"There is no mistake, so {file} was not written.";
        }
        OutputFile.Write(file, path => Gallery.Save(path, [.. worst.Select(i => Mistake(test, report, i))], Title(report), MistakeColumns));
        return $"Wrote {file}: the {worst.Count} surest of {report.Count - report.Hits} mistakes.";
    }

    private static string Title(ClassificationReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"The surest mistakes: {report.Count - report.Hits} of {report.Count} images are taken for another class");

    internal static GalleryItem Mistake(ImageDataset test, ClassificationReport report, int sample)
    {
        int predicted = report.Predicted(sample);
        string confidence = TrainingText.Percent(report.Probabilities(sample)[predicted]);
        return new GalleryItem(test.Image(sample).ToArray(), test.Rows, test.Columns, $"{test.Labels[sample]}, image {sample}", $"taken for {predicted}, {confidence}", Wrong: true);
    }

    private static void WriteJson(string model, Network network, ClassificationReport report) => JsonOutput.Write(json =>
    {
        json.WriteString("model", model);
        json.WriteString("network", network.Description.ToString());
        json.WriteNumber("count", report.Count);
        json.WriteNumber("hits", report.Hits);
        json.WriteNumber("accuracy", report.Accuracy);
        JsonOutput.WriteNumber(json, "loss", report.MeanLoss);
        json.WriteStartArray("classes");
        foreach (int c in Enumerable.Range(0, report.Classes))
        {
            json.WriteStartObject();
            json.WriteNumber("class", c);
            json.WriteNumber("count", report.Support(c));
            JsonOutput.WriteNumber(json, "precision", report.Precision(c));
            JsonOutput.WriteNumber(json, "recall", report.Recall(c));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("confusion");
        foreach (int actual in Enumerable.Range(0, report.Classes))
        {
            json.WriteStartArray();
            foreach (int predicted in Enumerable.Range(0, report.Classes))
            {
                json.WriteNumberValue(report.Confusion(actual, predicted));
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    });
}
