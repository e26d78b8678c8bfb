namespace Engine.Training;

/// <summary>Why training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs are done.</summary>
    Completed,

    /// <summary>The target accuracy was reached.</summary>
    TargetReached,

    /// <summary>The token was cancelled; the network is as the last whole step left it.</summary>
    Cancelled,

    /// <summary>A step's loss, or a weight at the end of an epoch, was infinite or no number; the network has the weights of the last good epoch, or those it started with.</summary>
    Diverged,
}

/// <summary>What one call of <see cref="Trainer.Train"/> did.</summary>
/// <param name="StopReason">Why it ended.</param>
/// <param name="Steps">Updates made.</param>
/// <param name="Epochs">The epochs that were not stopped, in order; one that was stopped at its last step is not among them, as it was not evaluated.</param>
public sealed record TrainingReport(StopReason StopReason, long Steps, IReadOnlyList<EpochReport> Epochs);
