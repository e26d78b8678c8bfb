namespace Engine.Training;

/// <summary>How a <see cref="Trainer"/> makes its steps.</summary>
public sealed record TrainerOptions
{
    /// <summary>The most samples of a step, 1 or more; 64 unless set.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>One learning rate for all dense layers, or one for each; positive. 0.1 unless set.</summary>
    public IReadOnlyList<float> LearningRates { get; init; } = [0.1f];

    /// <summary>Threads that share each step, the caller's included, from 1 to 1,024; the number of cores unless set. Where steps are so little work that the caller's thread alone is found to be faster, it makes them alone. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether zero pixels, and zeros that a ReLU leaves, are skipped; where that is faster unless set. The result does not depend on it.</summary>
    public InputPath InputPath { get; init; } = InputPath.Automatic;

    /// <summary>Whether <see cref="Trainer.Profile"/> tells where the time goes; not unless set.</summary>
    public bool Profile { get; init; }

    /// <summary>Requires that each number is in its range.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Threads, 1024);
        if (!Enum.IsDefined(InputPath))
        {
            throw new ArgumentOutOfRangeException(nameof(InputPath), InputPath, "Expected a known input path.");
        }
        ArgumentNullException.ThrowIfNull(LearningRates);
        foreach (float rate in LearningRates)
        {
            if (!(rate > 0f && float.IsFinite(rate)))
            {
                throw new ArgumentOutOfRangeException(nameof(LearningRates), rate, "A learning rate must be a positive number.");
            }
        }
    }

    /// <summary>The learning rate of each dense layer.</summary>
    /// <exception cref="ArgumentException">There is neither one for all nor one for each.</exception>
    internal float[] RatesOfLayers(int denseLayers)
    {
        if (LearningRates.Count != 1 && LearningRates.Count != denseLayers)
        {
            throw new ArgumentException($"Expected one learning rate, or one for each of the {denseLayers} dense layers; found {LearningRates.Count}.");
        }
        return LearningRates.Count == denseLayers ? [.. LearningRates] : [.. Enumerable.Repeat(LearningRates[0], denseLayers)];
    }
}
