using Engine.Data;
using Engine.Kernels;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>
/// One minibatch on a team of threads: a step of training, or a forward pass with its losses.
/// </summary>
/// <remarks>
/// <para>A step has two parts with a barrier after each.</para>
/// <code>
/// (a) each worker reads its share of the samples: floats, or masks of non-zero pixels
///     each owner of columns of the first W takes all samples through its columns, a few at a time, and tells how far it is
///     everybody takes samples, as long as there are any, waits until they are through the first layer, and takes them
///     through the others, to the loss, and back to the first layer's output
/// (b) each owner updates its columns of the first W
///     everybody takes rows of the other W, as long as there are any, and updates them: weight gradient and update in one
/// </code>
/// <para>
/// Who owns and takes what: <see cref="WorkPlan"/>. Each number is computed by one thread in one order, so the result does not depend on
/// the number of threads, nor on who took what.
/// </para>
/// </remarks>
internal sealed class StepRunner : IDisposable
{
    private readonly Backpropagation _pass;
    private readonly WorkerTeam _team;
    private readonly WorkPlan _plan;
    private readonly float[] _learningRates;
    private readonly bool[] _hits;
    private readonly int _maskWords;
    private readonly ulong[][] _scratch;
    private readonly RowProgress[] _read;
    private readonly RowProgress[] _throughFirst;
    private readonly SharedInteger _taken = new();
    private readonly Action<int> _forwardWork;
    private readonly Action<int> _forwardBackwardWork;
    private readonly Action<int> _updateWork;
    private readonly Action<int> _countWork;
    private readonly long[] _allocatedBytes;
    private readonly StepProfile? _profileOfSteps;
    private StepProfile? _profile;
    private Dataset? _data;
    private ImageDataset? _images;
    private int _batchSize;
    private int _owners;
    private long _rowsBefore;

    public StepRunner(Backpropagation pass, float[] learningRates, int threads, StepProfile? profile)
    {
        _profileOfSteps = profile;
        _pass = pass;
        _learningRates = learningRates;
        _plan = new WorkPlan(pass.Network, threads);
        Samples = new int[pass.Rows];
        _hits = new bool[pass.Rows];
        _maskWords = NonZeroMask.Words(pass.Network.Inputs);
        _scratch = [.. Enumerable.Range(0, threads).Select(_ => new ulong[SparseGemm.ScratchWords(pass.Rows)])];
        _read = [.. Enumerable.Range(0, threads).Select(_ => new RowProgress())];
        _throughFirst = [.. Enumerable.Range(0, threads).Select(_ => new RowProgress())];
        _forwardWork = ForwardShare;
        _forwardBackwardWork = ForwardBackward;
        _updateWork = Update;
        _countWork = CountAllocatedBytes;
        _allocatedBytes = new long[threads];
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
        _owners = _plan.Owners(_images?.Density ?? 1);
        _team.Run(_forwardBackwardWork);
        Volatile.Write(ref _taken.Value, 0);
        _team.Run(_updateWork);
        _profile?.EndStep();
    }

    /// <summary>The bytes that the threads of the team, the caller's included, have allocated since they were started; not those of others.</summary>
    public long AllocatedBytes()
    {
        _team.Run(_countWork);
        long sum = 0;
        foreach (long bytes in _allocatedBytes)
        {
            sum += bytes;
        }
        return sum;
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => _team.Dispose();

    private void CountAllocatedBytes(int worker) => _allocatedBytes[worker] = GC.GetAllocatedBytesForCurrentThread();

    private void Prepare(Dataset data, int batchSize, bool sparse)
    {
        _data = data;
        _images = sparse ? (ImageDataset)data : null;
        _rowsBefore += _batchSize;
        _batchSize = batchSize;
        Volatile.Write(ref _taken.Value, 0);
    }

    /// <summary>Forward pass of this worker's share of the samples.</summary>
    private void ForwardShare(int worker)
    {
        int first = Share.Start(_batchSize, worker, _team.Count);
        int end = Share.Start(_batchSize, worker + 1, _team.Count);
        if (first < end)
        {
            Read(first, end);
            ForwardFirst(first, end - first);
            ForwardRest(worker, first, end - first);
        }
    }

    /// <summary>Part (a) of a step.</summary>
    private void ForwardBackward(int worker)
    {
        _profile?.Mark(worker, StepProfile.WaitingPart);
        (int start, int end) = _plan.Reads(worker, _owners, _batchSize);
        try
        {
            Read(start, end);
            _read[worker].Publish(_rowsBefore + end);
            _profile?.Mark(worker, StepProfile.InputsPart);
            if (worker < _owners)
            {
                ForwardOwnColumns(worker);
            }
        }
        finally
        {
            // If anything failed, nobody must wait for ever; the team tells the caller.
            _read[worker].Publish(_rowsBefore + end);
            _throughFirst[worker].Publish(_rowsBefore + _batchSize);
        }
        while (Take(out int first, out int rows))
        {
            ForwardBackward(worker, first, rows);
        }
    }

    /// <summary>All samples through this worker's columns of the first W.</summary>
    private void ForwardOwnColumns(int worker)
    {
        (int firstColumn, int columns) = _plan.Columns(worker, _owners);
        for (int first = 0, rows; first < _batchSize; first += rows)
        {
            rows = WorkPlan.FirstPiece(first, _batchSize - first);
            WaitUntilRead(worker, first + rows);
            if (_images is { } images)
            {
                _pass.ForwardFirst(Pixels(images).Slice(first, rows), first, firstColumn, columns);
            }
            else
            {
                _pass.ForwardFirst(first, rows, firstColumn, columns);
            }
            _throughFirst[worker].Publish(_rowsBefore + first + rows);
            _profile?.Mark(worker, StepProfile.FirstForwardPart);
        }
    }

    /// <summary>Some samples through the other layers and back.</summary>
    private void ForwardBackward(int worker, int first, int rows)
    {
        if (_owners == 0)
        {
            WaitUntilRead(worker, first + rows);
            ForwardFirst(first, rows);
            _profile?.Mark(worker, StepProfile.FirstForwardPart);
        }
        for (int owner = 0; owner < _owners; owner++)
        {
            _throughFirst[owner].Wait(_rowsBefore + first + rows, _team.Patience);
        }
        _profile?.Mark(worker, StepProfile.WaitingPart);
        ForwardRest(worker, first, rows);
        _pass.Backward(first, rows, _batchSize);
        _profile?.Mark(worker, StepProfile.BackwardPart);
    }

    /// <summary>Part (b) of a step.</summary>
    private void Update(int worker)
    {
        _profile?.Mark(worker, StepProfile.WaitingPart);
        if (worker == _team.Count - 1)
        {
            for (int layer = _learningRates.Length - 1; layer >= 0; layer--)
            {
                _pass.UpdateBias(layer, _batchSize, _learningRates[layer]);
            }
        }
        if (worker < _owners)
        {
            (int firstColumn, int columns) = _plan.Columns(worker, _owners);
            if (_images is { } images)
            {
                for (int word = 0; word < _maskWords; word++)
                {
                    UpdateFirst(worker, images, word, firstColumn, columns);
                }
            }
            else
            {
                _pass.UpdateFirst(_batchSize, firstColumn, columns, _learningRates[0]);
            }
            _profile?.Mark(worker, StepProfile.UpdatePart(0));
        }
        UpdatePieces(worker);
    }

    /// <summary>Rows of every W that has no owners, as long as there are any.</summary>
    private void UpdatePieces(int worker)
    {
        int sparse = _owners == 0 && _images is not null ? _maskWords : 0;
        int pieces = _owners > 0 || sparse > 0 ? _plan.PiecesWithoutFirst : _plan.Pieces.Length;
        for (int i = TakePiece(); i < pieces + sparse; i = TakePiece())
        {
            int layer = 0;
            if (i < pieces)
            {
                layer = _plan.Pieces[i].Layer;
                _pass.UpdateWeights(layer, _plan.Pieces[i].First, _plan.Pieces[i].Count, _batchSize, _learningRates[layer]);
            }
            else
            {
                UpdateFirst(worker, _images!, i - pieces, 0, RowLayout.PaddedColumns(_pass.Network.DenseLayers[0].Outputs));
            }
            _profile?.Mark(worker, StepProfile.UpdatePart(layer));
        }
    }

    private void UpdateFirst(int worker, ImageDataset images, int word, int firstColumn, int columns) =>
        _pass.UpdateFirst(Pixels(images), word, firstColumn, columns, _learningRates[0], _scratch[worker]);

    /// <summary>Targets, and floats or masks of non-zero pixels.</summary>
    private void Read(int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            _data!.CopyTarget(Samples[row], _pass.Target(row));
            if (_images is { } images)
            {
                _pass.ImageOffsets[row] = (nint)Samples[row] * images.Inputs;
                NonZeroMask.Of(images.Image(Samples[row]), _pass.Masks.Slice(row * _maskWords, _maskWords));
            }
            else
            {
                _data!.CopyInput(Samples[row], _pass.Input(row));
            }
        }
    }

    private void WaitUntilRead(int worker, int rows)
    {
        for (int reader = 0; reader < _team.Count; reader++)
        {
            (int start, int end) = _plan.Reads(reader, _owners, _batchSize);
            if (start < rows)
            {
                _read[reader].Wait(_rowsBefore + Math.Min(rows, end), _team.Patience);
            }
        }
        _profile?.Mark(worker, StepProfile.WaitingPart);
    }

    private void ForwardFirst(int first, int rows)
    {
        if (_images is { } images)
        {
            _pass.ForwardFirst(Pixels(images).Slice(first, rows), first);
        }
        else
        {
            _pass.ForwardFirst(first, rows);
        }
    }

    private void ForwardRest(int worker, int first, int rows)
    {
        _pass.ForwardRest(first, rows);
        _profile?.Mark(worker, StepProfile.OtherForwardPart);
        _pass.ForwardLoss(first, rows);
        for (int row = first; row < first + rows; row++)
        {
            _hits[row] = _pass.Loss.IsHit(_pass.Output(row), _pass.Target(row));
        }
        _profile?.Mark(worker, StepProfile.LossPart);
    }

    /// <summary>Takes some of the samples that are left; false if there are none.</summary>
    private bool Take(out int first, out int rows)
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _taken.Value);
            first = seen;
            rows = first < _batchSize ? _plan.SamplePiece(_owners, _batchSize, _batchSize - first) : 0;
        }
        while (rows > 0 && Interlocked.CompareExchange(ref _taken.Value, first + rows, seen) != seen);
        return rows > 0;
    }

    private int TakePiece() => Interlocked.Increment(ref _taken.Value) - 1;

    private SparsePixels Pixels(ImageDataset images) =>
        new(images.Pixels, _pass.ImageOffsets[.._batchSize], _pass.Masks[..(_batchSize * _maskWords)], images.Inputs);
}
