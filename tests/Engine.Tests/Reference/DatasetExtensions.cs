using Engine.Data;
using Engine.Networks;

namespace Engine.Tests.Reference;

/// <summary>Some samples of a dataset, for the reference or for a single backpropagation.</summary>
internal static class DatasetExtensions
{
    /// <summary>The samples as arrays; targets as wide as a network's outputs.</summary>
    public static Minibatch Minibatch(this Dataset data, int[] samples, int outputs)
    {
        var batch = new Minibatch([.. samples.Select(_ => new float[data.Inputs])], [.. samples.Select(_ => new float[outputs])]);
        for (int row = 0; row < samples.Length; row++)
        {
            data.CopyInput(samples[row], batch.Inputs[row]);
            data.CopyTarget(samples[row], batch.Targets[row]);
        }
        return batch;
    }

    /// <summary>Runs both passes on the samples.</summary>
    /// <returns>The loss.</returns>
    public static double Run(this Backpropagation pass, Dataset data, int[] samples)
    {
        for (int row = 0; row < samples.Length; row++)
        {
            data.CopyInput(samples[row], pass.Input(row));
            data.CopyTarget(samples[row], pass.Target(row));
        }
        return pass.Run(samples.Length);
    }
}
