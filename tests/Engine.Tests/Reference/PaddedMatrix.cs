using Engine.Layers;

namespace Engine.Tests.Reference;

/// <summary>The engine's padded rows, apart: what is in use and what is padding.</summary>
internal static class PaddedMatrix
{
    /// <summary>A matrix in the layout of a dense layer's weights, without padding.</summary>
    public static float[] Unpad(ReadOnlySpan<float> matrix, Dense layer)
    {
        float[] numbers = new float[layer.Inputs * layer.Outputs];
        for (int i = 0; i < layer.Inputs; i++)
        {
            matrix.Slice(i * layer.Stride, layer.Outputs).CopyTo(numbers.AsSpan(i * layer.Outputs));
        }
        return numbers;
    }

    /// <summary>The padding of a layer's weights and bias, all of it.</summary>
    public static float[] Padding(Dense layer)
    {
        var padding = new List<float>();
        for (int i = 0; i < layer.Inputs; i++)
        {
            padding.AddRange(layer.Weights.Slice((i * layer.Stride) + layer.Outputs, layer.Stride - layer.Outputs));
        }
        padding.AddRange(layer.Bias[layer.Outputs..]);
        return [.. padding];
    }
}
