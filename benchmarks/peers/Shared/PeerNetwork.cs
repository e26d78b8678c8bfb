using Engine.Layers;
using Engine.Networks;

namespace Engine.Peers;

/// <summary>The network that all peers share: 784-100-200-10 with ReLU.</summary>
internal static class PeerNetwork
{
    /// <summary>A fresh network; with seed 42 it has the initial weights of the golden values.</summary>
    public static Network Create(ulong seed) => new(
        NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU),
        new InitializationOptions { Scheme = Initialization.GlorotUniform, Seed = seed });

    /// <summary>The weights of a layer, inputs x outputs, row after row.</summary>
    public static float[] Weights(Dense layer)
    {
        var weights = new float[layer.Inputs * layer.Outputs];
        layer.CopyWeightsTo(weights);
        return weights;
    }

    /// <summary>The bias of a layer.</summary>
    public static float[] Bias(Dense layer) => layer.Bias[..layer.Outputs].ToArray();
}
