using Engine.Layers;
using Engine.Networks;

namespace Engine.Tests.Reference;

/// <summary>Loss and gradients of a minibatch: for each dense layer inputs x outputs weights, row after row, and its biases.</summary>
internal sealed record ScalarGradients(double Loss, double[][] Weights, double[][] Biases);

/// <summary>
/// The mathematics of a network in double precision, one sample and one number at a time, after the textbook: derivatives are
/// taken by a layer's input, nothing is fused, and no kernel of the engine is used.
/// </summary>
internal sealed class ScalarNetwork
{
    private readonly LayerDescription[] _layers;
    private readonly Loss _loss;

    /// <summary>Copies a network's parameters.</summary>
    public ScalarNetwork(Network network, Loss loss)
    {
        _layers = [.. network.Description.Layers];
        _loss = loss;
        Weights = [.. network.DenseLayers.Select(UnpaddedWeights)];
        Biases = [.. network.DenseLayers.Select(layer => Array.ConvertAll(layer.Bias[..layer.Outputs].ToArray(), x => (double)x))];
    }

    /// <summary>For each dense layer inputs x outputs numbers; may be changed.</summary>
    public double[][] Weights { get; }

    /// <summary>For each dense layer its biases; may be changed.</summary>
    public double[][] Biases { get; }

    /// <summary>The weights of a dense layer without padding, in double precision.</summary>
    public static double[] UnpaddedWeights(Dense layer)
    {
        float[] weights = new float[layer.Inputs * layer.Outputs];
        layer.CopyWeightsTo(weights);
        return Array.ConvertAll(weights, x => (double)x);
    }

    /// <summary>The input, then the output of every layer.</summary>
    public double[][] Forward(float[] input)
    {
        double[][] values = new double[_layers.Length + 1][];
        values[0] = Array.ConvertAll(input, x => (double)x);
        for (int i = 0, dense = 0; i < _layers.Length; i++)
        {
            values[i + 1] = _layers[i].Kind == LayerKind.Dense ? DenseForward(dense++, values[i]) : ActivationForward(_layers[i], values[i]);
        }
        return values;
    }

    /// <summary>The loss of a minibatch.</summary>
    public double Loss(Minibatch batch)
    {
        double sum = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            sum += SampleLoss(Forward(batch.Inputs[i])[^1], batch.Targets[i]);
        }
        return sum / Divisor(batch.Count);
    }

    /// <summary>The loss of a minibatch and its gradients by all parameters.</summary>
    public ScalarGradients Backward(Minibatch batch)
    {
        double[][] dWeights = [.. Weights.Select(w => new double[w.Length])];
        double[][] dBiases = [.. Biases.Select(b => new double[b.Length])];
        double divisor = Divisor(batch.Count);
        double loss = 0;
        for (int sample = 0; sample < batch.Count; sample++)
        {
            double[][] values = Forward(batch.Inputs[sample]);
            loss += SampleLoss(values[^1], batch.Targets[sample]);
            double[] d = [.. LossGradient(values[^1], batch.Targets[sample]).Select(x => x / divisor)];
            int dense = Weights.Length;
            for (int i = _layers.Length - 1; i >= 0; i--)
            {
                if (_layers[i].Kind == LayerKind.Dense)
                {
                    dense--;
                    d = DenseBackward(dense, values[i], d, dWeights[dense], dBiases[dense]);
                }
                else
                {
                    d = ActivationBackward(_layers[i], values[i], d);
                }
            }
        }
        return new ScalarGradients(loss / divisor, dWeights, dBiases);
    }

    /// <summary>How far the sample is from the nearest point without a derivative: the smallest magnitude in front of a kink.</summary>
    public double DistanceToKink(float[] input)
    {
        double[][] values = Forward(input);
        double distance = _loss is PerceptronCriterion ? values[^1].Min(Math.Abs) : double.PositiveInfinity;
        for (int i = 0; i < _layers.Length; i++)
        {
            if (_layers[i].Kind is LayerKind.ReLU or LayerKind.LeakyReLU)
            {
                distance = Math.Min(distance, values[i].Min(Math.Abs));
            }
        }
        return distance;
    }

    private double Divisor(int samples) => _loss.Reduction == LossReduction.Mean ? samples : 1;

    private double[] DenseForward(int dense, double[] x)
    {
        double[] y = [.. Biases[dense]];
        for (int i = 0; i < x.Length; i++)
        {
            ReadOnlySpan<double> row = Weights[dense].AsSpan(i * y.Length, y.Length);
            for (int j = 0; j < row.Length; j++)
            {
                y[j] += x[i] * row[j];
            }
        }
        return y;
    }

    private double[] DenseBackward(int dense, double[] x, double[] dY, double[] dWeights, double[] dBias)
    {
        double[] dX = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            ReadOnlySpan<double> row = Weights[dense].AsSpan(i * dY.Length, dY.Length);
            Span<double> dRow = dWeights.AsSpan(i * dY.Length, dY.Length);
            for (int j = 0; j < dY.Length; j++)
            {
                dRow[j] += x[i] * dY[j];
                dX[i] += row[j] * dY[j];
            }
        }
        for (int j = 0; j < dY.Length; j++)
        {
            dBias[j] += dY[j];
        }
        return dX;
    }

    private static double[] ActivationForward(LayerDescription layer, double[] x) => layer.Kind switch
    {
        LayerKind.ReLU => Array.ConvertAll(x, v => Math.Max(v, 0)),
        LayerKind.LeakyReLU => Array.ConvertAll(x, v => v > 0 ? v : layer.Slope * v),
        LayerKind.Sigmoid => Array.ConvertAll(x, Sigmoid),
        LayerKind.Tanh => Array.ConvertAll(x, Math.Tanh),
        LayerKind.BinaryStep => Array.ConvertAll(x, v => v >= 0 ? 1.0 : 0.0),
        LayerKind.Softmax => Softmax(x),
        _ => throw new ArgumentException($"{layer} is no activation."),
    };

    private static double[] ActivationBackward(LayerDescription layer, double[] x, double[] dY)
    {
        if (layer.Kind == LayerKind.Softmax)
        {
            return SoftmaxBackward(Softmax(x), dY);
        }
        double[] dX = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            dX[i] = dY[i] * layer.Kind switch
            {
                LayerKind.ReLU => x[i] > 0 ? 1 : 0,
                LayerKind.LeakyReLU => x[i] > 0 ? 1 : layer.Slope,
                LayerKind.Sigmoid => Sigmoid(x[i]) * Sigmoid(-x[i]),
                LayerKind.Tanh => 1 / (Math.Cosh(x[i]) * Math.Cosh(x[i])),
                _ => throw new ArgumentException($"{layer} has no derivative."),
            };
        }
        return dX;
    }

    /// <summary>The whole Jacobian: dy[j]/dx[i] = y[j]·([i = j] − y[i]).</summary>
    private static double[] SoftmaxBackward(double[] y, double[] dY)
    {
        double[] dX = new double[y.Length];
        for (int i = 0; i < y.Length; i++)
        {
            for (int j = 0; j < y.Length; j++)
            {
                dX[i] += dY[j] * y[j] * ((i == j ? 1 : 0) - y[i]);
            }
        }
        return dX;
    }

    private double SampleLoss(double[] y, float[] t) => _loss switch
    {
        SoftmaxCrossEntropy => y.Zip(t, (v, target) => target * (LogSumExp(y) - v)).Sum(),
        SigmoidCrossEntropy => y.Zip(t, (v, target) => -(target * LogSigmoid(v)) - ((1 - target) * LogSigmoid(-v))).Average(),
        BinaryCrossEntropy => y.Zip(t, (v, target) => -(target * Math.Log(v)) - ((1 - target) * Math.Log(1 - v))).Average(),
        MeanSquaredError => y.Zip(t, (v, target) => (v - target) * (v - target)).Average(),
        PerceptronCriterion => y.Zip(t, (v, target) => v * ((v >= 0 ? 1 : 0) - target)).Average(),
        _ => throw new InvalidOperationException($"There is no reference for {_loss}."),
    };

    private double[] LossGradient(double[] y, float[] t)
    {
        double n = y.Length;
        return _loss switch
        {
            SoftmaxCrossEntropy => [.. Softmax(y).Zip(t, (p, target) => (p * t.Sum(x => (double)x)) - target)],
            SigmoidCrossEntropy => [.. y.Zip(t, (v, target) => (Sigmoid(v) - target) / n)],
            BinaryCrossEntropy => [.. y.Zip(t, (v, target) => (((1 - target) / (1 - v)) - (target / v)) / n)],
            MeanSquaredError => [.. y.Zip(t, (v, target) => 2 * (v - target) / n)],
            PerceptronCriterion => [.. y.Zip(t, (v, target) => ((v >= 0 ? 1 : 0) - target) / n)],
            _ => throw new InvalidOperationException($"There is no reference for {_loss}."),
        };
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double LogSigmoid(double x) => x < 0 ? x - Math.Log(1 + Math.Exp(x)) : -Math.Log(1 + Math.Exp(-x));

    private static double LogSumExp(double[] x) => x.Max() + Math.Log(x.Sum(v => Math.Exp(v - x.Max())));

    private static double[] Softmax(double[] x)
    {
        double logSum = LogSumExp(x);
        return Array.ConvertAll(x, v => Math.Exp(v - logSum));
    }
}
