using System.Runtime.InteropServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>The first layer's part of training steps: forward and update, all of it or an owner's columns; what an owner can do of its update before all samples are back; and what passes between owners and others.</summary>
/// <remarks>
/// <para>
/// Where zero pixels are skipped, the weights of 64 inputs are updated at a time: one word of the images' masks. Elsewhere as many at once as have the same samples in their sums.
/// An owner that waits for others sums what the samples that are back already add to the gradient, and keeps it; the update goes on from there. A sum is
/// one chain in the order of the samples, wherever it is stored in between: the same bits.
/// </para>
/// <para>
/// Where owners keep to their columns, outputs go one way only and gradients the other. In the division for cores that are far apart (<see cref="Roles.PastCaches"/>), each side computes them in memory of its own and hands them over with a
/// <see cref="StreamCopy"/>: nobody writes to lines that another core has. Otherwise both sides use the memory of the minibatch.
/// </para>
/// <para>
/// Whoever takes the rest too, and not only its columns, has these apart during a run (<see cref="ColumnsApart"/>): a core fetches lines that it was not asked for, beside those that it was, and would take
/// them from its neighbour in W.
/// </para>
/// <para>Workers may use it at the same time, each with its own number.</para>
/// </remarks>
internal sealed class FirstLayer
{
    /// <summary>To store and load sums again takes as long as to add so many samples.</summary>
    private const int LeastSamples = 20;

    private readonly Network _network;
    private readonly Minibatches _batches;
    private readonly WorkPlan _plan;
    private readonly float _rate;
    private readonly ApartArray<ulong>[] _scratch;

    /// <summary>Sums so far, in the shape of W: whole cache lines of columns are one owner's.</summary>
    private readonly AlignedBuffer? _sums;

    /// <summary>Owners' outputs before these are handed over, and the gradients after that: a row for each sample.</summary>
    private readonly AlignedBuffer? _ownOutputs, _handedGradients;

    /// <summary>For the owner that takes the rest too, if there may be one.</summary>
    private readonly ColumnsApart? _apart;

    /// <summary>How many of the minibatch's samples are in the sums, by owner and word.</summary>
    private readonly ApartArray<int>[] _summed;

    /// <summary>Takes the memory that it needs.</summary>
    public FirstLayer(Backpropagation pass, Minibatches batches, WorkPlan plan, float rate, ApartArray<ulong>[] scratch)
    {
        _network = pass.Network;
        _batches = batches;
        _plan = plan;
        _rate = rate;
        _scratch = scratch;
        int owners = plan.MostOwners;
        if (owners > 0)
        {
            _sums = new AlignedBuffer(checked(Layer.Inputs * Layer.Stride));
            _ownOutputs = new AlignedBuffer(RowLayout.LengthApart(pass.Rows, Layer.Outputs));
            _handedGradients = new AlignedBuffer(_ownOutputs.Length);
        }
        _apart = plan.MostLinesApart > 0 ? new ColumnsApart(Layer, plan.MostLinesApart * RowLayout.LineFloats) : null;
        _summed = [.. Enumerable.Range(0, owners).Select(_ => new ApartArray<int>(Words))];
    }

    private Dense Layer => _network.DenseLayer(0);

    /// <summary>A new run.</summary>
    public void Restart()
    {
        foreach (ApartArray<int> summed in _summed)
        {
            summed.Span.Clear();
        }
    }

    /// <summary>A worker begins a run.</summary>
    public void Enter(int worker, Roles roles)
    {
        if (roles.HasColumnsApart(worker))
        {
            (int first, int count) = _plan.Columns(worker, roles);
            _apart!.Take(first, count);
        }
    }

    /// <summary>A worker is done with a run.</summary>
    public void Leave(int worker, Roles roles)
    {
        if (roles.HasColumnsApart(worker))
        {
            _apart!.GiveBack();
        }
    }

    /// <summary>Some samples through all columns.</summary>
    public void Forward(StepBatch batch, int first, int rows)
    {
        if (_batches.IsSparse)
        {
            batch.Pass.ForwardFirst(_batches.Images(0, batch), first, rows);
        }
        else
        {
            batch.Pass.ForwardFirst(first, rows);
        }
    }

    /// <summary>Some samples through an owner's columns; others find the outputs in the memory of the minibatch.</summary>
    public void ForwardColumns(int owner, StepBatch batch, int first, int rows)
    {
        DenseColumns columns = Columns(owner, batch.Roles);
        bool handsOver = batch.Roles.HandsOver(owner);
        Span<float> shared = batch.Pass.FirstOutputs(first, rows);
        Span<float> output = handsOver ? OwnOutputs(first, rows) : shared;
        if (_batches.IsSparse)
        {
            columns.Forward(first, rows, _batches.Images(owner, batch), _network.IsRectified(0), output);
        }
        else
        {
            columns.Forward(rows, _batches.Floats(owner, batch, first, rows), _network.IsRectified(0), output);
        }
        if (handsOver)
        {
            (int firstColumn, int count) = _plan.Columns(owner, batch.Roles);
            HandOver(output, shared, rows, firstColumn, count);
        }
    }

    /// <summary>Some outputs will be read at once by this worker: if others have computed them, they may come meanwhile.</summary>
    public static void Expect(StepBatch batch, int first, int rows)
    {
        if (batch.Roles.Owners > 0)
        {
            Prefetch.Memory(MemoryMarshal.AsBytes(batch.Pass.FirstOutputs(first, rows)));
        }
    }

    /// <summary>Some samples are back: who owns columns finds their gradients.</summary>
    public void Back(StepBatch batch, int first, int rows)
    {
        if (batch.Roles.PastCaches)
        {
            int apart = batch.Roles.LinesApart * RowLayout.LineFloats;
            HandOver(batch.Pass.FirstGradients(first, rows), HandedGradients(first, rows), rows, apart, Layer.Outputs - apart);
        }
    }

    /// <summary>Sums some of what the samples that are back add to an owner's columns of the gradient.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="batch">The minibatch.</param>
    /// <param name="back">How many of its samples, from the first, are back.</param>
    /// <returns>False if all is done, or too few are back: less than half of the minibatch, or than it pays for.</returns>
    public bool SumSome(int owner, StepBatch batch, int back)
    {
        if (back < Math.Max(LeastSamples, batch.Rows / 2) || back == batch.Rows)
        {
            return false;
        }
        Span<int> summed = _summed[owner].Span;
        for (int i = 0; i < summed.Length; i++)
        {
            // There is not always time for all. The first and the last rows of images are nearly empty, and hardly worth it.
            int word = (i + (summed.Length / 4)) % summed.Length;
            if (summed[word] == 0)
            {
                Sum(owner, batch, word, back);
                summed[word] = back;
                return true;
            }
        }
        return false;
    }

    /// <summary>An owner's columns of the first W and of its bias.</summary>
    public void UpdateColumns(int owner, StepBatch batch)
    {
        DenseColumns columns = Columns(owner, batch.Roles);
        ReadOnlySpan<float> gradients = Gradients(owner, batch, batch.Rows);
        columns.UpdateBias(batch.Rows, gradients, _rate);
        Span<int> summed = _summed[owner].Span;
        for (int word = 0, end; word < summed.Length; word = end)
        {
            end = word + 1;
            if (_batches.IsSparse)
            {
                columns.Update(summed[word], batch.Rows - summed[word], _batches.Images(owner, batch), gradients, word, _rate, _sums!.Span, _scratch[owner].Span);
                continue;
            }

            // With floats as many inputs as go together.
            while (end < summed.Length && summed[end] == summed[word])
            {
                end++;
            }
            columns.Update(
                summed[word], batch.Rows - summed[word], _batches.Floats(owner, batch, 0, batch.Rows), gradients,
                FirstInput(word), FirstInput(end) - FirstInput(word), _rate, _sums!.Span);
        }
        summed.Clear();
    }

    /// <summary>The weights of the 64 inputs of a word, where nobody owns columns.</summary>
    public void UpdateRows(int worker, StepBatch batch, int word)
    {
        // Meanwhile the pixels of some images may come: if they have not been read already.
        _batches.Expect(batch, Share.Start(batch.Rows, word, Words), Share.Start(batch.Rows, word + 1, Words));
        Layer.AllColumns.Update(
            0, batch.Rows, _batches.Images(worker, batch), batch.Pass.FirstGradients(0, batch.Rows), word, _rate, default, _scratch[worker].Span);
    }

    /// <summary>Sums the first samples for a word's inputs.</summary>
    private void Sum(int owner, StepBatch batch, int word, int samples)
    {
        DenseColumns columns = Columns(owner, batch.Roles);
        ReadOnlySpan<float> gradients = Gradients(owner, batch, samples);
        if (_batches.IsSparse)
        {
            columns.Sum(samples, batch.Rows, _batches.Images(owner, batch), gradients, word, _sums!.Span, _scratch[owner].Span);
        }
        else
        {
            columns.Sum(samples, _batches.Floats(owner, batch, 0, batch.Rows), gradients, FirstInput(word), FirstInput(word + 1) - FirstInput(word), _sums!.Span);
        }
    }

    /// <summary>An owner's columns.</summary>
    private DenseColumns Columns(int owner, Roles roles)
    {
        if (roles.HasColumnsApart(owner))
        {
            return _apart!.Columns;
        }
        (int first, int count) = _plan.Columns(owner, roles);
        return Layer.Columns(first, count);
    }

    /// <summary>The outputs of some samples that an owner has computed which hands them over.</summary>
    private Span<float> OwnOutputs(int first, int rows) => Rows(_ownOutputs!, first, rows);

    /// <summary>The gradients of some samples that have been handed to owners.</summary>
    private Span<float> HandedGradients(int first, int rows) => Rows(_handedGradients!, first, rows);

    /// <summary>The gradients of the first samples, where an owner finds them.</summary>
    private ReadOnlySpan<float> Gradients(int owner, StepBatch batch, int rows) =>
        batch.Roles.HandsOver(owner) ? HandedGradients(0, rows) : batch.Pass.FirstGradients(0, rows);

    private Span<float> Rows(AlignedBuffer buffer, int first, int rows) => buffer.Span.Slice(first * Layer.Stride, rows * Layer.Stride);

    /// <summary>Copies the cache lines of some columns.</summary>
    private void HandOver(ReadOnlySpan<float> from, Span<float> to, int rows, int firstColumn, int columns) =>
        StreamCopy.Run(rows, RowLayout.Lines(columns) * RowLayout.LineFloats, from[firstColumn..], to[firstColumn..], Layer.Stride);

    /// <summary>The first input of a word; of the word after the last, the end of all.</summary>
    private int FirstInput(int word) => Math.Min(word * NonZeroMask.WordBits, Layer.Inputs);

    private int Words => NonZeroMask.Words(Layer.Inputs);
}
