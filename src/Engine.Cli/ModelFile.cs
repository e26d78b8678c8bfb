using Engine.Formats;
using Engine.Kernels;
using Engine.Networks;

namespace Engine.Cli;

/// <summary>A saved network that a command works with.</summary>
internal static class ModelFile
{
    /// <summary>Loads it. What is not finite spreads to every output and every weight, or hides where an input is always zero: better told at once than of the training that starts from it.</summary>
    /// <exception cref="UsageException">It is a folder, or has a weight that is infinite or no number.</exception>
    public static Network Load(string path)
    {
        Network network = Safetensors.Load(InputFile.Require(path));
        for (int i = 0; i < network.DenseLayers.Count; i++)
        {
            if (!FiniteKernel.All(network.DenseLayers[i].Weights) || !FiniteKernel.All(network.DenseLayers[i].Bias))
            {
                throw new UsageException($"{path}: expected finite weights and biases; found others in dense layer {i + 1}.");
            }
        }
        return network;
    }
}
