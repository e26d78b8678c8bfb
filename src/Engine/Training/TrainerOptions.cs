namespace Engine.Training;

/// <summary>How a <see cref="Trainer"/> makes its steps.</summary>
public sealed record TrainerOptions
{
    /// <summary>The most samples of a step, 1 or more; 64 unless set.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>One learning rate for all dense layers, or one for each; positive. 0.1 unless set.</summary>
    public IReadOnlyList<float> LearningRates { get; init; } = [0.1f];

    /// <summary>Threads that share each step, the caller's included, from 1 to 1,024; the number of cores unless set. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether zero pixels are skipped; where that is faster unless set. The result does not depend on it.</summary>
    public InputPath InputPath { get; init; } = InputPath.Automatic;

    /// <summary>Whether <see cref="Trainer.Profile"/> tells where the time goes; not unless set.</summary>
    public bool Profile { get; init; }
}
