using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Benchmarks.Suite;

/// <summary>What the parts of a training step leave: all matrices of one minibatch, padded as the engine's, zero at first.</summary>
internal sealed class StepBuffers
{
    /// <summary>Allocates for a network and a minibatch.</summary>
    public StepBuffers(Network network, int rows)
    {
        Values = [new AlignedBuffer(rows * RowLayout.Stride(network.Inputs)), .. network.DenseLayers.Select(layer => new AlignedBuffer(rows * layer.Stride))];
        Gradients = [.. Values.Select(values => new AlignedBuffer(values.Length))];
        DWeights = [.. network.DenseLayers.Select(layer => new AlignedBuffer(layer.Weights.Length))];
        DBias = [.. network.DenseLayers.Select(layer => new AlignedBuffer(layer.Bias.Length))];
        Weights = [.. network.DenseLayers.Select(layer => new AlignedBuffer(layer.Weights.Length))];
        Bias = [.. network.DenseLayers.Select(layer => new AlignedBuffer(layer.Bias.Length))];
        Losses = new double[rows];
    }

    /// <summary>The input, then the output of each dense layer, after its ReLU.</summary>
    public AlignedBuffer[] Values { get; }

    /// <summary>The gradients by <see cref="Values"/>, before the ReLU; the first is not used.</summary>
    public AlignedBuffer[] Gradients { get; }

    /// <summary>The gradients by the weights of each dense layer.</summary>
    public AlignedBuffer[] DWeights { get; }

    /// <summary>The gradients by the bias of each dense layer.</summary>
    public AlignedBuffer[] DBias { get; }

    /// <summary>The weights of each dense layer after the update.</summary>
    public AlignedBuffer[] Weights { get; }

    /// <summary>The bias of each dense layer after the update.</summary>
    public AlignedBuffer[] Bias { get; }

    /// <summary>The losses of the samples.</summary>
    public double[] Losses { get; }

    /// <summary>Copies a network's parameters to <see cref="Weights"/> and <see cref="Bias"/>.</summary>
    public void CopyParameters(Network network)
    {
        for (int i = 0; i < Weights.Length; i++)
        {
            Dense layer = network.DenseLayers[i];
            layer.Weights.CopyTo(Weights[i].Span);
            layer.Bias.CopyTo(Bias[i].Span);
        }
    }
}
