using Engine.Kernels;
using Engine.Layers;

namespace Engine.Networks;

/// <summary>A thread's copies of Wᵀ, for the way back through layers whose outputs' gradients are zero in part: a product that skips those needs rows of Wᵀ.</summary>
/// <remarks>To make a copy takes as long as it saves with some 20 samples. It is made when it is first needed in a step, and serves for all samples that the thread takes in it. Not thread-safe.</remarks>
internal sealed class TransposedWeights
{
    /// <summary>For fewer samples in a step no copy is made.</summary>
    private const int FewestSamples = 20;

    private readonly AlignedBuffer?[] _copies;
    private readonly bool[] _areCurrent;
    private bool _pays;

    /// <summary>Takes memory for the layers of a network that may need a copy.</summary>
    public TransposedWeights(Network network)
    {
        _copies = [.. network.DenseLayers.Select((layer, i) => network.MaySkipBack(i) ? new AlignedBuffer(checked(layer.Outputs * RowLayout.Stride(layer.Inputs))) : null)];
        _areCurrent = new bool[_copies.Length];
    }

    /// <summary>A new step: the weights have changed.</summary>
    /// <param name="samples">How many samples this thread will take, about.</param>
    public void BeginStep(int samples)
    {
        _pays = samples >= FewestSamples;
        Array.Clear(_areCurrent);
    }

    /// <summary>A copy of some columns of a dense layer's W, transposed; always the same columns in a step.</summary>
    /// <param name="dense">The layer's number.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="transposed">The copy: a row for each column.</param>
    /// <returns>False if it does not pay to make one.</returns>
    public bool TryGet(int dense, DenseColumns columns, out ReadOnlySpan<float> transposed)
    {
        transposed = default;
        if (!_pays || _copies[dense] is not { } copy)
        {
            return false;
        }
        if (!_areCurrent[dense])
        {
            columns.CopyTransposedTo(copy.Span);
            _areCurrent[dense] = true;
        }
        transposed = copy.Span;
        return true;
    }
}
