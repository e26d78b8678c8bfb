using System.Diagnostics;
using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// Some columns of a dense layer: what a thread computes and updates that keeps them.
/// </summary>
/// <remarks>
/// <para>Formulas: those of <see cref="Dense"/>, for these columns of W, of the bias, of the output and of its gradient. Outputs and gradients are matrices of the whole layer.</para>
/// <para>The columns start at a whole cache line; the last may be padding, of which products of floats compute as much as is best. W and the bias are the layer's, or a copy elsewhere.</para>
/// </remarks>
internal readonly ref struct DenseColumns
{
    private readonly Span<float> _weights;
    private readonly Span<float> _bias;
    private readonly int _weightStride;
    private readonly int _inputs;
    private readonly int _stride;
    private readonly int _first;
    private readonly int _count;
    private readonly int _used;

    /// <param name="layer">The layer.</param>
    /// <param name="first">Its first column.</param>
    /// <param name="count">How many.</param>
    /// <param name="weights">These columns of W, from the first row's first.</param>
    /// <param name="weightStride">Row stride of them.</param>
    /// <param name="bias">These columns of the bias.</param>
    public DenseColumns(Dense layer, int first, int count, Span<float> weights, int weightStride, Span<float> bias)
    {
        _weights = weights;
        _bias = bias;
        _weightStride = weightStride;
        _inputs = layer.Inputs;
        _stride = layer.Stride;
        _first = first;
        _count = count;
        _used = Math.Min(count, layer.Outputs - first);
    }

    /// <summary>output ← bias + input·W; relu of it if wanted.</summary>
    public void Forward(int rows, ReadOnlySpan<float> input, bool rectify, Span<float> output)
    {
        int count = GemmFewColumns.PaddedColumns(rows, _used);
        if (rectify)
        {
            Gemm.MultiplyAddBiasRelu(rows, count, _inputs, input, RowLayout.Stride(_inputs), _weights, _weightStride, _bias, output[_first..], _stride);
        }
        else
        {
            Gemm.MultiplyAddBias(rows, count, _inputs, input, RowLayout.Stride(_inputs), _weights, _weightStride, _bias, output[_first..], _stride);
        }
    }

    /// <summary>The same for some of the images, their zero pixels skipped.</summary>
    public void Forward(int firstRow, int rows, PixelBlocks input, bool rectify, Span<float> output) =>
        SparseGemm.MultiplyAddBias(firstRow, rows, _count, input, _weights, _weightStride, _bias, rectify, output[_first..], _stride);

    /// <summary>The same for floats, of which the masks tell those that are not zero.</summary>
    public void Forward(int rows, ReadOnlySpan<ulong> masks, ReadOnlySpan<float> input, bool rectify, Span<float> output) =>
        SparseGemm.MultiplyAddBias(rows, _count, _inputs, masks, input, RowLayout.Stride(_inputs), _weights, _weightStride, _bias, rectify, output[_first..], _stride);

    /// <summary>bias ← bias − rate · the sum of the rows of dOutput.</summary>
    public void UpdateBias(int rows, ReadOnlySpan<float> dOutput, float rate) =>
        Gemm.SumRowsUpdate(_count, rows, dOutput[_first..], _stride, rate, _bias);

    /// <summary>W ← W − rate · inputᵀ·dOutput, for the weights of some inputs; the samples before the first are in the sums already.</summary>
    public void Update(int firstRow, int rows, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, int firstInput, int inputs, float rate, ReadOnlySpan<float> sums)
    {
        int first = firstInput * _weightStride;
        ReadOnlySpan<float> x = input[((firstRow * RowLayout.Stride(_inputs)) + firstInput)..];
        ReadOnlySpan<float> dY = dOutput[((firstRow * _stride) + _first)..];
        Gemm.UpdateLayer(
            inputs, GemmFewColumns.PaddedColumns(inputs, _used), rows, x, RowLayout.Stride(_inputs), dY, _stride, rate, firstRow > 0 ? sums[(first + _first)..] : default, _weights[first..], _weightStride);
    }

    /// <summary>W ← W − rate · inputᵀ·dOutput for all samples, where the masks tell which inputs are not zero.</summary>
    public void Update(
        int rows, ReadOnlySpan<ulong> masks, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, int firstInput, int inputs, float rate, Span<ulong> scratch) =>
        SparseGemm.MultiplyTransposedAUpdate(
            firstInput, inputs, _count, rows, masks, NonZeroMask.Words(_inputs), input, RowLayout.Stride(_inputs), dOutput[_first..], _stride, rate, _weights, _weightStride, scratch);

    /// <summary>W ← W − rate · inputᵀ·dOutput for images and the weights of the 64 inputs of one word of their masks; the images before the first are in the sums already.</summary>
    public void Update(int firstRow, int rows, PixelBlocks input, ReadOnlySpan<float> dOutput, int word, float rate, Span<float> sums, Span<ulong> scratch) =>
        SparseGemm.MultiplyTransposedAUpdate(
            _count, firstRow, rows, input, word, dOutput[_first..], _stride, rate, sums.IsEmpty ? sums : sums[_first..], _weights, _weightStride, scratch);

    /// <summary>The sums for the first samples: inputᵀ·dOutput for some inputs, in the shape of the layer's W. Only for columns that are in the layer.</summary>
    public void Sum(int rows, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, int firstInput, int inputs, Span<float> sums)
    {
        Debug.Assert(_weightStride == _stride);
        Gemm.MultiplyTransposedA(
            inputs, GemmFewColumns.PaddedColumns(inputs, _used), rows, input[firstInput..], RowLayout.Stride(_inputs), dOutput[_first..], _stride, sums[((firstInput * _stride) + _first)..], _stride);
    }

    /// <summary>The same for images, for the weights of the 64 inputs of one word of their masks.</summary>
    public void Sum(int rows, int batchSize, PixelBlocks input, ReadOnlySpan<float> dOutput, int word, Span<float> sums, Span<ulong> scratch)
    {
        Debug.Assert(_weightStride == _stride);
        SparseGemm.MultiplyTransposedA(_count, rows, batchSize, input, word, dOutput[_first..], _stride, sums[_first..], _stride, scratch);
    }
}
