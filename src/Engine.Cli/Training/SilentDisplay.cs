using Engine.Cli.Commands;
using Engine.Data;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>Shows nothing.</summary>
internal sealed class SilentDisplay : ITrainingDisplay
{
    public void Start(Network network, ImageDataset training, ImageDataset test, TrainerOptions options, int epochs)
    {
    }

    public TrainingReport Run(Func<TrainingReport> train) => train();

    public void Step(StepReport report)
    {
    }

    public void Epoch(EpochReport report)
    {
    }

    public void End(TrainingReport report, Evaluation? stopped, TrainSettings settings, IReadOnlyList<string> written)
    {
    }
}
