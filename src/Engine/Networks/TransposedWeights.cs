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

    /// <summary>Takes memory for the layers whose zeros a pass may skip on the way back.</summary>
    public TransposedWeights(Backpropagation pass)
    {
        _copies = [.. pass.Network.DenseLayers.Select((layer, i) =>
            pass.ActiveGradients(i) is null ? null : new AlignedBuffer(checked(layer.Outputs * RowLayout.Stride(layer.Inputs))))];
        _areCurrent = new bool[_copies.Length];
    }

    /// <summary>Whether it pays to make copies in this step.</summary>
    public bool Pays { get; private set; }

    /// <summary>A new step: the weights have changed.</summary>
    /// <param name="samples">How many samples this thread will take, about.</param>
    public void BeginStep(int samples)
    {
        Pays = samples >= FewestSamples;
        Array.Clear(_areCurrent);
    }

    /// <summary>A copy of Wᵀ: a row for each output.</summary>
    /// <param name="dense">The number of a layer whose zeros may be skipped.</param>
    /// <param name="layer">The layer.</param>
    public ReadOnlySpan<float> Get(int dense, Dense layer)
    {
        Span<float> copy = _copies[dense]!.Span;
        if (!_areCurrent[dense])
        {
            layer.CopyTransposedTo(copy);
            _areCurrent[dense] = true;
        }
        return copy;
    }
}
