using Engine.Layers;
using Engine.Networks;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// The textbook loops: one number after another, nothing vectorised, blocked or packed. They are the baseline of the
/// benchmarks, and what the results are verified against.
/// </summary>
internal static class ScalarBaseline
{
    /// <summary>C(m x n) ← A(m x k)·B(k x n), or Aᵀ·B with A stored k x m; each element one chain, p ascending.</summary>
    public static void Gemm(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, bool transposedA, ReadOnlySpan<float> b, int ldb, bool transposedB, Span<float> c, int ldc)
    {
        int rowStep = transposedA ? 1 : lda;
        int columnStep = transposedA ? lda : 1;
        int rowStepB = transposedB ? 1 : ldb;
        int columnStepB = transposedB ? ldb : 1;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float acc = 0f;
                for (int p = 0; p < k; p++)
                {
                    acc = MathF.FusedMultiplyAdd(a[(i * rowStep) + (p * columnStep)], b[(p * rowStepB) + (j * columnStepB)], acc);
                }
                c[(i * ldc) + j] = acc;
            }
        }
    }

    /// <summary>The outputs of a network of dense and ReLU layers, sample after sample.</summary>
    public static void Predict(Network network, ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        float[] x = [];
        for (int first = 0, to = 0; first < inputs.Length; first += network.Inputs, to += network.Outputs)
        {
            x = inputs.Slice(first, network.Inputs).ToArray();
            foreach (Layer layer in network.Layers)
            {
                x = layer switch
                {
                    Dense dense => Affine(dense, x),
                    Layers.ReLU => Array.ConvertAll(x, value => value <= 0f ? 0f : value),
                    _ => throw new NotSupportedException($"The baseline has no {layer.Description}."),
                };
            }
            x.CopyTo(outputs[to..]);
        }
    }

    /// <summary>output ← max(input, 0).</summary>
    public static void ReLU(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = input[i] <= 0f ? 0f : input[i];
        }
    }

    /// <summary>output ← 1 / (1 + exp(−input)).</summary>
    public static void Sigmoid(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = 1f / (1f + MathF.Exp(-input[i]));
        }
    }

    /// <summary>output ← tanh(input).</summary>
    public static void Tanh(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = MathF.Tanh(input[i]);
        }
    }

    /// <summary>output ← softmax of each row of input.</summary>
    public static void Softmax(int rows, int columns, int stride, ReadOnlySpan<float> input, Span<float> output)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> x = input.Slice(row * stride, columns);
            Span<float> y = output.Slice(row * stride, columns);
            float maximum = float.NegativeInfinity;
            for (int j = 0; j < columns; j++)
            {
                maximum = MathF.Max(maximum, x[j]);
            }
            float sum = 0f;
            for (int j = 0; j < columns; j++)
            {
                y[j] = MathF.Exp(x[j] - maximum);
                sum += y[j];
            }
            for (int j = 0; j < columns; j++)
            {
                y[j] /= sum;
            }
        }
    }

    /// <summary>output ← pixels / 255.</summary>
    public static void Scale(ReadOnlySpan<byte> pixels, Span<float> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = pixels[i] / 255f;
        }
    }

    private static float[] Affine(Dense layer, float[] x)
    {
        float[] y = new float[layer.Outputs];
        ReadOnlySpan<float> weights = layer.Weights;
        for (int j = 0; j < y.Length; j++)
        {
            float acc = layer.Bias[j];
            for (int p = 0; p < x.Length; p++)
            {
                acc = MathF.FusedMultiplyAdd(x[p], weights[(p * layer.Stride) + j], acc);
            }
            y[j] = acc;
        }
        return y;
    }
}
