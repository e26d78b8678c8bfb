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

    public void Epoch(EpochReport report) => output.WriteLine(TrainingText.Epoch(report));

    public void End(TrainingReport report, Evaluation? stopped, TrainSettings settings, IReadOnlyList<string> written)
    {
        foreach (string line in TrainingText.Outcome(report, stopped, settings, written))
        {
            output.WriteLine(line);
        }
    }
}
