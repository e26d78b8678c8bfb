using Engine.Data;
using Engine.Kernels;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>The minibatches of a run: which samples they have, and how these get into the memory of a pass.</summary>
/// <remarks>
/// Where threads share them, two have memory for activations in turns, so the next one can be read while the last is still in use. Gradients
/// are needed for one at a time. Each owner of columns has the images for itself, and who waits may read those of the next minibatch for it.
/// Workers may read different rows at once.
/// </remarks>
internal sealed class Minibatches
{
    /// <summary>Samples that an owner reads ahead at a time.</summary>
    private const int PieceAhead = 4;

    private readonly Backpropagation[] _passes;

    /// <summary>Two for each owner, in turns.</summary>
    private readonly AlignedBuffer[] _floats;
    private readonly PixelBlocks[] _images;

    /// <summary>Up to which sample of the run an owner's minibatch has been read ahead, or is being: two for each owner, in turns.</summary>
    private readonly SharedInteger[] _ahead;
    private Dataset? _data;
    private PackedImages? _packed;
    private int[] _order = [];
    private int _start;
    private int _samples;

    /// <summary>Allocates all that minibatches need.</summary>
    /// <param name="pass">The pass of the first minibatch.</param>
    /// <param name="inTurns">Whether the next minibatch is read while this one is still in use.</param>
    /// <param name="owners">The most workers that own columns of the first W.</param>
    public Minibatches(Backpropagation pass, bool inTurns, int owners)
    {
        _passes = inTurns ? [pass, new Backpropagation(pass)] : [pass];
        _floats = [.. Enumerable.Range(0, 2 * owners).Select(_ => new AlignedBuffer(RowLayout.LengthApart(pass.Rows, pass.Network.Inputs)))];
        Size = pass.Rows;
        _images = pass.Network.TakesSparseInputs
            ? [.. Enumerable.Range(0, Math.Max(2 * owners, _passes.Length)).Select(_ => new PixelBlocks(pass.Rows, pass.Network.Inputs))]
            : [];
        _ahead = [.. Enumerable.Range(0, 2 * owners).Select(_ => new SharedInteger())];
    }

    /// <summary>Samples of a minibatch.</summary>
    public int Size { get; }

    /// <summary>Whether zero pixels are skipped.</summary>
    public bool IsSparse { get; private set; }

    /// <summary>Whether each owner of columns reads all images itself, into memory that no other core writes.</summary>
    public bool OwnersRead { get; private set; }

    /// <summary>Who does what in a step of this run.</summary>
    public Roles Roles { get; private set; }

    /// <summary>How many minibatches there are.</summary>
    public int Count { get; private set; }

    /// <summary>A new run.</summary>
    /// <param name="data">The data.</param>
    /// <param name="order">Numbers of samples.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="count">How many, 1 or more; a minibatch takes as many as it has rows, the last one what is left.</param>
    /// <param name="sparse">Whether to skip zero pixels.</param>
    /// <param name="roles">Who does what in a step.</param>
    public void Start(Dataset data, int[] order, int start, int count, bool sparse, Roles roles)
    {
        Roles = roles;
        _data = data;
        _packed = PackedImages.Suits(sparse) ? (data as ImageDataset)?.Packed : null;
        IsSparse = sparse;
        OwnersRead = roles.Owners > 0 && data is ImageDataset;
        _order = order;
        _start = start;
        _samples = count;
        Count = ((count - 1) / Size) + 1;
        foreach (SharedInteger ahead in _ahead)
        {
            ahead.Value = 0;
        }
    }

    /// <summary>The run is over: its data is the caller's alone again.</summary>
    public void End()
    {
        _data = null;
        _packed = null;
        _order = [];
    }

    /// <summary>A minibatch.</summary>
    /// <param name="number">Its number, from 0.</param>
    public StepBatch this[int number]
    {
        get
        {
            int first = number * Size;
            return new StepBatch(number, first, Math.Min(Size, _samples - first), _passes[number % _passes.Length], Roles);
        }
    }

    /// <summary>Reads some samples: their targets, and their inputs unless owners do.</summary>
    public void Read(StepBatch batch, int first, int rows)
    {
        int outputs = batch.Pass.Network.Outputs;
        _data!.CopyTargets(_order.AsSpan(_start + batch.First + first, rows), outputs, RowLayout.Stride(outputs), batch.Pass.TargetBlock(first, rows));
        for (int row = first; row < first + rows && !OwnersRead; row++)
        {
            ReadInput(0, batch, row);
        }
    }

    /// <summary>Reads the inputs of some samples for an owner of columns, by itself: those that have not been read ahead.</summary>
    public void ReadInputs(int owner, StepBatch batch, int first, int rows)
    {
        int ahead = (int)_ahead[InTurns(owner, batch)].Value - batch.First;
        for (int row = Math.Max(first, ahead); row < first + rows; row++)
        {
            ReadInput(owner, batch, row);
        }
    }

    /// <summary>Reads the inputs of a few samples for an owner that is done with the minibatch before the last. Whoever waits may do that, if it is done before the owner comes to them.</summary>
    /// <returns>False if all have been read, or another worker was faster.</returns>
    public bool ReadAhead(int owner, StepBatch batch)
    {
        SharedInteger ahead = _ahead[InTurns(owner, batch)];
        long seen = Volatile.Read(ref ahead.Value);
        int first = Math.Max(0, (int)seen - batch.First);
        int end = Math.Min(first + PieceAhead, batch.Rows);
        if (first >= end || !ahead.TryMove(seen, batch.First + end))
        {
            return false;
        }
        for (int row = first; row < end; row++)
        {
            ReadInput(owner, batch, row);
        }
        return true;
    }

    /// <summary>The floats of some samples, for whoever read them: padded rows as <see cref="Backpropagation.Inputs"/> has them.</summary>
    public Span<float> Floats(int owner, StepBatch batch, int first, int rows)
    {
        Span<float> all = OwnersRead ? _floats[InTurns(owner, batch)].Span : batch.Pass.Inputs(batch.Rows);
        int stride = RowLayout.Stride(batch.Pass.Network.Inputs);
        return all.Slice(first * stride, rows * stride);
    }

    /// <summary>The images of a minibatch whose zero pixels are skipped, for whoever read them.</summary>
    public PixelBlocks Images(int owner, StepBatch batch) => _images[OwnersRead ? InTurns(owner, batch) : batch.Number % _passes.Length];

    /// <summary>Some rows of the minibatch after this one will be wanted soon, if there is one: their pixels may come meanwhile.</summary>
    public void Expect(StepBatch batch, int firstRow, int endRow)
    {
        long first = (long)batch.First + Size;
        for (long i = first + firstRow; _data is ImageDataset images && i < Math.Min(first + endRow, _samples); i++)
        {
            // An image that lies behind the one before comes by itself, and to ask for it would take time (Zen 5).
            int sample = _order[_start + i];
            if (sample != _order[_start + i - 1] + 1)
            {
                Prefetch.Memory(_packed is null ? images.Image(sample) : _packed.Record(sample));
            }
        }
    }

    private void ReadInput(int owner, StepBatch batch, int row)
    {
        int sample = Sample(batch, row);
        if (_packed is not null && IsSparse)
        {
            Images(owner, batch).Fill(row, _packed, sample);
        }
        else if (_packed is not null)
        {
            _packed.Scale(sample, Floats(owner, batch, row, 1)[..(RowLayout.Lines(_data!.Inputs) * RowLayout.LineFloats)]);
        }
        else if (IsSparse)
        {
            Images(owner, batch).Fill(row, ((ImageDataset)_data!).Image(sample));
        }
        else
        {
            _data!.CopyInput(sample, Floats(owner, batch, row, 1)[.._data.Inputs]);
        }
        if (OwnersRead || !IsSparse)
        {
            // Whoever reads an image will read the one in its place in the next minibatch, or another core will.
            Expect(batch, row, row + 1);
        }
    }

    private static int InTurns(int owner, StepBatch batch) => (2 * owner) + (batch.Number % 2);

    private int Sample(StepBatch batch, int row) => _order[_start + batch.First + row];
}

/// <summary>The minibatch of a step.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="First">The place of its first sample among those of the run.</param>
/// <param name="Rows">How many samples.</param>
/// <param name="Pass">Where its activations are.</param>
/// <param name="Roles">Who does what.</param>
internal readonly record struct StepBatch(int Number, int First, int Rows, Backpropagation Pass, Roles Roles);
