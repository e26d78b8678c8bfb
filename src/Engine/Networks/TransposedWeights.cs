using System.Diagnostics;
using Engine.Kernels;
using Engine.Layers;
using Engine.Threads;

namespace Engine.Networks;

/// <summary>A thread's copies of Wᵀ, for layers whose outputs' gradients are zero in part: a product that skips those needs rows of Wᵀ, on the way back as in the update.</summary>
/// <remarks>To make a copy takes as long as it saves with some 20 samples. It is made when it is first needed in a step, and serves for all samples that the thread takes in it. If the thread then updates the copy, and W from it, the copy is good for the next step too. Not thread-safe.</remarks>
internal sealed class TransposedWeights
{
    /// <summary>For fewer samples in a step no copy is made.</summary>
    private const int FewestSamples = 20;

    private readonly AlignedBuffer?[] _copies;
    private readonly ApartArray<bool> _areCurrent, _areUpdated;

    /// <summary>Takes memory for the layers whose zeros a pass may skip on the way back.</summary>
    public TransposedWeights(Backpropagation pass)
    {
        _copies = [.. pass.Network.DenseLayers.Select((layer, i) =>
            pass.ActiveGradients(i) is null ? null : new AlignedBuffer(checked(layer.Outputs * RowLayout.Stride(layer.Inputs))))];
        _areCurrent = new ApartArray<bool>(_copies.Length);
        _areUpdated = new ApartArray<bool>(_copies.Length);
    }

    /// <summary>Whether it pays to make copies in this step.</summary>
    public bool Pays { get; private set; }

    /// <summary>A new run: what became of the weights meanwhile is not known.</summary>
    public void Restart() => _areUpdated.Span.Clear();

    /// <summary>A new step: the weights have changed.</summary>
    /// <param name="samples">How many samples this thread will take, about.</param>
    public void BeginStep(int samples)
    {
        Pays = samples >= FewestSamples;
        _areUpdated.Span.CopyTo(_areCurrent.Span);
        _areUpdated.Span.Clear();
    }

    /// <summary>Whether a layer's copy is Wᵀ as it is now, in a step whose gradients have masks: then it can be updated with W.</summary>
    public bool MayUpdate(int dense) => Pays && _areCurrent.Span[dense];

    /// <summary>A layer's copy, to be updated with its W.</summary>
    public Span<float> Update(int dense)
    {
        Debug.Assert(MayUpdate(dense));
        _areUpdated.Span[dense] = true;
        return _copies[dense]!.Span;
    }

    /// <summary>A copy of Wᵀ: a row for each output.</summary>
    /// <param name="dense">The number of a layer whose zeros may be skipped.</param>
    /// <param name="layer">The layer.</param>
    public ReadOnlySpan<float> Get(int dense, Dense layer)
    {
        Span<float> copy = _copies[dense]!.Span;
        if (!_areCurrent.Span[dense])
        {
            layer.CopyTransposedTo(copy);
            _areCurrent.Span[dense] = true;
        }
        return copy;
    }
}
