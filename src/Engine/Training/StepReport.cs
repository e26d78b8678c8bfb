namespace Engine.Training;

/// <summary>What one step did.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Step">The step over all epochs of this call, from 0.</param>
/// <param name="StepInEpoch">The step within the epoch, from 0.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Loss">The minibatch's loss before the update.</param>
public readonly record struct StepReport(int Epoch, long Step, int StepInEpoch, int StepsPerEpoch, double Loss);
