using System.Diagnostics;
using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Training;

/// <summary>
/// Trains a network by minibatch stochastic gradient descent: W ← W − rate · dW after each minibatch.
/// </summary>
/// <remarks>
/// <para>
/// A step has two parts with a barrier after each. (a) The threads share the minibatch's samples: packing, forward, loss,
/// gradients down to the first dense layer. (b) They share the rows of every W: weight gradient, update, transposed copy.
/// Each number is computed by one thread in one order, so the result does not depend on the number of threads.
/// </para>
/// <para>After the first step, training and evaluation allocate nothing. Not thread-safe: one call at a time.</para>
/// </remarks>
public sealed class Trainer : IDisposable
{
    /// <summary>
    /// The most rows of W whose gradient is computed before they are updated: 48 x 112 floats are 21 KB, so the update finds
    /// the gradient in the first-level cache, and the gradient of a whole W never takes memory.
    /// </summary>
    private const int UpdateRows = 48;

    private readonly Backpropagation _pass;
    private readonly WorkerTeam _team;
    private readonly AlignedBuffer[][] _gradients;
    private readonly float[] _learningRates;
    private readonly int[] _samples;
    private readonly bool[] _hits;
    private readonly Action<int> _forwardWork;
    private readonly Action<int> _forwardBackwardWork;
    private readonly Action<int> _updateWork;
    private Dataset? _data;
    private int _batchSize;

    /// <summary>Allocates all that training needs and starts the threads.</summary>
    /// <param name="network">The network to train; updated in place.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="options">Minibatch size, learning rates, threads.</param>
    /// <exception cref="ArgumentException">The network cannot be trained, or the learning rates do not fit it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Trainer(Network network, Loss loss, TrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        Options = options ?? new TrainerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.BatchSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.Threads, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Options.Threads, 1024, nameof(options));
        _learningRates = ExpandLearningRates(Options.LearningRates, network.DenseLayers.Count);
        _pass = new Backpropagation(network, loss, Options.BatchSize, keepGradients: false);

        // One for each worker and layer: what no kernel writes, between the padded columns and the stride, has to stay zero.
        _gradients = [.. Enumerable.Range(0, Options.Threads).Select(_ => network.DenseLayers.Select(GradientBlock).ToArray())];
        _samples = new int[Options.BatchSize];
        _hits = new bool[Options.BatchSize];
        _forwardWork = ForwardRows;
        _forwardBackwardWork = ForwardBackwardRows;
        _updateWork = UpdateWeightRows;
        _team = new WorkerTeam(Options.Threads);
    }

    /// <summary>The network being trained.</summary>
    public Network Network => _pass.Network;

    /// <summary>The options as given.</summary>
    public TrainerOptions Options { get; }

    /// <summary>Makes one update from a minibatch.</summary>
    /// <param name="data">The data that the samples are from.</param>
    /// <param name="samples">Numbers of samples, from 1 to <see cref="TrainerOptions.BatchSize"/> of them.</param>
    /// <returns>The minibatch's loss before the update.</returns>
    /// <exception cref="ArgumentException">The data does not fit the network, or the samples are too many, none, or not in the data.</exception>
    public double Step(Dataset data, ReadOnlySpan<int> samples)
    {
        ValidateData(data);
        if (samples.Length < 1 || samples.Length > _samples.Length)
        {
            throw new ArgumentException($"Expected 1 to {_samples.Length} samples; found {samples.Length}.", nameof(samples));
        }
        foreach (int sample in samples)
        {
            if ((uint)sample >= (uint)data.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(samples), sample, $"Expected sample numbers from 0 to {data.Count - 1}.");
            }
        }
        _data = data;
        _batchSize = samples.Length;
        samples.CopyTo(_samples);
        _pass.RefreshTransposedWeights();
        _team.Run(_forwardBackwardWork);
        _team.Run(_updateWork);
        _pass.ParametersUpdated();
        return _pass.Loss.Reduce(_pass.Losses[.._batchSize]);
    }

    /// <summary>Loss and accuracy on some data; the network is not changed.</summary>
    /// <param name="data">The data.</param>
    /// <exception cref="ArgumentException">The data does not fit the network.</exception>
    public Evaluation Evaluate(Dataset data)
    {
        ValidateData(data);
        _data = data;
        double loss = 0;
        int hits = 0;
        for (int first = 0; first < data.Count; first += _samples.Length)
        {
            _batchSize = Math.Min(_samples.Length, data.Count - first);
            for (int i = 0; i < _batchSize; i++)
            {
                _samples[i] = first + i;
            }
            _team.Run(_forwardWork);
            foreach (double sampleLoss in _pass.Losses[.._batchSize])
            {
                loss += sampleLoss;
            }
            hits += CountHits();
        }
        bool mean = _pass.Loss.Reduction == LossReduction.Mean && data.Count > 0;
        return new Evaluation(mean ? loss / data.Count : loss, hits, data.Count);
    }

    /// <summary>Trains for some epochs.</summary>
    /// <param name="data">The training data.</param>
    /// <param name="plan">Epochs, order, validation, callbacks.</param>
    /// <param name="cancellation">Asks to stop after the current step; the report then says so, nothing is thrown.</param>
    /// <exception cref="ArgumentException">The data is empty or does not fit the network, or an option is out of range.</exception>
    public TrainingReport Train(Dataset data, TrainingPlan plan, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegative(plan.Epochs, nameof(plan));
        ValidateData(data);
        if (data.Count == 0)
        {
            throw new ArgumentException("Expected one training sample at least; found none.", nameof(data));
        }
        if (plan.Validation is { } validation)
        {
            ValidateData(validation);
        }

        int[] order = new int[data.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }
        var random = new SplitMix64(plan.Seed);
        var epochs = new List<EpochReport>();
        long steps = 0;
        for (int epoch = 1; epoch <= plan.Epochs; epoch++)
        {
            if (plan.Shuffle)
            {
                Shuffle(order, ref random);
            }
            StopReason? stopped = RunSteps(data, order, epoch, plan, cancellation, ref steps, out EpochReport report);
            if (stopped is { } reason)
            {
                return new TrainingReport(reason, steps, epochs);
            }
            if (plan.Validation is not null)
            {
                long start = Stopwatch.GetTimestamp();
                Evaluation evaluation = Evaluate(plan.Validation);
                report = report with { Validation = evaluation, EvaluationSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
            }
            epochs.Add(report);
            plan.OnEpoch?.Invoke(report);
            if (plan.TargetAccuracy is { } target && (report.Validation?.Accuracy ?? report.TrainAccuracy) >= target)
            {
                return new TrainingReport(StopReason.TargetReached, steps, epochs);
            }
        }
        return new TrainingReport(StopReason.Completed, steps, epochs);
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => _team.Dispose();

    /// <summary>The steps of one epoch, timed; a reason if they were stopped before the last.</summary>
    private StopReason? RunSteps(
        Dataset data, int[] order, int epoch, TrainingPlan plan, CancellationToken cancellation, ref long steps, out EpochReport report)
    {
        int stepsPerEpoch = ((order.Length - 1) / _samples.Length) + 1;
        double lossSum = 0;
        int hits = 0;
        long ticks = 0;
        long callbackBytes = 0;
        StopReason? stopped = null;
        long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        for (int step = 0; step < stepsPerEpoch && stopped is null; step++)
        {
            int first = step * _samples.Length;
            long start = Stopwatch.GetTimestamp();
            double loss = Step(data, order.AsSpan(first, Math.Min(_samples.Length, order.Length - first)));
            hits += CountHits();
            ticks += Stopwatch.GetTimestamp() - start;
            lossSum += loss;
            if (plan.OnStep is { } onStep)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                onStep(new StepReport(epoch, steps, step, stepsPerEpoch, loss));
                callbackBytes += GC.GetAllocatedBytesForCurrentThread() - before;
            }
            steps++;
            stopped = !double.IsFinite(loss) ? StopReason.Diverged : cancellation.IsCancellationRequested ? StopReason.Cancelled : null;
        }
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore - callbackBytes;
        double seconds = (double)ticks / Stopwatch.Frequency;
        report = new EpochReport
        {
            Epoch = epoch,
            Loss = lossSum / stepsPerEpoch,
            TrainAccuracy = (double)hits / order.Length,
            Validation = null,
            TrainSeconds = seconds,
            EvaluationSeconds = 0,
            SamplesPerSecond = order.Length / seconds,
            GigaflopsPerSecond = Network.TrainingFlopsPerSample * (double)order.Length / seconds / 1e9,
            AllocatedBytes = allocated,
        };
        return stopped;
    }

    /// <summary>Packing and forward pass of this worker's share of the samples.</summary>
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
            _data!.CopyInput(_samples[row], _pass.Input(row));
            _data.CopyTarget(_samples[row], _pass.Target(row));
        }
        _pass.Forward(first, end - first);
        for (int row = first; row < end; row++)
        {
            _hits[row] = _pass.Loss.IsHit(_pass.Output(row), _pass.Target(row));
        }
    }

    /// <summary>Part (a) of a step: this worker's share of the samples.</summary>
    private void ForwardBackwardRows(int worker)
    {
        int first = Share.Start(_batchSize, worker, _team.Count);
        int end = Share.Start(_batchSize, worker + 1, _team.Count);
        if (first < end)
        {
            ForwardRows(worker);
            _pass.Backward(first, end - first, _batchSize);
        }
    }

    /// <summary>Part (b) of a step: this worker's share of the rows of every W; the last worker takes the biases too.</summary>
    private void UpdateWeightRows(int worker)
    {
        for (int i = 0; i < _learningRates.Length; i++)
        {
            Dense layer = Network.DenseLayers[i];
            int start = Share.Start(layer.Inputs, worker, _team.Count);
            int count = Share.Start(layer.Inputs, worker + 1, _team.Count) - start;
            int blocks = (count + UpdateRows - 1) / UpdateRows;
            for (int block = 0; block < blocks; block++)
            {
                int first = start + Share.Start(count, block, blocks);
                int rows = start + Share.Start(count, block + 1, blocks) - first;
                Span<float> gradient = _gradients[worker][i].Span[..(rows * layer.Stride)];
                _pass.BackwardWeights(i, first, rows, _batchSize, gradient);
                SgdKernel.Update(_learningRates[i], gradient, layer.WeightMemory.Slice(first * layer.Stride, rows * layer.Stride));
                _pass.UpdateTransposedWeights(i, first, rows);
            }
            if (worker == _team.Count - 1)
            {
                _pass.BackwardBias(i, _batchSize);
                SgdKernel.Update(_learningRates[i], _pass.BiasGradient(i), layer.BiasMemory);
            }
        }
    }

    private static AlignedBuffer GradientBlock(Dense layer) => new(Math.Min(UpdateRows, layer.Inputs) * layer.Stride);

    private int CountHits()
    {
        int hits = 0;
        foreach (bool hit in _hits.AsSpan(0, _batchSize))
        {
            hits += hit ? 1 : 0;
        }
        return hits;
    }

    private void ValidateData(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Inputs != Network.Inputs || !data.FitsOutputs(Network.Outputs))
        {
            throw new ArgumentException(
                $"Expected data for {Network.Inputs} inputs and {Network.Outputs} outputs; found {data.Inputs} inputs and {data.Targets} targets.", nameof(data));
        }
    }

    /// <summary>Fisher and Yates: every order is equally likely.</summary>
    private static void Shuffle(int[] order, ref SplitMix64 random)
    {
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    private static float[] ExpandLearningRates(IReadOnlyList<float> rates, int denseLayers)
    {
        ArgumentNullException.ThrowIfNull(rates);
        if (rates.Count != 1 && rates.Count != denseLayers)
        {
            throw new ArgumentException($"Expected one learning rate, or one for each of the {denseLayers} dense layers; found {rates.Count}.", nameof(rates));
        }
        foreach (float rate in rates)
        {
            if (!(rate > 0f && float.IsFinite(rate)))
            {
                throw new ArgumentOutOfRangeException(nameof(rates), rate, "A learning rate must be a positive number.");
            }
        }
        return rates.Count == denseLayers ? [.. rates] : [.. Enumerable.Repeat(rates[0], denseLayers)];
    }
}
