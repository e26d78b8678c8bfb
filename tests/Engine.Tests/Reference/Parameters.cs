using System.Runtime.InteropServices;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Tests.Reference;

/// <summary>All parameters of a network at once.</summary>
internal static class Parameters
{
    /// <summary>Weights then biases, layer after layer, without padding.</summary>
    public static float[] All(Network network)
    {
        var all = new List<float>();
        foreach (Dense layer in network.DenseLayers)
        {
            all.AddRange(PaddedMatrix.Unpad(layer.Weights, layer));
            all.AddRange(layer.Bias[..layer.Outputs]);
        }
        return [.. all];
    }

    /// <summary>The bits of all parameters, for comparisons that tell 0 from −0 and one NaN from another.</summary>
    public static uint[] Bits(Network network) => [.. MemoryMarshal.Cast<float, uint>(All(network))];

    /// <summary>FNV-1a, 64 bits, over the little-endian bytes of all parameters.</summary>
    public static ulong Hash(Network network)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (uint bits in Bits(network))
        {
            for (int shift = 0; shift < 32; shift += 8)
            {
                hash = unchecked((hash ^ ((bits >> shift) & 0xFF)) * 0x100000001B3);
            }
        }
        return hash;
    }
}
