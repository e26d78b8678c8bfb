using Engine.Layers;
using Engine.Networks;

namespace Engine.Benchmarks.Suite;

/// <summary>A copy of a network's parameters, to start again from them without an allocation.</summary>
internal sealed class InitialParameters
{
    private readonly float[][] _weights;
    private readonly float[][] _biases;

    /// <summary>Copies the parameters.</summary>
    public InitialParameters(Network network)
    {
        _weights = [.. network.DenseLayers.Select(CopyWeights)];
        _biases = [.. network.DenseLayers.Select(layer => layer.Bias[..layer.Outputs].ToArray())];
    }

    /// <summary>Puts the parameters back into a network of the same shape.</summary>
    public void Restore(Network network)
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            network.DenseLayers[i].SetParameters(_weights[i], _biases[i]);
        }
    }

    private static float[] CopyWeights(Dense layer)
    {
        float[] weights = new float[layer.Inputs * layer.Outputs];
        layer.CopyWeightsTo(weights);
        return weights;
    }
}
