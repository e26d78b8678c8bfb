using System.Runtime.InteropServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Training;

/// <summary>The second dense layer in steps in which the only owner of the first W keeps columns of the second too, the last ones: what it does with these, and what others do with the rest.</summary>
/// <remarks>
/// <para>
/// An owner has all outputs of the first layer at hand, and less to do than the others. So it can take some columns of the second layer off them without any of its W ever moving: what moves
/// instead are the outputs of these columns one way, and the gradients by them the other, each handed over with a <see cref="StreamCopy"/> as those of the first layer are.
/// </para>
/// <code>
/// owner     forward:  its columns, from the first layer's outputs; handed over with these
/// others    forward:  the other columns, then the layers behind
///           backward: down to the second layer's outputs; gradients by those of the owner's columns are handed over
///                     dOutput·Wᵀ as far as the others' columns go: chains begun, handed over as gradients by the first layer's outputs
/// owner     backward: these chains ended by its own columns, and the ReLU's gradient
/// both      update:   their columns; the owner as soon as it has all gradients by its outputs, while others still begin chains
/// </code>
/// <para>A gradient by an output of the first layer is one chain, columns of the second W ascending, wherever it is stored in between: the same bits.</para>
/// <para>An owner's columns are in memory of their own during a run (<see cref="ColumnsApart"/>), and once more transposed, for the chains.</para>
/// <para>Workers may use it at the same time: an owner what is the owner's, others what is the others' with rows of their own.</para>
/// </remarks>
internal sealed class SecondLayer
{
    private readonly WorkPlan _plan;
    private readonly StepProgress _progress;
    private readonly FirstLayer _firstLayer;
    private readonly Dense _layer;
    private readonly bool _isRectified;
    private readonly float _rate;
    private readonly ColumnsApart _apart;
    private readonly AlignedBuffer _transposed;

    /// <summary>An owner's outputs before these are handed over, and the gradients by them after that: a row of the whole layer for each sample.</summary>
    private readonly AlignedBuffer _ownOutputs, _handedGradients;

    /// <summary>How many of the minibatch's chains the owner has ended.</summary>
    private int _ended;
    private bool _isUpdated;

    /// <summary>Takes the memory that it needs.</summary>
    public SecondLayer(Backpropagation pass, WorkPlan plan, StepProgress progress, FirstLayer firstLayer, float rate)
    {
        _plan = plan;
        _progress = progress;
        _firstLayer = firstLayer;
        _layer = pass.Network.DenseLayer(1);
        _isRectified = pass.Network.IsRectified(2);
        _rate = rate;
        int most = plan.MostSecondLines * RowLayout.LineFloats;
        _apart = new ColumnsApart(_layer, most);
        _transposed = new AlignedBuffer(checked(most * RowLayout.Stride(_layer.Inputs)));
        _ownOutputs = new AlignedBuffer(RowLayout.LengthApart(pass.Rows, _layer.Outputs));
        _handedGradients = new AlignedBuffer(_ownOutputs.Length);
    }

    /// <summary>A worker begins a run.</summary>
    public void Enter(int worker, Roles roles)
    {
        if (roles.KeepsSecond(worker))
        {
            int first = _plan.SecondColumnsLeft(roles);
            _apart.Take(first, RowLayout.PaddedColumns(_layer.Outputs) - first);
            BeginStep();
        }
    }

    /// <summary>A worker is done with a run.</summary>
    public void Leave(int worker, Roles roles)
    {
        if (roles.KeepsSecond(worker))
        {
            _apart.GiveBack();
        }
    }

    /// <summary>Owner: some samples through its columns, after the first layer.</summary>
    public void ForwardColumns(StepBatch batch, int first, int rows)
    {
        Span<float> output = Rows(_ownOutputs, first, rows);
        _apart.Columns.Forward(rows, _firstLayer.OwnOutputs(first, rows), _isRectified, output);
        HandOver(batch, output, batch.Pass.SecondOutputs(first, rows), rows);
    }

    /// <summary>Others: some samples through the columns left to them, then through all layers behind.</summary>
    public void ForwardRest(StepBatch batch, int first, int rows)
    {
        Expect(batch, batch.Pass.SecondOutputs(first, rows), rows);
        batch.Pass.ForwardSecond(ColumnsLeft(batch), first, rows);
        batch.Pass.ForwardBehindSecond(first, rows);
    }

    /// <summary>Others: the same samples back.</summary>
    public void Backward(StepBatch batch, int first, int rows, TransposedWeights transposed)
    {
        batch.Pass.BackwardToSecond(first, rows, batch.Rows, transposed);
        Span<float> gradients = batch.Pass.SecondGradients(first, rows);
        HandOver(batch, gradients, Rows(_handedGradients, first, rows), rows);
        _progress.BackAtSecond(rows);
        Span<float> dInput = batch.Pass.FirstGradients(first, rows);
        DenseColumns columns = ColumnsLeft(batch);
        if (!batch.Pass.TrySkipBack(1, columns, first, rows, gradients, dInput, transposed))
        {
            columns.BackwardInput(rows, gradients, dInput);
        }
    }

    /// <summary>Owner: ends the chains of samples that are back.</summary>
    /// <param name="batch">The minibatch.</param>
    /// <param name="back">How many of its samples, from the first, are back.</param>
    /// <returns>False if none has come since the last time.</returns>
    public bool EndChains(StepBatch batch, int back)
    {
        int first = _ended;
        int rows = back - first;
        if (rows <= 0)
        {
            return false;
        }
        Span<float> dInput = _firstLayer.HandedGradients(first, rows);
        Span<float> dOutput = Rows(_handedGradients, first, rows);

        // They come from memory: one after another, as the product meets them, would take twice as long.
        Prefetch.Memory(MemoryMarshal.AsBytes(dInput));
        Expect(batch, dOutput, rows);
        _apart.Columns.EndBackwardInputRelu(rows, _transposed.Span, _firstLayer.OwnOutputs(first, rows), dOutput, dInput);
        _ended = back;
        return true;
    }

    /// <summary>Owner: updates its columns and their bias. Its chains still need them as they were: the transposed ones are.</summary>
    /// <returns>False if they are updated already.</returns>
    public bool UpdateColumns(StepBatch batch)
    {
        if (_isUpdated)
        {
            return false;
        }
        ReadOnlySpan<float> gradients = Rows(_handedGradients, 0, batch.Rows);
        _apart.Columns.UpdateBias(batch.Rows, gradients, _rate);
        _apart.Columns.Update(0, batch.Rows, _firstLayer.OwnOutputs(0, batch.Rows), gradients, 0, _layer.Inputs, _rate, default);
        _isUpdated = true;
        return true;
    }

    /// <summary>Owner: all chains are ended, and its columns updated.</summary>
    public void BeginStep()
    {
        _apart.Columns.CopyTransposedTo(_transposed.Span);
        _ended = 0;
        _isUpdated = false;
    }

    /// <summary>Others: the bias of the columns left to them.</summary>
    public void UpdateBias(StepBatch batch) => ColumnsLeft(batch).UpdateBias(batch.Rows, batch.Pass.SecondGradients(0, batch.Rows), _rate);

    /// <summary>Others: the weights of some inputs, of the columns left to them.</summary>
    public void UpdateWeights(StepBatch batch, int firstInput, int inputs, Span<ulong> scratch) =>
        batch.Pass.UpdateWeights(1, ColumnsLeft(batch), firstInput, inputs, batch.Rows, _rate, scratch);

    private DenseColumns ColumnsLeft(StepBatch batch) => _layer.Columns(0, _plan.SecondColumnsLeft(batch.Roles));

    /// <summary>Copies the cache lines of an owner's columns.</summary>
    private void HandOver(StepBatch batch, ReadOnlySpan<float> from, Span<float> to, int rows)
    {
        int first = _plan.SecondColumnsLeft(batch.Roles);
        StreamCopy.Run(rows, batch.Roles.SecondLines * RowLayout.LineFloats, from[first..], to[first..], _layer.Stride);
    }

    /// <summary>What has been handed over of an owner's columns will be read soon: it may come meanwhile.</summary>
    private void Expect(StepBatch batch, ReadOnlySpan<float> matrix, int rows)
    {
        int first = _plan.SecondColumnsLeft(batch.Roles);
        for (int row = 0; row < rows; row++)
        {
            Prefetch.Memory(MemoryMarshal.AsBytes(matrix.Slice((row * _layer.Stride) + first, batch.Roles.SecondLines * RowLayout.LineFloats)));
        }
    }

    private Span<float> Rows(AlignedBuffer buffer, int first, int rows) => buffer.Span.Slice(first * _layer.Stride, rows * _layer.Stride);
}
