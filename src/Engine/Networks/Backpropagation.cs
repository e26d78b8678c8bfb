using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Threads;

namespace Engine.Networks;

/// <summary>
/// Forward and backward pass of one minibatch through a network: loss and gradients, no update.
/// </summary>
/// <remarks>
/// <para>
/// The work comes in two parts, and within a part in pieces that do not touch one another, so that threads can share it:
/// (a) by rows, samples: forward, loss, gradients by every layer's output; (b) by rows of W, inputs: gradients by the weights.
/// All of (a) must be done before (b) starts. However the pieces are cut, each number is computed by the same chain of
/// operations, so the result has the same bits.
/// </para>
/// <para>Fill <see cref="Input"/> and <see cref="Target"/> for each row first. Nothing is allocated after construction. Not thread-safe, except for pieces that share no row.</para>
/// </remarks>
public sealed class Backpropagation
{
    private readonly Workspace _activations;
    private readonly Workspace _gradients;

    /// <summary>Which gradients by the outputs of a dense layer are not zero.</summary>
    private readonly ActiveUnits?[] _activeGradients;
    private readonly AlignedBuffer _targets;
    private readonly AlignedBuffer[] _dWeights;
    private readonly AlignedBuffer[] _dBias;
    private readonly int[] _positions;
    private readonly ApartArray<double> _losses;

    /// <summary>Allocates everything that the passes need.</summary>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss at its end.</param>
    /// <param name="rows">The largest minibatch, 1 or more.</param>
    /// <exception cref="ArgumentException">The network has no dense layer, or a layer that cannot be differentiated.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is below 1, or the memory does not fit one array.</exception>
    public Backpropagation(Network network, Loss loss, int rows)
        : this(network, loss, rows, keepGradients: true, skipsZeros: true)
    {
    }

    /// <summary>As above; whoever updates the parameters at once needs no memory for their gradients. The zeros that a ReLU leaves are skipped where that is faster, or not at all.</summary>
    internal Backpropagation(Network network, Loss loss, int rows, bool keepGradients, bool skipsZeros)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        if (network.DenseLayers.Count == 0)
        {
            throw new ArgumentException("The network has no dense layer, so there is nothing to train.", nameof(network));
        }
        if (network.Layers.OfType<Activation>().FirstOrDefault(layer => !layer.IsDifferentiable) is { } layer)
        {
            throw new ArgumentException($"A network with a {layer.Description} layer cannot be trained: it has no gradient.", nameof(network));
        }
        Network = network;
        Loss = loss;
        Rows = rows;
        SkipsZeros = skipsZeros;
        _activations = new Workspace(network, rows, predicts: false, skipsZeros);
        _gradients = new Workspace(network, rows, predicts: false, skipsZeros: false);
        _activeGradients = [.. network.DenseLayers.Select((dense, i) => skipsZeros && network.MaySkipBack(i) ? new ActiveUnits(rows, dense.Outputs) : null)];
        _targets = new AlignedBuffer(checked(rows * RowLayout.Stride(network.Outputs)));
        _losses = new ApartArray<double>(rows);
        _dWeights = keepGradients ? [.. network.DenseLayers.Select(dense => new AlignedBuffer(dense.Weights.Length))] : [];
        _dBias = keepGradients ? [.. network.DenseLayers.Select(dense => new AlignedBuffer(dense.Stride))] : [];
        _positions = [.. Enumerable.Range(0, network.Layers.Count).Where(i => network.Layers[i] is Dense)];
    }

    /// <summary>Another one for the same network, which has activations, targets and losses of its own but shares the gradients: for two minibatches in turns.</summary>
    internal Backpropagation(Backpropagation other)
    {
        Network = other.Network;
        Loss = other.Loss;
        Rows = other.Rows;
        SkipsZeros = other.SkipsZeros;
        _activations = new Workspace(Network, Rows, predicts: false, SkipsZeros);
        _gradients = other._gradients;
        _activeGradients = other._activeGradients;
        _targets = new AlignedBuffer(other._targets.Length);
        _losses = new ApartArray<double>(Rows);
        _dWeights = other._dWeights;
        _dBias = other._dBias;
        _positions = other._positions;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The loss.</summary>
    public Loss Loss { get; }

    /// <summary>The largest minibatch.</summary>
    public int Rows { get; }

    /// <summary>The losses of the rows of the last forward pass; behind them, if it had fewer than <see cref="Rows"/>, are older ones.</summary>
    public ReadOnlySpan<double> Losses => _losses.Span;

    /// <summary>Whether the zeros that a ReLU leaves are skipped where that is faster.</summary>
    internal bool SkipsZeros { get; }

    /// <summary>Rows of the input with their padding, <see cref="RowLayout.Stride"/> floats each.</summary>
    internal Span<float> Inputs(int rows) => _activations.Block(0, 0, rows);

    /// <summary>Outputs of the first layer, and of the activation behind it, with their padding: what the other layers start from.</summary>
    internal Span<float> FirstOutputs(int firstRow, int rows) => _activations.Block(1, firstRow, rows);

    /// <summary>The gradients by the outputs of the first layer, if that is dense: what <see cref="Backward"/> ends with.</summary>
    internal Span<float> FirstGradients(int firstRow, int rows) => _gradients.Block(1, firstRow, rows);

    /// <summary>Which inputs of a dense layer are not zero; null if none are skipped.</summary>
    internal ActiveUnits? ActiveInputs(int dense) => _activations.Active(_positions[dense]);

    /// <summary>The same for the update of the layer's weights: null too if these are too many.</summary>
    internal ActiveUnits? ActiveInputsOfUpdate(int dense) => SparseGemm.SuitsUpdatedWeights(Network.DenseLayer(dense).WeightMemory.Length) ? ActiveInputs(dense) : null;

    /// <summary>Which gradients by a dense layer's outputs are not zero; null if none are skipped.</summary>
    internal ActiveUnits? ActiveGradients(int dense) => _activeGradients[dense];

    /// <summary>A row of the input, to be filled.</summary>
    /// <param name="row">The row, from 0 to <see cref="Rows"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Span<float> Input(int row) => _activations.Input(Checked(row, Rows));

    /// <summary>A row of the target, to be filled; as many numbers as the network has outputs.</summary>
    /// <param name="row">The row, from 0 to <see cref="Rows"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Span<float> Target(int row) => _targets.Span.Slice(Checked(row, Rows) * RowLayout.Stride(Network.Outputs), Network.Outputs);

    /// <summary>A row of the network's output, after the forward pass.</summary>
    /// <param name="row">The row, from 0 to <see cref="Rows"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> Output(int row) => _activations.Output(Checked(row, Rows));

    /// <summary>The gradient by the weights of a dense layer: inputs x outputs, a row every <see cref="Dense.Stride"/> floats.</summary>
    /// <param name="dense">The dense layer's number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<float> WeightGradient(int dense) => _dWeights[Checked(dense, _dWeights.Length)].Span;

    /// <summary>The gradient by the bias of a dense layer: one number per output, then zeros.</summary>
    /// <param name="dense">The dense layer's number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<float> BiasGradient(int dense) => _dBias[Checked(dense, _dBias.Length)].Span;

    /// <summary>Both passes for a whole minibatch on this thread.</summary>
    /// <param name="rows">Rows that are filled, from 1 to <see cref="Rows"/>.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is out of range.</exception>
    public double Run(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Rows);
        ForwardFirst(0, rows);
        ForwardRest(0, rows);
        ForwardLoss(0, rows);
        Backward(0, rows, rows);
        for (int dense = 0; dense < Network.DenseLayers.Count; dense++)
        {
            BackwardWeights(dense, 0, Network.DenseLayer(dense).Inputs, rows, _dWeights[dense].Span);
            BackwardBias(dense, rows);
        }
        return Loss.Reduce(Losses[..rows]);
    }

    /// <summary>Part (a), first of four: the first layer of some rows, and the ReLU behind it.</summary>
    internal void ForwardFirst(int firstRow, int rows) => Network.ForwardFirst(_activations, firstRow, rows);

    /// <summary>The same for images that are not copied to <see cref="Input"/>.</summary>
    internal void ForwardFirst(PixelBlocks input, int firstRow, int rows) =>
        Network.DenseLayer(0).AllColumns.Forward(firstRow, rows, input, Network.IsRectified(0), FirstOutputs(firstRow, rows));

    /// <summary>Part (a), second: the other layers of some rows.</summary>
    internal void ForwardRest(int firstRow, int rows) => Network.ForwardRest(_activations, firstRow, rows);

    /// <summary>Part (a), third: the losses of some rows.</summary>
    internal void ForwardLoss(int firstRow, int rows) =>
        Loss.Forward(rows, Network.Outputs, _activations.Block(Network.Layers.Count, firstRow, rows), TargetBlock(firstRow, rows), _losses.Span.Slice(firstRow, rows));

    /// <summary>Which of some rows decide as their targets do.</summary>
    internal void FindHits(int firstRow, int rows, Span<bool> hits) =>
        Loss.FindHits(rows, Network.Outputs, _activations.Block(Network.Layers.Count, firstRow, rows), TargetBlock(firstRow, rows), hits);

    /// <summary>Part (a), last: the gradients by the layers' outputs, from the loss down to the first dense layer.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="batchSize">Rows of the minibatch.</param>
    /// <param name="transposed">Memory of this thread for copies of Wᵀ; without, no zeros are skipped.</param>
    internal void Backward(int firstRow, int rows, int batchSize, TransposedWeights? transposed = null)
    {
        int last = Network.Layers.Count;
        int dense = Network.DenseLayers.Count;
        Loss.Backward(
            rows, Network.Outputs, _activations.Block(last, firstRow, rows), TargetBlock(firstRow, rows), batchSize, _gradients.Block(last, firstRow, rows));
        for (int i = last - 1; i > _positions[0]; i--)
        {
            ReadOnlySpan<float> dOutput = _gradients.Block(i + 1, firstRow, rows);
            Span<float> dInput = _gradients.Block(i, firstRow, rows);
            if (Network.Layers[i] is Activation activation)
            {
                activation.Backward(rows, _activations.Block(i + 1, firstRow, rows), dOutput, dInput);
                continue;
            }
            dense--;
            Dense layer = Network.DenseLayer(dense);
            bool isBehindRelu = i > 1 && Network.IsRectified(i - 2);
            ReadOnlySpan<float> input = _activations.Block(i, firstRow, rows);
            if (TrySkipBack(dense, firstRow, rows, dOutput, dInput, transposed))
            {
                if (isBehindRelu)
                {
                    ReluKernel.Backward(input, dInput, dInput);
                }
                else
                {
                    RowLayout.ClearPadding(rows, layer.Inputs, dInput);
                }
            }
            else if (isBehindRelu)
            {
                layer.BackwardInputRelu(rows, input, dOutput, dInput);
            }
            else
            {
                layer.BackwardInput(rows, dOutput, dInput);
            }

            // That ReLU works in place: its two gradients are the same block.
            i -= isBehindRelu ? 1 : 0;
        }
    }

    /// <summary>dInput ← dOutput·Wᵀ, the zeros of dOutput skipped: if that is faster.</summary>
    /// <param name="dense">The dense layer's number.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="dOutput">The gradients by the layer's outputs.</param>
    /// <param name="dInput">The gradients by its inputs.</param>
    /// <param name="transposed">As for <see cref="Backward"/>.</param>
    private bool TrySkipBack(int dense, int firstRow, int rows, ReadOnlySpan<float> dOutput, Span<float> dInput, TransposedWeights? transposed)
    {
        Dense layer = Network.DenseLayer(dense);
        int width = layer.Outputs;
        if (transposed is not { Pays: true } || _activeGradients[dense] is not { } active || !active.Find(firstRow, rows, width, dOutput, layer.Stride))
        {
            return false;
        }
        layer.BackwardInput(rows, active.Masks(firstRow, rows, width), transposed.Get(dense, layer), dOutput, dInput);
        return true;
    }

    /// <summary>Part (b): the gradient by the weights of some inputs of a dense layer, inputs x outputs, <see cref="Dense.Stride"/> apart.</summary>
    internal void BackwardWeights(int dense, int firstInput, int inputs, int batchSize, Span<float> dWeights)
    {
        Dense layer = Network.DenseLayer(dense);
        int index = _positions[dense];
        layer.BackwardWeights(
            batchSize, _activations.Block(index, 0, batchSize), _gradients.Block(index + 1, 0, batchSize), firstInput, inputs, dWeights);
    }

    /// <summary>Part (b): the gradient by the bias of a dense layer.</summary>
    internal void BackwardBias(int dense, int batchSize)
    {
        int index = _positions[dense];
        Network.DenseLayer(dense).BackwardBias(batchSize, _gradients.Block(index + 1, 0, batchSize), _dBias[dense].Span);
    }

    /// <summary>Part (b): the update of the weights of some inputs of a dense layer.</summary>
    /// <param name="dense">The dense layer's number.</param>
    /// <param name="firstInput">The first input.</param>
    /// <param name="inputs">How many.</param>
    /// <param name="batchSize">Rows of the minibatch.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="scratch">Memory of this thread: <see cref="SparseGemm.ScratchWords"/> of <see cref="Rows"/>.</param>
    /// <param name="transposed">This thread's copies of Wᵀ, as <see cref="Backward"/> left them.</param>
    internal void UpdateWeights(int dense, int firstInput, int inputs, int batchSize, float rate, Span<ulong> scratch, TransposedWeights transposed)
    {
        Dense layer = Network.DenseLayer(dense);
        int width = layer.Inputs;
        int index = _positions[dense];
        ReadOnlySpan<float> input = _activations.Block(index, 0, batchSize);
        ReadOnlySpan<float> dOutput = _gradients.Block(index + 1, 0, batchSize);
        if (SparseGemm.UpdatesTransposedWeights && inputs == width && transposed.MayUpdate(dense) && _activeGradients[dense]!.AreFew(0, batchSize, layer.Outputs))
        {
            // Who takes all inputs has taken all samples: there are masks for all of them.
            layer.Update(batchSize, _activeGradients[dense]!.Masks(0, batchSize, layer.Outputs), input, dOutput, rate, transposed.Update(dense), scratch);
        }
        else if (ActiveInputsOfUpdate(dense) is { } active && active.AreFew(0, batchSize, width))
        {
            layer.AllColumns.Update(batchSize, active.Masks(0, batchSize, width), input, dOutput, firstInput, inputs, rate, scratch);
        }
        else
        {
            layer.AllColumns.Update(0, batchSize, input, dOutput, firstInput, inputs, rate, default);
        }
    }

    /// <summary>Part (b): the update of the bias of a dense layer.</summary>
    internal void UpdateBias(int dense, int batchSize, float rate) =>
        Network.DenseLayer(dense).UpdateBias(batchSize, _gradients.Block(_positions[dense] + 1, 0, batchSize), rate);

    private static int Checked(int index, int count, [CallerArgumentExpression(nameof(index))] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count, name);
        return index;
    }

    /// <summary>Rows of the target with their padding.</summary>
    internal Span<float> TargetBlock(int firstRow, int rows)
    {
        int stride = RowLayout.Stride(Network.Outputs);
        return _targets.Span.Slice(firstRow * stride, rows * stride);
    }
}
