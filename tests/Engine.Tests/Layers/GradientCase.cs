using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;

namespace Engine.Tests.Layers;

/// <summary>A network with random parameters and a random minibatch, far enough from every kink to have a gradient.</summary>
internal sealed class GradientCase
{
    /// <summary>
    /// A sample is drawn again until every number in front of a ReLU, a leaky ReLU or a perceptron's step is at least this
    /// far from 0. Rounding (1e-6) and the steps of central differences (1e-5) are far smaller, so neither can reach the
    /// other side, and no parameter has to be left out.
    /// </summary>
    private const double KinkMargin = 1e-3;

    public GradientCase(NetworkDescription description, Loss loss, int batchSize, int seed)
    {
        var random = new Random(seed);
        Loss = loss;
        Network = new Network(description, new InitializationOptions { Scheme = Initialization.GlorotUniform, Seed = (ulong)seed });
        foreach (Dense layer in Network.DenseLayers)
        {
            float[] weights = new float[layer.Inputs * layer.Outputs];
            layer.CopyWeightsTo(weights);
            layer.SetParameters(weights, random.Uniform(layer.Outputs, 0.5));
        }
        Reference = new ScalarNetwork(Network, loss);
        Batch = new Minibatch(
            [.. Enumerable.Range(0, batchSize).Select(_ => DrawInput(random))],
            [.. Enumerable.Range(0, batchSize).Select(_ => DrawTarget(random))]);
    }

    public Network Network { get; }

    public Loss Loss { get; }

    public Minibatch Batch { get; }

    public ScalarNetwork Reference { get; }

    /// <summary>The engine's backpropagation, run on the minibatch.</summary>
    public Backpropagation Run(out double loss)
    {
        var pass = new Backpropagation(Network, Loss, Batch.Count);
        for (int row = 0; row < Batch.Count; row++)
        {
            Batch.Inputs[row].CopyTo(pass.Input(row));
            Batch.Targets[row].CopyTo(pass.Target(row));
        }
        loss = pass.Run(Batch.Count);
        return pass;
    }

    private float[] DrawInput(Random random)
    {
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            float[] input = random.Uniform(Network.Inputs, 1.5);
            if (Reference.DistanceToKink(input) >= KinkMargin)
            {
                return input;
            }
        }
        throw new InvalidOperationException($"{Network.Description}: every sample lies on a kink.");
    }

    private float[] DrawTarget(Random random)
    {
        int width = Network.Outputs;
        return Loss switch
        {
            SoftmaxCrossEntropy => random.OneHot(width),
            PerceptronCriterion => [.. Enumerable.Range(0, width).Select(_ => (float)random.Next(2))],
            MeanSquaredError => random.Uniform(width),
            _ => [.. Enumerable.Range(0, width).Select(_ => random.NextSingle())],
        };
    }
}
