namespace Engine.Training;

/// <summary>What one epoch did.</summary>
public sealed record EpochReport
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The mean of the steps' losses, each before its update.</summary>
    public required double Loss { get; init; }

    /// <summary>The share of training samples that were decided rightly when their step came, before its update; from 0 to 1. What that means: <see cref="Evaluation.Hits"/>.</summary>
    public required double TrainAccuracy { get; init; }

    /// <summary>Loss and accuracy on the validation data after the epoch; null without such data.</summary>
    public required Evaluation? Validation { get; init; }

    /// <summary>Seconds of the steps: reading, forward pass, backward pass, update; no evaluation, no callback, no shuffling, nor the packing of images that comes once, before the second epoch (<see cref="Data.ImageDataset"/>).</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Seconds of the evaluation on the validation data.</summary>
    public required double EvaluationSeconds { get; init; }

    /// <summary>Training samples for each second of <see cref="TrainSeconds"/>.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Billions of floating-point operations of the matrix products, without padding but with those on zeros that were skipped, for each second of <see cref="TrainSeconds"/>.</summary>
    public required double GigaflopsPerSecond { get; init; }

    /// <summary>Managed bytes that the trainer's threads, the caller's included, allocated during the steps; callbacks and other threads are left out.</summary>
    public required long AllocatedBytes { get; init; }
}
