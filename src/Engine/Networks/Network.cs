using Engine.Kernels;
using Engine.Layers;

namespace Engine.Networks;

/// <summary>
/// A feed-forward network: a fixed chain of layers and their parameters.
/// </summary>
/// <remarks>
/// Prediction never changes a network, and the network holds no scratch memory: any number of threads may predict with it at
/// once, each with a <see cref="Workspace"/> of its own. While a trainer updates it, nobody else should read it.
/// Prediction may skip inputs that are zero, which is exact as long as the weights are finite, but for the sign of an output that is zero. The first prediction takes much longer than others,
/// as its code is compiled then, unless that was done ahead of time.
/// </remarks>
public sealed class Network
{
    private readonly Layer[] _layers;
    private readonly Dense[] _denseLayers;
    private readonly AlignedBuffer _memory;

    /// <summary>Builds a network with fresh weights.</summary>
    /// <param name="description">Its shape.</param>
    /// <param name="initialization">How the weights start; Glorot-normal with seed 0 if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The layers together are too large for one array, each with its padding and some empty rows behind it, or an option is out of range.</exception>
    public Network(NetworkDescription description, InitializationOptions? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(description);
        initialization ??= new InitializationOptions();
        if (!Enum.IsDefined(initialization.Scheme) || !float.IsFinite((float)initialization.Range))
        {
            throw new ArgumentOutOfRangeException(nameof(initialization), initialization, "Expected a known scheme, and a range that is finite in single precision.");
        }
        Description = description;
        _layers = BuildLayers(description, out _memory);
        _denseLayers = [.. _layers.OfType<Dense>()];
        Layers = Array.AsReadOnly(_layers);
        DenseLayers = Array.AsReadOnly(_denseLayers);
        for (int i = 0; i < _denseLayers.Length; i++)
        {
            initialization.Fill(_denseLayers[i], i);
        }
    }

    /// <summary>The shape of the network.</summary>
    public NetworkDescription Description { get; }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The layers that have parameters, in order.</summary>
    public IReadOnlyList<Dense> DenseLayers { get; }

    /// <summary>One of <see cref="DenseLayers"/>: a step asks so often that the way through a list that cannot be changed takes half a percent of it.</summary>
    internal Dense DenseLayer(int number) => _denseLayers[number];

    /// <summary>Features of a sample.</summary>
    public int Inputs => Description.Inputs;

    /// <summary>Numbers that come out for a sample.</summary>
    public int Outputs => _layers[^1].Outputs;

    /// <summary>Numbers that training changes, over all layers.</summary>
    public long ParameterCount => _denseLayers.Sum(layer => (long)layer.ParameterCount);

    /// <summary>Floating-point operations of the matrix products for one sample's forward pass.</summary>
    public long FlopsPerSample => _denseLayers.Sum(layer => layer.FlopsPerSample);

    /// <summary>
    /// Floating-point operations of the matrix products to train on one sample: forward, weight gradient and, but for the
    /// first dense layer, input gradient.
    /// </summary>
    public long TrainingFlopsPerSample => _denseLayers.Length == 0 ? 0 : (3 * FlopsPerSample) - _denseLayers[0].FlopsPerSample;

    /// <summary>The outputs for any number of samples. Allocates nothing once its code is compiled, but for what a <see cref="Gemm"/> of large matrices takes once on each thread.</summary>
    /// <param name="inputs">Samples one after another, <see cref="Inputs"/> numbers each.</param>
    /// <param name="outputs">Where the outputs go, <see cref="Outputs"/> numbers for each sample; not over the inputs.</param>
    /// <param name="workspace">Scratch memory made for this network; in use by this thread only.</param>
    /// <exception cref="ArgumentException">
    /// The inputs are no whole number of samples, the outputs have another length or overlap them, or the workspace is of another network.
    /// </exception>
    public void Predict(ReadOnlySpan<float> inputs, Span<float> outputs, Workspace workspace)
    {
        int samples = ValidatePrediction(inputs.Length, outputs.Length, workspace, nameof(inputs));
        Check.Disjoint(inputs, outputs);
        for (int first = 0, rows; first < samples; first += rows)
        {
            rows = Math.Min(workspace.Rows, samples - first);
            for (int row = 0; row < rows; row++)
            {
                inputs.Slice((first + row) * Inputs, Inputs).CopyTo(workspace.Input(row));
            }
            Forward(workspace, rows);
            CopyOutputs(workspace, rows, outputs[(first * Outputs)..]);
        }
    }

    /// <summary>The outputs for any number of images. Allocates nothing once its code is compiled, but for what a <see cref="Gemm"/> of large matrices takes once on each thread.</summary>
    /// <param name="pixels">Images one after another, <see cref="Inputs"/> bytes each, scaled to the range 0 to 1 as in training.</param>
    /// <param name="outputs">Where the outputs go, <see cref="Outputs"/> numbers for each image; not over the pixels.</param>
    /// <param name="workspace">Scratch memory made for this network; in use by this thread only.</param>
    /// <exception cref="ArgumentException">
    /// The pixels are no whole number of images, the outputs have another length or overlap them, or the workspace is of another network.
    /// </exception>
    public void Predict(ReadOnlySpan<byte> pixels, Span<float> outputs, Workspace workspace)
    {
        int samples = ValidatePrediction(pixels.Length, outputs.Length, workspace, nameof(pixels));
        Check.Disjoint(pixels, outputs);
        for (int first = 0, rows; first < samples; first += rows)
        {
            rows = Math.Min(workspace.Rows, samples - first);
            Forward(workspace, pixels.Slice(first * Inputs, rows * Inputs), rows);
            CopyOutputs(workspace, rows, outputs[(first * Outputs)..]);
        }
    }

    /// <summary>A copy with parameters of its own.</summary>
    public Network Clone() => WithDescription(Description);

    /// <summary>
    /// The same parameters under another description with the same dense layers, for example with a <see cref="Softmax"/> put
    /// last, or with a <see cref="BinaryStep"/> after a perceptron.
    /// </summary>
    /// <param name="description">The new shape; inputs and dense layers as here.</param>
    /// <exception cref="ArgumentException">Its inputs or dense layers differ.</exception>
    public Network WithDescription(NetworkDescription description)
    {
        var copy = new Network(description);
        if (!copy._denseLayers.Select(l => (l.Inputs, l.Outputs)).SequenceEqual(_denseLayers.Select(l => (l.Inputs, l.Outputs))))
        {
            throw new ArgumentException($"Expected the dense layers of {Description}; found {description}.", nameof(description));
        }
        if (copy.Inputs != Inputs)
        {
            throw new ArgumentException($"Expected the {Inputs} inputs of {Description}; found {description}.", nameof(description));
        }
        ParameterMemory.CopyTo(copy.ParameterMemory);
        return copy;
    }

    /// <summary>Whether the first layer can take images as they are and skip their zero pixels.</summary>
    internal bool TakesSparseInputs => _layers[0] is Dense;

    /// <summary>All parameters, layer after layer, with their padding.</summary>
    internal Span<float> ParameterMemory => _memory.Span;

    /// <summary>Runs some rows of a workspace, whose input is filled, through the first layer and the ReLU behind it.</summary>
    internal void ForwardFirst(Workspace workspace, int firstRow, int rows) => ForwardLayers(0, AfterFirst, workspace, firstRow, rows, isSingle: false);

    /// <summary>Runs the same rows through the other layers.</summary>
    internal void ForwardRest(Workspace workspace, int firstRow, int rows, bool isSingle = false) =>
        ForwardLayers(AfterFirst, _layers.Length, workspace, firstRow, rows, isSingle);

    /// <summary>Whether a layer is dense and followed by a ReLU, so that the two are run in one.</summary>
    internal bool IsRectified(int layer) => _layers[layer] is Dense && layer + 1 < _layers.Length && _layers[layer + 1] is ReLU;

    /// <summary>Whether a layer is dense, what comes in are outputs of a ReLU, and it may pay to skip their zeros.</summary>
    internal bool MaySkip(int layer) => layer > 0 && _layers[layer] is Dense dense && _layers[layer - 1] is ReLU && SparseGemm.SuitsActivations(dense.Outputs);

    /// <summary>Whether a dense layer is not the first one, has a ReLU behind it, and it may pay on the way back to skip the zeros that this leaves in the gradient.</summary>
    internal bool MaySkipBack(int dense)
    {
        Dense layer = _denseLayers[dense];
        return dense > 0 && IsRectified(Array.IndexOf(_layers, layer)) && SparseGemm.SuitsActivations(layer.Inputs) && SparseGemm.SuitsTransposedWeights(layer.WeightMemory.Length);
    }

    private int AfterFirst => IsRectified(0) ? 2 : 1;

    private void ForwardLayers(int layer, int end, Workspace workspace, int firstRow, int rows, bool isSingle)
    {
        for (int i = layer; i < end; i++)
        {
            if (_layers[i] is not Dense dense)
            {
                _layers[i].Forward(rows, workspace.Block(i, firstRow, rows), workspace.Block(i + 1, firstRow, rows));
                continue;
            }
            bool rectify = IsRectified(i);
            if (isSingle)
            {
                ForwardSingle(i, dense, rectify, workspace);
            }
            else
            {
                ForwardRows(i, dense, rectify, workspace, firstRow, rows);
            }
            i += rectify ? 1 : 0;
        }
    }

    /// <summary>Runs a single sample through a dense layer, and the ReLU behind it, all zeros skipped: with one row nothing is shared that a dense product would gain from.</summary>
    private static void ForwardSingle(int layer, Dense dense, bool rectify, Workspace workspace)
    {
        ReadOnlySpan<float> input = workspace.Block(layer, 0, 1);
        Span<ulong> mask = workspace.Masks[..NonZeroMask.Words(dense.Inputs)];
        NonZeroMask.OfRows(1, dense.Inputs, input, RowLayout.Stride(dense.Inputs), mask);
        dense.AllColumns.Forward(1, mask, input, rectify, workspace.Block(rectify ? layer + 2 : layer + 1, 0, 1));
    }

    /// <summary>Runs some rows through a dense layer, and the ReLU behind it: zeros skipped that a ReLU before it has left, if that is faster.</summary>
    private static void ForwardRows(int layer, Dense dense, bool rectify, Workspace workspace, int firstRow, int rows)
    {
        int inputs = dense.Inputs;
        ReadOnlySpan<float> input = workspace.Block(layer, firstRow, rows);
        Span<float> output = workspace.Block(rectify ? layer + 2 : layer + 1, firstRow, rows);
        if (workspace.Active(layer) is { } active && active.Find(firstRow, rows, inputs, input, RowLayout.Stride(inputs)))
        {
            dense.AllColumns.Forward(rows, active.Masks(firstRow, rows, inputs), input, rectify, output);
        }
        else
        {
            dense.AllColumns.Forward(rows, input, rectify, output);
        }
    }

    /// <summary>Floats that are in the workspace to outputs, by whichever way is faster: zeros skipped, or not.</summary>
    private void Forward(Workspace workspace, int rows)
    {
        if (rows == 1)
        {
            ForwardLayers(0, _layers.Length, workspace, 0, rows, isSingle: true);
            return;
        }
        if (TakesSparseInputs)
        {
            int words = NonZeroMask.Words(Inputs);
            Span<ulong> masks = workspace.Masks[..(rows * words)];
            if (NonZeroMask.OfRows(rows, Inputs, workspace.Block(0, 0, rows), RowLayout.Stride(Inputs), masks) <= SparseGemm.MaximumDensity * rows * Inputs)
            {
                _denseLayers[0].AllColumns.Forward(rows, masks, workspace.Block(0, 0, rows), IsRectified(0), workspace.Block(AfterFirst, 0, rows));
                ForwardRest(workspace, 0, rows);
                return;
            }
        }
        ForwardLayers(0, _layers.Length, workspace, 0, rows, isSingle: false);
    }

    /// <summary>Images to outputs, by whichever way is faster: zero pixels skipped, or all pixels as floats.</summary>
    private void Forward(Workspace workspace, ReadOnlySpan<byte> pixels, int rows)
    {
        if (TakesSparseInputs)
        {
            int words = NonZeroMask.Words(Inputs);
            Span<ulong> masks = workspace.Masks[..(rows * words)];
            for (int row = 0; row < rows; row++)
            {
                NonZeroMask.Of(pixels.Slice(row * Inputs, Inputs), masks.Slice(row * words, words));
            }
            if (rows == 1 || NonZeroMask.Count(masks) <= SparseGemm.MaximumDensity * pixels.Length)
            {
                _denseLayers[0].Forward(rows, masks, pixels, IsRectified(0), workspace.Block(AfterFirst, 0, rows));
                ForwardRest(workspace, 0, rows, isSingle: rows == 1);
                return;
            }
        }
        for (int row = 0; row < rows; row++)
        {
            PixelKernel.Scale(pixels.Slice(row * Inputs, Inputs), workspace.Input(row));
        }
        ForwardLayers(0, _layers.Length, workspace, 0, rows, isSingle: false);
    }

    /// <summary>The number of samples that some inputs are, which the outputs must have room for.</summary>
    internal int ValidateSamples(int inputs, int outputs, string name)
    {
        (int samples, int rest) = Math.DivRem(inputs, Inputs);
        if (rest != 0)
        {
            throw new ArgumentException($"Expected whole samples of {Inputs} numbers; found {inputs} numbers.", name);
        }
        if (outputs != (long)samples * Outputs)
        {
            throw new ArgumentException(
                $"Expected room for {samples} samples of {Outputs} outputs, {(long)samples * Outputs} numbers; found {outputs}.", nameof(outputs));
        }
        return samples;
    }

    private int ValidatePrediction(int inputs, int outputs, Workspace workspace, string name)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (!workspace.Description.Equals(Description))
        {
            throw new ArgumentException($"Expected a workspace for {Description}; found one for {workspace.Description}.", nameof(workspace));
        }
        return ValidateSamples(inputs, outputs, name);
    }

    private void CopyOutputs(Workspace workspace, int rows, Span<float> outputs)
    {
        for (int row = 0; row < rows; row++)
        {
            workspace.Output(row).CopyTo(outputs[(row * Outputs)..]);
        }
    }

    private static Layer[] BuildLayers(NetworkDescription description, out AlignedBuffer memory)
    {
        var shapes = new List<(LayerDescription Layer, int Inputs, int Outputs)>();
        int width = description.Inputs;
        long length = 0;
        foreach (LayerDescription layer in description.Layers)
        {
            int outputs = layer.Kind == LayerKind.Dense ? layer.Units : width;
            length += Length(layer, width, outputs);
            shapes.Add((layer, width, outputs));
            width = outputs;
        }
        if (length > AlignedBuffer.MaximumLength)
        {
            throw new ArgumentOutOfRangeException(nameof(description), $"{description}", $"Expected layers of {AlignedBuffer.MaximumLength} floats together, rows padded; found {length}.");
        }

        // All parameters lie in one block, layer after layer: rows of W, the bias, and then nothing for some rows, as different threads may update two layers.
        memory = new AlignedBuffer((int)length);
        var layers = new List<Layer>();
        int offset = 0;
        foreach ((LayerDescription layer, int inputs, int outputs) in shapes)
        {
            layers.Add(layer.Kind switch
            {
                LayerKind.Dense => new Dense(inputs, outputs, memory, offset),
                LayerKind.ReLU => new ReLU(outputs),
                LayerKind.LeakyReLU => new LeakyReLU(outputs, layer.Slope),
                LayerKind.Sigmoid => new Sigmoid(outputs),
                LayerKind.Tanh => new Tanh(outputs),
                LayerKind.BinaryStep => new BinaryStep(outputs),
                LayerKind.Softmax => new Softmax(outputs),
                _ => throw new ArgumentException($"There is no layer {layer.Kind}.", nameof(description)),
            });
            offset += (int)Length(layer, inputs, outputs);
        }
        return [.. layers];

        static long Length(LayerDescription layer, int inputs, int outputs) =>
            layer.Kind == LayerKind.Dense ? Dense.MemoryLength(inputs, outputs) + ((long)RowLayout.RowsApart(inputs) * RowLayout.Stride(outputs)) : 0;
    }
}
