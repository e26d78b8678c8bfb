using System.Globalization;
using Engine.Cli.Commands;
using Engine.Data;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>Plain lines, for a file or a pipe: one for each epoch.</summary>
internal sealed class LineDisplay(TextWriter output) : ITrainingDisplay
{
    public void Start(Network network, ImageDataset training, ImageDataset test, TrainerOptions options, int epochs)
    {
        foreach (string line in TrainingText.Heading(network, training, test, options))
        {
            output.WriteLine(line);
        }
    }

    public TrainingReport Run(Func<TrainingReport> train) => train();

    public void Step(StepReport report)
    {
    }

    public void Epoch(EpochReport report)
    {
        string test = report.Validation is { } validation
            ? string.Create(CultureInfo.InvariantCulture, $"test loss {validation.Loss:F4}, test accuracy {TrainingText.Percent(validation.Accuracy)}, ")
            : "";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {report.Epoch}: loss {report.Loss:F4}, train accuracy {TrainingText.Percent(report.TrainAccuracy)}, {test}{report.TrainSeconds * 1000:F0} ms"));
    }

    public void End(TrainingReport report, TrainSettings settings)
    {
        foreach (string line in TrainingText.Outcome(report, settings))
        {
            output.WriteLine(line);
        }
    }
}
