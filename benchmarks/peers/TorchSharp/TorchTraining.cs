using Engine.Layers;
using Engine.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Engine.Peers;

/// <summary>The network and its training in TorchSharp: SGD, minibatch 64, file order.</summary>
internal sealed class TorchTraining : IDisposable
{
    private const int BatchSize = 64;

    private static readonly double[] LearningRates = [0.05, 0.05, 0.1];

    private readonly Sequential _module = nn.Sequential();
    private readonly optim.Optimizer _optimizer;

    /// <summary>Builds the network.</summary>
    /// <param name="network">Where the initial parameters come from.</param>
    public TorchTraining(Network network)
    {
        var groups = new List<SGD.ParamGroup>();
        for (int i = 0; i < network.DenseLayers.Count; i++)
        {
            if (i > 0)
            {
                _module.append(nn.ReLU());
            }
            Linear linear = Copy(network.DenseLayers[i]);
            _module.append(linear);
            groups.Add(new SGD.ParamGroup(linear.parameters(), LearningRates[i]));
        }
        _optimizer = optim.SGD(groups, LearningRates[0]);
    }

    /// <summary>One epoch; returns the mean of the steps' mean losses before their updates.</summary>
    /// <param name="images">All images, one a row.</param>
    /// <param name="labels">Their labels.</param>
    public double TrainEpoch(Tensor images, Tensor labels)
    {
        long count = images.shape[0];
        double sum = 0;
        int steps = 0;
        for (long first = 0; first < count; first += BatchSize)
        {
            using DisposeScope scope = NewDisposeScope();
            long size = Math.Min(BatchSize, count - first);
            Tensor loss = nn.functional.cross_entropy(_module.call(images.narrow(0, first, size)), labels.narrow(0, first, size));
            _optimizer.zero_grad();
            loss.backward();
            _optimizer.step();
            sum += loss.item<float>();
            steps++;
        }
        return sum / steps;
    }

    /// <summary>The share of images whose largest output is that of their label.</summary>
    public double Accuracy(Tensor images, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        return _module.call(images).argmax(1).eq(labels).mean([0], type: ScalarType.Float64).item<double>();
    }

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        _module.Dispose();
    }

    private static Linear Copy(Dense layer)
    {
        Linear linear = nn.Linear(layer.Inputs, layer.Outputs);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        // TorchSharp keeps weights as outputs x inputs.
        linear.weight!.copy_(tensor(PeerNetwork.Weights(layer), [layer.Inputs, layer.Outputs]).t());
        linear.bias!.copy_(tensor(PeerNetwork.Bias(layer)));
        return linear;
    }
}
