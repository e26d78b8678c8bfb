using Engine.Kernels;
using Engine.Layers;

namespace Engine.Networks;

/// <summary>
/// How a network's weights start. The same options give the same bits on every machine.
/// </summary>
/// <remarks>
/// The dense layer number l, from 0, draws its weights row after row (inputs x outputs) from a <see cref="SplitMix64"/>
/// whose seed is <see cref="Seed"/> + l. Numbers are computed in double precision and rounded once.
/// </remarks>
public sealed record InitializationOptions
{
    /// <summary>The distribution. Glorot-normal unless set.</summary>
    public Initialization Scheme { get; init; } = Initialization.GlorotNormal;

    /// <summary>The seed. 0 unless set.</summary>
    public ulong Seed { get; init; }

    /// <summary>The largest magnitude of <see cref="Initialization.Uniform"/>; 1 unless set. The other schemes do not use it.</summary>
    public double Range { get; init; } = 1;

    /// <summary>Fills a layer with fresh weights and zero biases.</summary>
    internal void Fill(Dense layer, int layerIndex)
    {
        var random = new SplitMix64(unchecked(Seed + (ulong)layerIndex));
        double fanIn = layer.Inputs;
        double fanSum = (double)layer.Inputs + layer.Outputs;
        bool normal = Scheme is Initialization.GlorotNormal or Initialization.He;
        double scale = Scheme switch
        {
            Initialization.GlorotNormal => Math.Sqrt(2 / fanSum),
            Initialization.GlorotUniform => Math.Sqrt(6 / fanSum),
            Initialization.He => Math.Sqrt(2 / fanIn),
            Initialization.Uniform => Range,
            _ => throw new InvalidOperationException($"There is no initialisation {Scheme}."),
        };
        Span<float> weights = layer.WeightMemory;
        for (int i = 0; i < layer.Inputs; i++)
        {
            foreach (ref float weight in weights.Slice(i * layer.Stride, layer.Outputs))
            {
                weight = (float)((normal ? random.NextNormal() : (2 * random.NextDouble()) - 1) * scale);
            }
        }
        layer.BiasMemory.Clear();
    }
}
