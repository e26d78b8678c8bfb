using Engine.Cli.Commands;
using Engine.Data;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>What the user sees of a training.</summary>
internal interface ITrainingDisplay
{
    void Start(Network network, ImageDataset training, ImageDataset test, TrainerOptions options, int epochs);

    /// <summary>Runs the training; <see cref="Step"/> and <see cref="Epoch"/> are called from within.</summary>
    TrainingReport Run(Func<TrainingReport> train);

    void Step(StepReport report);

    void Epoch(EpochReport report);

    /// <summary>Shows what came of it, and the files that were written.</summary>
    /// <param name="report">What the training did.</param>
    /// <param name="stopped">How the network does on the test images where it was stopped within an epoch.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="written">The files.</param>
    void End(TrainingReport report, Evaluation? stopped, TrainSettings settings, IReadOnlyList<string> written);
}
