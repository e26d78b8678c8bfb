using Engine.Data;
using Engine.Kernels;
using Engine.Networks;

namespace Engine.Training;

/// <summary>The minibatches of a run: which samples they have, and how these get into the memory of a pass.</summary>
/// <remarks>
/// Two have memory for activations in turns, so the next one can be read while the last is still in use. Gradients are needed for one at a time.
/// Workers may read different rows at once.
/// </remarks>
internal sealed class Minibatches
{
    private readonly Backpropagation[] _passes;
    private readonly AlignedBuffer[] _floats;
    private readonly int _size;
    private Dataset? _data;
    private int[] _order = [];
    private int _start;
    private int _samples;

    /// <summary>Allocates all that minibatches need.</summary>
    /// <param name="pass">The pass of every other minibatch.</param>
    /// <param name="owners">The most workers that own columns of the first W.</param>
    public Minibatches(Backpropagation pass, int owners)
    {
        _passes = [pass, new Backpropagation(pass)];
        _floats = [.. Enumerable.Range(0, owners).Select(_ => new AlignedBuffer(pass.Inputs(pass.Rows).Length))];
        _size = pass.Rows;
        MaskWords = NonZeroMask.Words(pass.Network.Inputs);
    }

    /// <summary>The data, if it is images whose zero pixels are skipped.</summary>
    public ImageDataset? Images { get; private set; }

    /// <summary>Whether each owner of columns makes its own floats of all images: that takes less time than floats that another core has written.</summary>
    public bool OwnersReadFloats { get; private set; }

    /// <summary>How many minibatches there are.</summary>
    public int Count { get; private set; }

    /// <summary>Words of a mask of an image's pixels.</summary>
    public int MaskWords { get; }

    /// <summary>A new run.</summary>
    /// <param name="data">The data.</param>
    /// <param name="order">Numbers of samples.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="count">How many, 1 or more; a minibatch takes as many as it has rows, the last one what is left.</param>
    /// <param name="sparse">Whether to skip zero pixels.</param>
    /// <param name="owners">Workers that own columns of the first W.</param>
    public void Start(Dataset data, int[] order, int start, int count, bool sparse, int owners)
    {
        _data = data;
        Images = sparse ? (ImageDataset)data : null;
        OwnersReadFloats = owners > 0 && !sparse && data is ImageDataset;
        _order = order;
        _start = start;
        _samples = count;
        Count = ((count - 1) / _size) + 1;
    }

    /// <summary>A minibatch.</summary>
    /// <param name="number">Its number, from 0.</param>
    public StepBatch this[int number]
    {
        get
        {
            int first = number * _size;
            return new StepBatch(number, first, Math.Min(_size, _samples - first), _passes[number % _passes.Length]);
        }
    }

    /// <summary>Reads a sample: its target, and its floats, unless owners do, or the mask of its non-zero pixels.</summary>
    /// <remarks>Whoever reads an image will read the one in its place in the next minibatch, or another core will: its pixels may come meanwhile.</remarks>
    public void Read(StepBatch batch, int row)
    {
        int sample = Sample(batch, row);
        _data!.CopyTarget(sample, batch.Pass.Target(row));
        if (Images is { } images)
        {
            batch.Pass.ImageOffsets[row] = (nint)sample * images.Inputs;
            NonZeroMask.Of(images.Image(sample), batch.Pass.Masks.Slice(row * MaskWords, MaskWords));
            Expect(batch.Number + 1, row, row + 1);
        }
        else if (!OwnersReadFloats)
        {
            _data!.CopyInput(sample, batch.Pass.Input(row));
            Expect(batch.Number + 1, row, row + 1);
        }
    }

    /// <summary>Where an owner finds the floats of a minibatch: padded rows as <see cref="Backpropagation.Inputs"/> has them.</summary>
    public Span<float> Floats(int owner, StepBatch batch) =>
        OwnersReadFloats ? _floats[owner].Span[..(batch.Rows * RowLayout.Stride(batch.Pass.Network.Inputs))] : batch.Pass.Inputs(batch.Rows);

    /// <summary>Reads the floats of all samples of a minibatch for an owner.</summary>
    public void ReadFloats(int owner, StepBatch batch)
    {
        Span<float> floats = Floats(owner, batch);
        int stride = RowLayout.Stride(_data!.Inputs);
        for (int row = 0; row < batch.Rows; row++)
        {
            _data.CopyInput(Sample(batch, row), floats.Slice(row * stride, _data.Inputs));
            Expect(batch.Number + 1, row, row + 1);
        }
    }

    /// <summary>Some rows of a minibatch will be wanted soon, if there is such a minibatch: their pixels may come meanwhile.</summary>
    public void Expect(int number, int firstRow, int endRow)
    {
        long first = (long)number * _size;
        for (long i = first + firstRow; _data is ImageDataset images && i < Math.Min(first + endRow, _samples); i++)
        {
            Prefetch.Memory(images.Image(_order[_start + i]));
        }
    }

    /// <summary>The images of some rows, and which of their pixels are not zero.</summary>
    public SparsePixels Pixels(ImageDataset images, StepBatch batch, int first, int rows) =>
        new(images.Pixels, batch.Pass.ImageOffsets.Slice(first, rows), batch.Pass.Masks.Slice(first * MaskWords, rows * MaskWords), images.Inputs);

    private int Sample(StepBatch batch, int row) => _order[_start + batch.First + row];
}

/// <summary>The minibatch of a step.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="First">The place of its first sample among those of the run.</param>
/// <param name="Rows">How many samples.</param>
/// <param name="Pass">Where its activations are.</param>
internal readonly record struct StepBatch(int Number, int First, int Rows, Backpropagation Pass);
