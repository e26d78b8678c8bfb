using Engine.Kernels;
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

    /// <summary>output ← bias + input·W, with ReLU if wanted; matrices padded as the engine's.</summary>
    public static void Dense(int rows, Dense layer, bool rectify, ReadOnlySpan<float> input, Span<float> output)
    {
        int stride = RowLayout.Stride(layer.Inputs);
        ReadOnlySpan<float> weights = layer.Weights;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < layer.Outputs; j++)
            {
                float acc = layer.Bias[j];
                for (int p = 0; p < layer.Inputs; p++)
                {
                    acc = MathF.FusedMultiplyAdd(input[(i * stride) + p], weights[(p * layer.Stride) + j], acc);
                }
                output[(i * layer.Stride) + j] = rectify && acc <= 0f ? 0f : acc;
            }
        }
    }

    /// <summary>dInput ← dOutput·Wᵀ where the ReLU before the layer let its input pass, else 0; matrices padded as the engine's.</summary>
    public static void DenseInputGradient(int rows, Dense layer, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        int stride = RowLayout.Stride(layer.Inputs);
        Gemm(rows, layer.Inputs, layer.Outputs, dOutput, layer.Stride, false, layer.Weights, layer.Stride, true, dInput, stride);
        ReluGradient(input[..(rows * stride)], dInput[..(rows * stride)], dInput);
    }

    /// <summary>sums ← the sum of the rows of a matrix.</summary>
    public static void SumRows(int rows, int columns, int stride, ReadOnlySpan<float> matrix, Span<float> sums)
    {
        for (int j = 0; j < columns; j++)
        {
            float sum = 0f;
            for (int i = 0; i < rows; i++)
            {
                sum += matrix[(i * stride) + j];
            }
            sums[j] = sum;
        }
    }

    /// <summary>parameters ← parameters − rate·gradients.</summary>
    public static void Update(ReadOnlySpan<float> gradients, float rate, Span<float> parameters)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] = MathF.FusedMultiplyAdd(-rate, gradients[i], parameters[i]);
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

    /// <summary>dInput ← dOutput where the ReLU's output is positive, else 0.</summary>
    public static void ReluGradient(ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        for (int i = 0; i < output.Length; i++)
        {
            dInput[i] = output[i] <= 0f ? 0f : dOutput[i];
        }
    }

    /// <summary>output ← exp(input).</summary>
    public static void Exp(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = MathF.Exp(input[i]);
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

    /// <summary>losses ← cross-entropy of the softmax of each row of logits.</summary>
    public static void SoftmaxCrossEntropy(
        int rows, int columns, int stride, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<double> losses)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> x = logits.Slice(row * stride, columns);
            float maximum = float.NegativeInfinity;
            for (int j = 0; j < columns; j++)
            {
                maximum = MathF.Max(maximum, x[j]);
            }
            double sum = 0;
            for (int j = 0; j < columns; j++)
            {
                sum += MathF.Exp(x[j] - maximum);
            }
            double logSum = Math.Log(sum) + maximum;
            double loss = 0;
            for (int j = 0; j < columns; j++)
            {
                loss += targets[(row * stride) + j] * (logSum - x[j]);
            }
            losses[row] = loss;
        }
    }

    /// <summary>dLogits ← (softmax of each row of logits − targets) / divisor; the targets of a row add up to 1.</summary>
    public static void SoftmaxCrossEntropyGradient(
        int rows, int columns, int stride, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, float divisor, Span<float> dLogits)
    {
        Softmax(rows, columns, stride, logits, dLogits);
        for (int row = 0; row < rows; row++)
        {
            for (int j = row * stride; j < (row * stride) + columns; j++)
            {
                dLogits[j] = (dLogits[j] - targets[j]) / divisor;
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
