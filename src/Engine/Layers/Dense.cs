using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// A fully connected layer: Y = bias + X·W.
/// </summary>
/// <remarks>
/// <para>Shapes, B samples: X is B x inputs, W inputs x outputs, bias 1 x outputs, Y B x outputs.</para>
/// <para>Backward: dX = dY·Wᵀ, dW = Xᵀ·dY, dBias = the sum of the rows of dY.</para>
/// <para>Parameters are read by any number of threads at once; whoever changes them must be alone.</para>
/// </remarks>
public sealed class Dense : Layer
{
    private readonly AlignedBuffer _memory;
    private readonly int _offset;

    /// <summary>Creates a layer whose weights and bias are zero.</summary>
    /// <param name="inputs">Features that come in, 1 or more.</param>
    /// <param name="outputs">Features that go out, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A width is below 1, or the weights do not fit one array.</exception>
    public Dense(int inputs, int outputs)
        : this(inputs, outputs, new AlignedBuffer(OneArray(MemoryLength(inputs, outputs))), 0)
    {
    }

    /// <summary>Creates a layer on memory that a network shares among its layers.</summary>
    internal Dense(int inputs, int outputs, AlignedBuffer memory, int offset)
        : base(inputs, outputs)
    {
        _memory = memory;
        _offset = offset;
        Stride = RowLayout.Stride(outputs);
    }

    /// <summary>Row stride of the weights, in floats.</summary>
    public int Stride { get; }

    /// <inheritdoc/>
    public override LayerDescription Description => LayerDescription.Dense(Outputs);

    /// <inheritdoc/>
    public override int ParameterCount => (Inputs * Outputs) + Outputs;

    /// <inheritdoc/>
    public override long FlopsPerSample => 2L * Inputs * Outputs;

    /// <summary>W, inputs x outputs, <see cref="Stride"/> floats from row to row, zeros between.</summary>
    public ReadOnlySpan<float> Weights => WeightMemory;

    /// <summary>The bias, one number per output, then zeros up to <see cref="Stride"/>.</summary>
    public ReadOnlySpan<float> Bias => BiasMemory;

    internal Span<float> WeightMemory => _memory.Span.Slice(_offset, Inputs * Stride);

    internal Span<float> BiasMemory => _memory.Span.Slice(_offset + (Inputs * Stride), Stride);

    /// <summary>The floats of memory that a layer takes: weights and bias with their padding.</summary>
    internal static long MemoryLength(int inputs, int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputs, RowLayout.MaximumColumns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputs, RowLayout.MaximumColumns);
        return (inputs + 1L) * RowLayout.Stride(outputs);
    }

    private static int OneArray(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, AlignedBuffer.MaximumLength, "outputs");
        return (int)length;
    }

    /// <summary>output ← bias + input·W.</summary>
    /// <inheritdoc/>
    public override void Forward(int rows, ReadOnlySpan<float> input, Span<float> output) =>
        Gemm.MultiplyAddBias(
            rows, GemmFewColumns.PaddedColumns(rows, Outputs), Inputs, input, RowLayout.Stride(Inputs), WeightMemory, Stride, BiasMemory, output, Stride);

    /// <summary>output ← relu(bias + input·W): this layer and a <see cref="ReLU"/> behind it in one.</summary>
    /// <inheritdoc cref="Forward(int, ReadOnlySpan{float}, Span{float})"/>
    public void ForwardRelu(int rows, ReadOnlySpan<float> input, Span<float> output) =>
        Gemm.MultiplyAddBiasRelu(
            rows, GemmFewColumns.PaddedColumns(rows, Outputs), Inputs, input, RowLayout.Stride(Inputs), WeightMemory, Stride, BiasMemory, output, Stride);

    /// <summary>dInput ← dOutput·Wᵀ.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="dOutput">The gradient by the output, rows x outputs, padded.</param>
    /// <param name="dInput">The gradient by the input, rows x inputs, padded.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public void BackwardInput(int rows, ReadOnlySpan<float> dOutput, Span<float> dInput) =>
        Gemm.MultiplyTransposedB(rows, Inputs, Outputs, dOutput, Stride, WeightMemory, Stride, dInput, RowLayout.Stride(Inputs));

    /// <summary>dInput ← dOutput·Wᵀ where the input, the output of a <see cref="ReLU"/>, is positive, else 0: both gradients in one.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="input">The output of the ReLU, rows x inputs, padded.</param>
    /// <param name="dOutput">The gradient by this layer's output, rows x outputs, padded.</param>
    /// <param name="dInput">The gradient by the ReLU's input, rows x inputs, padded.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public void BackwardInputRelu(int rows, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        int stride = RowLayout.Stride(Inputs);
        Gemm.MultiplyTransposedBReluGradient(rows, Inputs, Outputs, dOutput, Stride, WeightMemory, Stride, input, stride, dInput, stride);
    }

    /// <summary>dWeights ← inputᵀ·dOutput, for the weights of some inputs only, so that threads can share the work.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="input">X, rows x inputs, padded.</param>
    /// <param name="dOutput">The gradient by the output, rows x outputs, padded.</param>
    /// <param name="firstInput">The first input whose weights are wanted.</param>
    /// <param name="inputCount">How many inputs from there on.</param>
    /// <param name="dWeights">inputCount x outputs, <see cref="Stride"/> apart, overwritten.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or there are no such inputs.</exception>
    public void BackwardWeights(
        int rows, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, int firstInput, int inputCount, Span<float> dWeights)
    {
        CheckInputs(firstInput, inputCount);
        Gemm.MultiplyTransposedA(
            inputCount, GemmFewColumns.PaddedColumns(inputCount, Outputs), rows, From(input, firstInput), RowLayout.Stride(Inputs), dOutput, Stride, dWeights, Stride);
    }

    /// <summary>dBias ← the sum of the rows of dOutput.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="dOutput">The gradient by the output, rows x outputs, padded.</param>
    /// <param name="dBias">One number per output, padded.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public void BackwardBias(int rows, ReadOnlySpan<float> dOutput, Span<float> dBias) =>
        Gemm.SumRows(RowLayout.PaddedColumns(Outputs), rows, dOutput, Stride, dBias);

    /// <summary>W ← W − rate · inputᵀ·dOutput, for the weights of some inputs only, so that threads can share the work.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="input">X, rows x inputs, padded.</param>
    /// <param name="dOutput">The gradient by the output, rows x outputs, padded.</param>
    /// <param name="firstInput">The first input whose weights are updated.</param>
    /// <param name="inputCount">How many inputs from there on.</param>
    /// <param name="rate">The learning rate.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or there are no such inputs.</exception>
    public void UpdateWeights(int rows, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, int firstInput, int inputCount, float rate)
    {
        CheckInputs(firstInput, inputCount);
        Gemm.UpdateLayer(
            inputCount, GemmFewColumns.PaddedColumns(inputCount, Outputs), rows, From(input, firstInput), RowLayout.Stride(Inputs), dOutput, Stride,
            rate, sums: default, WeightMemory.Slice(firstInput * Stride, inputCount * Stride), Stride);
    }

    /// <summary>bias ← bias − rate · the sum of the rows of dOutput.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="dOutput">The gradient by the output, rows x outputs, padded.</param>
    /// <param name="rate">The learning rate.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public void UpdateBias(int rows, ReadOnlySpan<float> dOutput, float rate) =>
        Gemm.SumRowsUpdate(RowLayout.PaddedColumns(Outputs), rows, dOutput, Stride, rate, BiasMemory);

    /// <summary>Replaces the parameters, and clears the padding of W: a step with infinite inputs may have left there what is no number.</summary>
    /// <param name="weights">inputs x outputs, row after row without padding.</param>
    /// <param name="bias">One number per output.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void SetParameters(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        Check.Length(weights, Inputs * Outputs);
        Check.Length(bias, Outputs);
        Span<float> memory = WeightMemory;
        for (int i = 0; i < Inputs; i++)
        {
            Span<float> row = memory.Slice(i * Stride, Stride);
            weights.Slice(i * Outputs, Outputs).CopyTo(row);
            row[Outputs..].Clear();
        }
        bias.CopyTo(BiasMemory);
    }

    /// <summary>Copies the weights out, inputs x outputs, row after row without padding.</summary>
    /// <param name="destination">inputs · outputs floats.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyWeightsTo(Span<float> destination)
    {
        Check.Length<float>(destination, Inputs * Outputs);
        ReadOnlySpan<float> memory = WeightMemory;
        for (int i = 0; i < Inputs; i++)
        {
            memory.Slice(i * Stride, Outputs).CopyTo(destination[(i * Outputs)..]);
        }
    }

    /// <summary>dInput ← dOutput·Wᵀ, where the masks tell which numbers of dOutput are not zero.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="masks">Masks of the rows of dOutput.</param>
    /// <param name="transposed">Wᵀ, as <see cref="CopyTransposedTo"/> leaves it.</param>
    /// <param name="dOutput">The gradient by this layer's output.</param>
    /// <param name="dInput">The gradient by its input.</param>
    internal void BackwardInput(int rows, ReadOnlySpan<ulong> masks, ReadOnlySpan<float> transposed, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        int stride = RowLayout.Stride(Inputs);
        SparseGemm.Multiply(rows, RowLayout.PaddedColumns(Inputs), Outputs, masks, dOutput, Stride, transposed, stride, dInput, stride);
    }

    /// <summary>W ← W − rate · inputᵀ·dOutput, and Wᵀ with it, where the masks tell which numbers of dOutput are not zero: Wᵀ ← Wᵀ − rate · dOutputᵀ·input, and W from that.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="masks">Masks of the rows of dOutput.</param>
    /// <param name="input">X, rows x inputs, padded.</param>
    /// <param name="dOutput">The gradient by the output, rows x outputs, padded.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="transposed">Wᵀ as <see cref="CopyTransposedTo"/> leaves it, updated too.</param>
    /// <param name="scratch">Memory of this thread: <see cref="SparseGemm.ScratchWords"/>.</param>
    internal void Update(
        int rows, ReadOnlySpan<ulong> masks, ReadOnlySpan<float> input, ReadOnlySpan<float> dOutput, float rate, Span<float> transposed, Span<ulong> scratch)
    {
        int stride = RowLayout.Stride(Inputs);
        SparseGemm.MultiplyTransposedAUpdate(
            0, Outputs, RowLayout.PaddedColumns(Inputs), rows, masks, NonZeroMask.Words(Outputs), dOutput, Stride, input, stride, rate, transposed, stride, scratch);
        Transpose.Run(Outputs, Inputs, transposed, stride, WeightMemory, Stride);
    }

    /// <summary>transposed ← Wᵀ, a row of the inputs with its padding for each output.</summary>
    internal void CopyTransposedTo(Span<float> transposed) => Transpose.Run(Inputs, Outputs, WeightMemory, Stride, transposed, RowLayout.Stride(Inputs));

    /// <summary>All columns, the padding that is computed with them included.</summary>
    internal DenseColumns AllColumns => Columns(0, RowLayout.PaddedColumns(Outputs));

    /// <summary>Some columns, from a whole cache line on; the last may be padding.</summary>
    internal DenseColumns Columns(int first, int count) => new(this, first, count, WeightMemory[first..], Stride, BiasMemory[first..]);

    /// <summary>output ← bias + input·W for images as they are, one after another, of which the masks tell the pixels that are not zero; relu of it if wanted.</summary>
    internal void Forward(int rows, ReadOnlySpan<ulong> masks, ReadOnlySpan<byte> input, bool rectify, Span<float> output) =>
        SparseGemm.MultiplyAddBias(rows, RowLayout.PaddedColumns(Outputs), Inputs, masks, input, WeightMemory, Stride, BiasMemory, rectify, output, Stride);

    /// <summary>A matrix from a column on. What is too short, or empty as there are no rows, is the kernel's to check.</summary>
    private static ReadOnlySpan<float> From(ReadOnlySpan<float> matrix, int column) => matrix[Math.Min(column, matrix.Length)..];

    private void CheckInputs(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Inputs);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Inputs - first);
    }
}
