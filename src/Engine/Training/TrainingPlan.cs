using Engine.Data;

namespace Engine.Training;

/// <summary>What one call of <see cref="Trainer.Train"/> does.</summary>
public sealed record TrainingPlan
{
    /// <summary>Passes over the data, 0 or more; 1 unless set.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Data to test on after each epoch; none unless set.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>Whether each epoch takes the samples in a new random order. File order unless set.</summary>
    public bool Shuffle { get; init; }

    /// <summary>The seed of the shuffling; 0 unless set. Each call of <see cref="Trainer.Train"/> begins with it anew: who goes on with a training that was stopped takes another.</summary>
    public ulong Seed { get; init; }

    /// <summary>Stop after the first epoch whose accuracy, on the validation data if there is any, reaches this, from 0 to 1; never unless set. Of use where one class is right: see <see cref="Evaluation.Hits"/>. To stop by the loss, cancel from <see cref="OnEpoch"/>.</summary>
    public double? TargetAccuracy { get; init; }

    /// <summary>Called after each epoch, on the thread that called <see cref="Trainer.Train"/>. The trainer can be used meanwhile, to evaluate other data for example.</summary>
    public Action<EpochReport>? OnEpoch { get; init; }

    /// <summary>Called for each step when its loss is known, on the thread that called <see cref="Trainer.Train"/>. Its time and memory are not counted as training.</summary>
    /// <remarks>Nobody waits for it until the next step's update: other threads may be at work on the network, so it must not be read, and the trainer can do nothing else meanwhile: see <see cref="OnStep"/> for that. Threads that come to that update wait for the call to return, and use their cores meanwhile.</remarks>
    public Action<StepReport>? OnLoss { get; init; }

    /// <summary>Called after each step, on the thread that called <see cref="Trainer.Train"/>. Its time and memory are not counted as training.</summary>
    /// <remarks>The step's update is done, and the next step is not begun: the network may be read, saved, or used by <see cref="Trainer.Evaluate"/>, but the trainer makes no other step meanwhile. On several threads that takes longer than <see cref="OnLoss"/>, which lets them go on: 1.6 times as long where cores are far apart.</remarks>
    public Action<StepReport>? OnStep { get; init; }
}
