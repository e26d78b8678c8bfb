using Engine.Formats;
using Engine.Layers;
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
            Dense layer = network.DenseLayers[i];
            if (FirstNotFinite(layer.Weights) is { } weight)
            {
                throw new UsageException($"{path}: expected finite weights; found {weight} in those of dense layer {i + 1}.");
            }
            if (FirstNotFinite(layer.Bias) is { } bias)
            {
                throw new UsageException($"{path}: expected finite biases; found {bias} in those of dense layer {i + 1}.");
            }
        }
        return network;
    }

    private static string? FirstNotFinite(ReadOnlySpan<float> numbers)
    {
        foreach (float number in numbers)
        {
            if (!float.IsFinite(number))
            {
                return float.IsNaN(number) ? "NaN" : "an infinite one";
            }
        }
        return null;
    }
}
