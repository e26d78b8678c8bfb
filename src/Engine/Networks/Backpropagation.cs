using Engine.Kernels;
using Engine.Layers;

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
    private readonly AlignedBuffer _targets;
    private readonly AlignedBuffer[] _dWeights;
    private readonly AlignedBuffer[] _dBias;
    private readonly AlignedBuffer?[] _transposedWeights;
    private readonly int[] _versions;
    private readonly int[] _positions;
    private readonly double[] _losses;

    /// <summary>Allocates everything that the passes need.</summary>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss at its end.</param>
    /// <param name="rows">The largest minibatch, 1 or more.</param>
    /// <exception cref="ArgumentException">The network has no dense layer, or a layer that cannot be differentiated.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is below 1, or the memory does not fit one array.</exception>
    public Backpropagation(Network network, Loss loss, int rows)
        : this(network, loss, rows, keepGradients: true)
    {
    }

    /// <summary>As above; whoever brings memory of its own for the gradients by the weights can do without it here.</summary>
    internal Backpropagation(Network network, Loss loss, int rows, bool keepGradients)
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
        _activations = new Workspace(network, rows);
        _gradients = new Workspace(network, rows);
        _targets = new AlignedBuffer(checked(rows * RowLayout.Stride(network.Outputs)));
        _losses = new double[rows];
        _dWeights = keepGradients ? [.. network.DenseLayers.Select(dense => new AlignedBuffer(dense.Weights.Length))] : [];
        _dBias = [.. network.DenseLayers.Select(dense => new AlignedBuffer(dense.Stride))];

        // The first dense layer needs no gradient by its input, hence no transposed weights.
        _transposedWeights = [.. network.DenseLayers.Select((dense, i) => i == 0 ? null : new AlignedBuffer(checked(dense.Outputs * RowLayout.Stride(dense.Inputs))))];
        _versions = new int[network.DenseLayers.Count];
        Array.Fill(_versions, -1);
        _positions = [.. Enumerable.Range(0, network.Layers.Count).Where(i => network.Layers[i] is Dense)];
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The loss.</summary>
    public Loss Loss { get; }

    /// <summary>The largest minibatch.</summary>
    public int Rows { get; }

    /// <summary>The losses of the rows, after <see cref="Forward"/>.</summary>
    public ReadOnlySpan<double> Losses => _losses;

    /// <summary>A row of the input, to be filled.</summary>
    /// <param name="row">The row, from 0.</param>
    public Span<float> Input(int row) => _activations.Input(row);

    /// <summary>A row of the target, to be filled; as many numbers as the network has outputs.</summary>
    /// <param name="row">The row, from 0.</param>
    public Span<float> Target(int row) => _targets.Span.Slice(row * RowLayout.Stride(Network.Outputs), Network.Outputs);

    /// <summary>A row of the network's output, after <see cref="Forward"/>.</summary>
    /// <param name="row">The row, from 0.</param>
    public ReadOnlySpan<float> Output(int row) => _activations.Output(row);

    /// <summary>The gradient by the weights of a dense layer: inputs x outputs, a row every <see cref="Dense.Stride"/> floats.</summary>
    /// <param name="dense">The dense layer's number, from 0.</param>
    public ReadOnlySpan<float> WeightGradient(int dense) => _dWeights[dense].Span;

    /// <summary>The gradient by the bias of a dense layer: one number per output, then zeros.</summary>
    /// <param name="dense">The dense layer's number, from 0.</param>
    public ReadOnlySpan<float> BiasGradient(int dense) => _dBias[dense].Span;

    /// <summary>Both passes for a whole minibatch on this thread.</summary>
    /// <param name="rows">Rows that are filled, from 1 to <see cref="Rows"/>.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is out of range.</exception>
    public double Run(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Rows);
        RefreshTransposedWeights();
        Forward(0, rows);
        Backward(0, rows, rows);
        for (int dense = 0; dense < Network.DenseLayers.Count; dense++)
        {
            BackwardWeights(dense, 0, Network.DenseLayers[dense].Inputs, rows, _dWeights[dense].Span);
            BackwardBias(dense, rows);
        }
        return Loss.Reduce(Losses[..rows]);
    }

    /// <summary>Part (a), first half: the forward pass and the losses of some rows.</summary>
    internal void Forward(int firstRow, int rows)
    {
        Network.Forward(_activations, firstRow, rows);
        Loss.Forward(rows, Network.Outputs, _activations.Block(Network.Layers.Count, firstRow, rows), TargetBlock(firstRow, rows), _losses.AsSpan(firstRow, rows));
    }

    /// <summary>Part (a), second half: the gradients by the layers' outputs, from the loss down to the first dense layer.</summary>
    internal void Backward(int firstRow, int rows, int batchSize)
    {
        int last = Network.Layers.Count;
        Loss.Backward(
            rows, Network.Outputs, _activations.Block(last, firstRow, rows), TargetBlock(firstRow, rows), batchSize, _gradients.Block(last, firstRow, rows));
        int dense = Network.DenseLayers.Count - 1;
        for (int i = last - 1; i > _positions[0]; i--)
        {
            ReadOnlySpan<float> dOutput = _gradients.Block(i + 1, firstRow, rows);
            Span<float> dInput = _gradients.Block(i, firstRow, rows);
            if (i == _positions[dense])
            {
                Network.DenseLayers[dense].BackwardInput(rows, dOutput, _transposedWeights[dense]!.Span, dInput);
                dense--;
            }
            else
            {
                ((Activation)Network.Layers[i]).Backward(rows, _activations.Block(i + 1, firstRow, rows), dOutput, dInput);
            }
        }
    }

    /// <summary>Part (b): the gradient by the weights of some inputs of a dense layer, inputs x outputs, <see cref="Dense.Stride"/> apart.</summary>
    internal void BackwardWeights(int dense, int firstInput, int inputs, int batchSize, Span<float> dWeights)
    {
        Dense layer = Network.DenseLayers[dense];
        int index = _positions[dense];
        layer.BackwardWeights(
            batchSize, _activations.Block(index, 0, batchSize), _gradients.Block(index + 1, 0, batchSize), firstInput, inputs, dWeights);
    }

    /// <summary>Part (b): the gradient by the bias of a dense layer.</summary>
    internal void BackwardBias(int dense, int batchSize)
    {
        int index = _positions[dense];
        Network.DenseLayers[dense].BackwardBias(batchSize, _gradients.Block(index + 1, 0, batchSize), _dBias[dense].Span);
    }

    /// <summary>Copies the weights of some inputs into Wᵀ after an update, where there is one.</summary>
    internal void UpdateTransposedWeights(int dense, int firstInput, int inputs)
    {
        if (_transposedWeights[dense] is { } transposed)
        {
            Network.DenseLayers[dense].TransposeWeights(firstInput, inputs, transposed.Span);
        }
    }

    /// <summary>Marks the parameters as changed by the owner of this instance, who has kept Wᵀ up to date.</summary>
    internal void ParametersUpdated()
    {
        for (int i = 0; i < _versions.Length; i++)
        {
            _versions[i] = ++Network.DenseLayers[i].Version;
        }
    }

    /// <summary>Makes Wᵀ again wherever somebody else changed the parameters.</summary>
    internal void RefreshTransposedWeights()
    {
        for (int i = 0; i < _versions.Length; i++)
        {
            Dense layer = Network.DenseLayers[i];
            if (_versions[i] != layer.Version)
            {
                UpdateTransposedWeights(i, 0, layer.Inputs);
                _versions[i] = layer.Version;
            }
        }
    }

    private Span<float> TargetBlock(int firstRow, int rows)
    {
        int stride = RowLayout.Stride(Network.Outputs);
        return _targets.Span.Slice(firstRow * stride, rows * stride);
    }
}
