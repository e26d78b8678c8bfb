using Engine.Data;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// Training as the textbook writes it, in single precision: one sample and one number after another, no vectors, no threads,
/// no blocking, and no kernel of the engine. For dense layers with ReLU between them and softmax cross-entropy at the end.
/// </summary>
/// <remarks>Nothing is allocated after construction. Not thread-safe.</remarks>
internal sealed class ScalarNetwork
{
    private readonly int[] _widths;
    private readonly float[][] _weights;
    private readonly float[][] _biases;
    private readonly float[][] _dWeights;
    private readonly float[][] _dBiases;
    private readonly float[][] _values;
    private readonly float[][] _gradients;

    /// <summary>Copies a network's parameters.</summary>
    /// <exception cref="ArgumentException">The network is no chain of dense layers with ReLU between them.</exception>
    public ScalarNetwork(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        RequireChain(network);
        _widths = [network.Inputs, .. network.DenseLayers.Select(layer => layer.Outputs)];
        _weights = [.. network.DenseLayers.Select(layer => new float[layer.Inputs * layer.Outputs])];
        _biases = [.. network.DenseLayers.Select(layer => new float[layer.Outputs])];
        _dWeights = [.. _weights.Select(weights => new float[weights.Length])];
        _dBiases = [.. _biases.Select(bias => new float[bias.Length])];
        _values = [.. _widths.Select(width => new float[width])];
        _gradients = [.. _widths.Select(width => new float[width])];
        SetParameters(network);
    }

    /// <summary>Replaces the parameters by those of a network of the same shape.</summary>
    public void SetParameters(Network network)
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            Dense layer = network.DenseLayers[i];
            layer.CopyWeightsTo(_weights[i]);
            layer.Bias[..layer.Outputs].CopyTo(_biases[i]);
        }
    }

    /// <summary>One update from a minibatch of consecutive images.</summary>
    /// <param name="data">The images.</param>
    /// <param name="first">The first image of the minibatch.</param>
    /// <param name="count">Its images.</param>
    /// <param name="rates">One learning rate for each dense layer.</param>
    /// <returns>The mean loss of the minibatch before the update.</returns>
    public double Step(ImageDataset data, int first, int count, ReadOnlySpan<float> rates)
    {
        double loss = 0;
        for (int sample = first; sample < first + count; sample++)
        {
            ReadOnlySpan<byte> image = data.Image(sample);
            for (int i = 0; i < image.Length; i++)
            {
                _values[0][i] = image[i] / 255f;
            }
            Forward();
            loss += SoftmaxCrossEntropy(data.Labels[sample], count);
            Backward();
        }
        for (int layer = 0; layer < _weights.Length; layer++)
        {
            Update(_weights[layer], _dWeights[layer], rates[layer]);
            Update(_biases[layer], _dBiases[layer], rates[layer]);
        }
        return loss / count;
    }

    private void Forward()
    {
        for (int layer = 0; layer < _weights.Length; layer++)
        {
            float[] x = _values[layer];
            float[] y = _values[layer + 1];
            float[] weights = _weights[layer];
            bool rectify = layer < _weights.Length - 1;
            for (int j = 0; j < y.Length; j++)
            {
                float sum = _biases[layer][j];
                for (int i = 0; i < x.Length; i++)
                {
                    sum += x[i] * weights[(i * y.Length) + j];
                }
                y[j] = rectify && sum <= 0f ? 0f : sum;
            }
        }
    }

    /// <summary>The loss of one sample; leaves the gradient of the minibatch's mean by the sample's logits.</summary>
    private double SoftmaxCrossEntropy(int label, int count)
    {
        float[] logits = _values[^1];
        float[] gradient = _gradients[^1];
        float maximum = logits[0];
        for (int j = 1; j < logits.Length; j++)
        {
            maximum = MathF.Max(maximum, logits[j]);
        }
        float sum = 0f;
        for (int j = 0; j < logits.Length; j++)
        {
            gradient[j] = MathF.Exp(logits[j] - maximum);
            sum += gradient[j];
        }
        for (int j = 0; j < logits.Length; j++)
        {
            gradient[j] = ((gradient[j] / sum) - (j == label ? 1f : 0f)) / count;
        }
        return Math.Log(sum) + maximum - logits[label];
    }

    /// <summary>Adds the sample's gradients to those of the minibatch.</summary>
    private void Backward()
    {
        for (int layer = _weights.Length - 1; layer >= 0; layer--)
        {
            float[] x = _values[layer];
            float[] dY = _gradients[layer + 1];
            float[] dWeights = _dWeights[layer];
            for (int i = 0; i < x.Length; i++)
            {
                for (int j = 0; j < dY.Length; j++)
                {
                    dWeights[(i * dY.Length) + j] += x[i] * dY[j];
                }
            }
            for (int j = 0; j < dY.Length; j++)
            {
                _dBiases[layer][j] += dY[j];
            }
            if (layer > 0)
            {
                BackwardInput(x, dY, _weights[layer], _gradients[layer]);
            }
        }
    }

    /// <summary>dX ← dY·Wᵀ where the ReLU before the layer let x pass.</summary>
    private static void BackwardInput(float[] x, float[] dY, float[] weights, float[] dX)
    {
        for (int i = 0; i < x.Length; i++)
        {
            float sum = 0f;
            for (int j = 0; j < dY.Length; j++)
            {
                sum += dY[j] * weights[(i * dY.Length) + j];
            }
            dX[i] = x[i] <= 0f ? 0f : sum;
        }
    }

    /// <summary>parameters ← parameters − rate·gradients; the gradients are zero again for the next minibatch.</summary>
    private static void Update(float[] parameters, float[] gradients, float rate)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] -= rate * gradients[i];
            gradients[i] = 0f;
        }
    }

    private static void RequireChain(Network network)
    {
        for (int i = 0; i < network.Layers.Count; i++)
        {
            bool fits = i % 2 == 0 ? network.Layers[i] is Dense : network.Layers[i] is ReLU;
            if (!fits || network.Layers[^1] is not Dense)
            {
                throw new ArgumentException($"Expected dense layers with ReLU between them; found {network.Description}.", nameof(network));
            }
        }
    }
}
