using Engine.Kernels;
using Engine.Layers;

namespace Engine.Networks;

/// <summary>
/// Scratch memory to run a network of one shape: the input and the output of every layer, for a number of rows.
/// </summary>
/// <remarks>An activation behind a dense layer works in place: its gradient can be told from its output, so nobody needs its input again. Make one for each thread that predicts, and keep it: nothing is allocated after that, but for what a <see cref="Gemm"/> of large matrices takes once on each thread. Not thread-safe.</remarks>
public sealed class Workspace
{
    private readonly AlignedBuffer _memory;
    private readonly int[] _offsets;
    private readonly int[] _widths;
    private readonly ulong[] _masks;
    private readonly ActiveUnits?[] _active;

    /// <summary>Allocates a workspace for predictions.</summary>
    /// <param name="network">A network of the shape to run.</param>
    /// <param name="rows">Samples that are run at once, 1 or more; longer inputs are run in parts.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is below 1, or the memory does not fit one array.</exception>
    public Workspace(Network network, int rows = 1)
        : this(network, rows, predicts: true, skipsZeros: true)
    {
    }

    /// <summary>As above; whoever brings its inputs itself needs no memory to find their zeros, nor does who skips none of those that a ReLU leaves.</summary>
    internal Workspace(Network network, int rows, bool predicts, bool skipsZeros)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        Description = network.Description;
        Rows = rows;
        _widths = [network.Inputs, .. network.Layers.Select(layer => layer.Outputs)];
        _offsets = new int[_widths.Length];
        long length = 0;
        for (int i = 0; i < _widths.Length; i++)
        {
            if (i > 1 && network.Layers[i - 1] is Activation && network.Layers[i - 2] is Dense)
            {
                _offsets[i] = _offsets[i - 1];
                continue;
            }
            _offsets[i] = (int)length;
            length += (long)rows * RowLayout.Stride(_widths[i]);
            if (length > AlignedBuffer.MaximumLength)
            {
                throw new ArgumentOutOfRangeException(nameof(rows), rows, $"Expected at most {AlignedBuffer.MaximumLength} floats of memory for all layers of {Description}: fewer samples at once.");
            }
        }
        _memory = new AlignedBuffer((int)length);
        _masks = predicts ? new ulong[checked(rows * NonZeroMask.Words(_widths.Max()))] : [];
        _active = [.. Enumerable.Range(0, network.Layers.Count).Select(i =>
            !skipsZeros || !network.MaySkip(i) ? null : predicts ? new ActiveUnits(_masks) : new ActiveUnits(rows, _widths[i]))];
    }

    /// <summary>The shape of the networks that this workspace can run.</summary>
    public NetworkDescription Description { get; }

    /// <summary>Samples that are run at once.</summary>
    public int Rows { get; }

    /// <summary>Bytes of memory held.</summary>
    public long Bytes => ((long)_memory.Length * sizeof(float)) + ((long)_masks.Length * sizeof(ulong));

    /// <summary>Masks of what is not zero in each row of the widest layer, for whoever predicts: of one layer at a time.</summary>
    internal Span<ulong> Masks => _masks;

    /// <summary>Which inputs of a layer are not zero; null if it does not skip any. For predictions they share memory; else each layer's are kept until the rows are run again.</summary>
    internal ActiveUnits? Active(int layer) => _active[layer];

    /// <summary>One row of the input, without padding.</summary>
    internal Span<float> Input(int row) => Block(0, row, 1)[.._widths[0]];

    /// <summary>One row of the last layer's output, without padding.</summary>
    internal Span<float> Output(int row) => Block(_widths.Length - 1, row, 1)[.._widths[^1]];

    /// <summary>Rows of block <paramref name="index"/>, padding included: 0 is the input, i + 1 the output of layer i.</summary>
    internal Span<float> Block(int index, int firstRow, int rows)
    {
        int stride = RowLayout.Stride(_widths[index]);
        return _memory.Span.Slice(_offsets[index] + (firstRow * stride), rows * stride);
    }
}
