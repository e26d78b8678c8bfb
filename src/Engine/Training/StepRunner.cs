using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>
/// One minibatch on a team of threads: a step of training, or a forward pass with its losses.
/// </summary>
/// <remarks>
/// <para>
/// A step has two parts with a barrier after each. (a) The threads share the minibatch's samples: forward, loss, gradients
/// down to the first dense layer. (b) They share the rows of every W: weight gradient and update in one. Each number is
/// computed by one thread in one order, so the result does not depend on the number of threads.
/// </para>
/// <para>
/// If the first layer skips zero pixels, the rows of its W differ in how much there is to do; so threads take them 64 at a
/// time, after their share of the rest, as they get done.
/// </para>
/// </remarks>
internal sealed class StepRunner : IDisposable
{
    private readonly Backpropagation _pass;
    private readonly WorkerTeam _team;
    private readonly float[] _learningRates;
    private readonly bool[] _hits;
    private readonly int _maskWords;
    private readonly ulong[][] _scratch;
    private readonly Action<int> _forwardWork;
    private readonly Action<int> _forwardBackwardWork;
    private readonly Action<int> _updateWork;
    private readonly SharedInteger _words = new();
    private readonly StepProfile? _profileOfSteps;
    private StepProfile? _profile;
    private Dataset? _data;
    private ImageDataset? _images;
    private int _batchSize;

    public StepRunner(Backpropagation pass, float[] learningRates, int threads, StepProfile? profile)
    {
        _profileOfSteps = profile;
        _pass = pass;
        _learningRates = learningRates;
        Samples = new int[pass.Rows];
        _hits = new bool[pass.Rows];
        _maskWords = NonZeroMask.Words(pass.Network.Inputs);
        _scratch = [.. Enumerable.Range(0, threads).Select(_ => new ulong[SparseGemm.ScratchWords(pass.Rows)])];
        _forwardWork = ForwardRows;
        _forwardBackwardWork = ForwardBackwardRows;
        _updateWork = UpdateWeightRows;
        _team = new WorkerTeam(threads);
    }

    /// <summary>The samples of the minibatch, to be filled before each call.</summary>
    public int[] Samples { get; }

    /// <summary>The losses of the samples of the last call.</summary>
    public ReadOnlySpan<double> Losses => _pass.Losses[.._batchSize];

    /// <summary>How many samples of the last call were decided rightly, before the update if there was one.</summary>
    public int Hits => _hits.AsSpan(0, _batchSize).Count(true);

    /// <summary>Forward pass, losses and hits.</summary>
    /// <param name="data">The data.</param>
    /// <param name="batchSize">How many of <see cref="Samples"/>.</param>
    /// <param name="sparse">Whether to skip zero pixels.</param>
    public void Evaluate(Dataset data, int batchSize, bool sparse)
    {
        _profile = null;
        Prepare(data, batchSize, sparse);
        _team.Run(_forwardWork);
    }

    /// <summary>The same, then backward pass and update.</summary>
    /// <inheritdoc cref="Evaluate"/>
    public void Train(Dataset data, int batchSize, bool sparse)
    {
        _profile = _profileOfSteps;
        _profile?.StartStep();
        Prepare(data, batchSize, sparse);
        _team.Run(_forwardBackwardWork);
        Volatile.Write(ref _words.Value, 0);
        _team.Run(_updateWork);
        _profile?.EndStep();
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => _team.Dispose();

    private void Prepare(Dataset data, int batchSize, bool sparse)
    {
        _data = data;
        _images = sparse ? (ImageDataset)data : null;
        _batchSize = batchSize;
    }

    /// <summary>Forward pass of this worker's share of the samples.</summary>
    private void ForwardRows(int worker)
    {
        int first = Share.Start(_batchSize, worker, _team.Count);
        int end = Share.Start(_batchSize, worker + 1, _team.Count);
        if (first == end)
        {
            return;
        }
        for (int row = first; row < end; row++)
        {
            _data!.CopyTarget(Samples[row], _pass.Target(row));
        }
        if (_images is { } images)
        {
            for (int row = first; row < end; row++)
            {
                _pass.ImageOffsets[row] = (nint)Samples[row] * images.Inputs;
                NonZeroMask.Of(images.Image(Samples[row]), _pass.Masks.Slice(row * _maskWords, _maskWords));
            }
            _profile?.Mark(worker, StepProfile.InputsPart);
            _pass.ForwardFirst(Pixels(images).Slice(first, end - first), first);
        }
        else
        {
            for (int row = first; row < end; row++)
            {
                _data!.CopyInput(Samples[row], _pass.Input(row));
            }
            _profile?.Mark(worker, StepProfile.InputsPart);
            _pass.ForwardFirst(first, end - first);
        }
        _profile?.Mark(worker, StepProfile.FirstForwardPart);
        _pass.ForwardRest(first, end - first);
        _profile?.Mark(worker, StepProfile.OtherForwardPart);
        _pass.ForwardLoss(first, end - first);
        for (int row = first; row < end; row++)
        {
            _hits[row] = _pass.Loss.IsHit(_pass.Output(row), _pass.Target(row));
        }
        _profile?.Mark(worker, StepProfile.LossPart);
    }

    /// <summary>Part (a) of a step: this worker's share of the samples.</summary>
    private void ForwardBackwardRows(int worker)
    {
        int first = Share.Start(_batchSize, worker, _team.Count);
        int end = Share.Start(_batchSize, worker + 1, _team.Count);
        _profile?.Mark(worker, StepProfile.WaitingPart);
        if (first < end)
        {
            ForwardRows(worker);
            _pass.Backward(first, end - first, _batchSize);
            _profile?.Mark(worker, StepProfile.BackwardPart);
        }
    }

    /// <summary>Part (b) of a step: this worker's share of the rows of every W; the last worker takes the biases too.</summary>
    private void UpdateWeightRows(int worker)
    {
        _profile?.Mark(worker, StepProfile.WaitingPart);
        for (int i = _learningRates.Length - 1; i >= 0; i--)
        {
            Dense layer = _pass.Network.DenseLayers[i];
            if (worker == _team.Count - 1)
            {
                _pass.UpdateBias(i, _batchSize, _learningRates[i]);
            }
            if (i > 0 || _images is null)
            {
                int first = Share.Start(layer.Inputs, worker, _team.Count);
                int end = Share.Start(layer.Inputs, worker + 1, _team.Count);
                _pass.UpdateWeights(i, first, end - first, _batchSize, _learningRates[i]);
                _profile?.Mark(worker, StepProfile.UpdatePart(i));
            }
        }
        if (_images is { } images)
        {
            for (int word = TakeWord(); word < _maskWords; word = TakeWord())
            {
                _pass.UpdateWeights(Pixels(images), word, _learningRates[0], _scratch[worker]);
            }
            _profile?.Mark(worker, StepProfile.UpdatePart(0));
        }
    }

    private int TakeWord() => Interlocked.Increment(ref _words.Value) - 1;

    private SparsePixels Pixels(ImageDataset images) =>
        new(images.Pixels, _pass.ImageOffsets[.._batchSize], _pass.Masks[..(_batchSize * _maskWords)], images.Inputs);
}
