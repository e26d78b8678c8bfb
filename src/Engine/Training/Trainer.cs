using System.Diagnostics;
using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>
/// Trains a network by minibatch stochastic gradient descent: W ← W − rate · dW after each minibatch.
/// </summary>
/// <remarks>
/// <para>How a step is shared among threads: <see cref="StepRunner"/>. The result does not depend on their number.</para>
/// <para>
/// Weights that are not finite at the end of an epoch, or a loss that is not, end the training; the network then has the
/// weights of the end of the last good epoch.
/// </para>
/// <para>
/// After the first step, steps and evaluation allocate nothing; only a thread that multiplies much larger matrices than those of MNIST networks takes 1.3 MB once,
/// when it first comes to such a product (<see cref="Gemm"/>). Not thread-safe: one call at a time. Its threads live until it is disposed of.
/// </para>
/// <para>
/// What a callback or a data set throws, the call throws. The network then stands as after a whole step: none is left half done.
/// </para>
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly Backpropagation _pass;
    private readonly StepRunner _runner;
    private readonly AlignedBuffer _lastGood;
    private readonly Func<bool> _count;
    private Tally _tally;

    /// <summary>Taken while the threads work: on some steps, or on an evaluation.</summary>
    private readonly Turn _turn = new("trainer");

    /// <summary>Whether this is a call of <see cref="TrainingPlan.OnStep"/>.</summary>
    private bool _isAfterStep;

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
        Options.Validate();
        float[] learningRates = Options.RatesOfLayers(network.DenseLayers.Count);
        _pass = new Backpropagation(network, loss, Options.BatchSize, keepGradients: false, skipsZeros: Options.InputPath != InputPath.Dense);
        _lastGood = new AlignedBuffer(network.ParameterMemory.Length);
        Profile = Options.Profile ? new StepProfile(network.DenseLayers.Count, Options.Threads) : null;
        _runner = new StepRunner(_pass, learningRates, Options.Threads, Profile);
        _count = Count;
    }

    /// <summary>The network being trained.</summary>
    public Network Network => _pass.Network;

    /// <summary>The options as given.</summary>
    public TrainerOptions Options { get; }

    /// <summary>Where the time of the steps goes; null unless <see cref="TrainerOptions.Profile"/> is set.</summary>
    public StepProfile? Profile { get; }

    /// <summary>Makes one update from a minibatch.</summary>
    /// <param name="data">The data that the samples are from.</param>
    /// <param name="samples">Numbers of samples, from 1 to <see cref="TrainerOptions.BatchSize"/> of them.</param>
    /// <returns>The minibatch's loss before the update.</returns>
    /// <exception cref="ArgumentException">The data does not fit the network, or the samples are too many, none, or not in the data.</exception>
    /// <exception cref="InvalidOperationException">Called while another call is under way, such as from <see cref="TrainingPlan.OnLoss"/> or <see cref="TrainingPlan.OnStep"/>.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public double Step(Dataset data, ReadOnlySpan<int> samples)
    {
        CheckUse(_isAfterStep);
        ValidateData(data);
        if (samples.Length < 1 || samples.Length > Options.BatchSize)
        {
            throw new ArgumentException($"Expected 1 to {Options.BatchSize} samples; found {samples.Length}.", nameof(samples));
        }
        foreach (int sample in samples)
        {
            if ((uint)sample >= (uint)data.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(samples), sample, $"Expected sample numbers from 0 to {data.Count - 1}.");
            }
        }

        // Before anything is written: whoever comes while another step is under way must not change what that one works on.
        using Turn.Held turn = Begin();
        samples.CopyTo(_runner.Samples);
        _tally = default;
        _runner.Train(data, _runner.Samples, 0, samples.Length, UsesSparseInputs(data), _count);
        return _tally.LastLoss;
    }

    /// <summary>Loss and accuracy on some data; the network is not changed.</summary>
    /// <param name="data">The data.</param>
    /// <exception cref="ArgumentException">The data does not fit the network.</exception>
    /// <exception cref="InvalidOperationException">Called while the threads work, such as from <see cref="TrainingPlan.OnLoss"/>.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public Evaluation Evaluate(Dataset data)
    {
        CheckUse(isBetweenSteps: false);
        ValidateData(data);
        (double loss, int hits) = RunEvaluation(data);
        bool mean = _pass.Loss.Reduction == LossReduction.Mean && data.Count > 0;
        return new Evaluation(mean ? loss / data.Count : loss, hits, data.Count);
    }

    /// <summary>Trains for some epochs.</summary>
    /// <param name="data">The training data.</param>
    /// <param name="plan">Epochs, order, validation, callbacks.</param>
    /// <param name="cancellation">Asks to stop after the current step, or, between epochs, before the next step; the report then says so, nothing is thrown.</param>
    /// <exception cref="ArgumentException">The data is empty or does not fit the network, or an option is out of range.</exception>
    /// <exception cref="InvalidOperationException">Called while another call is under way, such as from <see cref="TrainingPlan.OnLoss"/> or <see cref="TrainingPlan.OnStep"/>.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public TrainingReport Train(Dataset data, TrainingPlan plan, CancellationToken cancellation = default)
    {
        CheckUse(_isAfterStep);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegative(plan.Epochs);
        if (plan.TargetAccuracy is not null and not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(plan), plan.TargetAccuracy, "Expected a target accuracy from 0 to 1.");
        }
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
        Network.ParameterMemory.CopyTo(_lastGood.Span);
        var random = new SplitMix64(plan.Seed);
        var epochs = new List<EpochReport>();
        long steps = 0;
        for (int epoch = 1; epoch <= plan.Epochs; epoch++)
        {
            if (cancellation.IsCancellationRequested)
            {
                return new TrainingReport(StopReason.Cancelled, steps, epochs);
            }
            if (plan.Shuffle)
            {
                Shuffle(order, ref random);
            }
            if (data is ImageDataset images && PackedImages.Suits(UsesSparseInputs(data)))
            {
                images.BeginRound();
            }
            StopReason? stopped = RunSteps(data, order, epoch, plan, cancellation, ref steps, out EpochReport report);
            if (stopped is not StopReason.Diverged && !FiniteKernel.All(Network.ParameterMemory))
            {
                stopped = StopReason.Diverged;
            }
            if (stopped is StopReason.Diverged)
            {
                _lastGood.Span.CopyTo(Network.ParameterMemory);
            }
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
            Network.ParameterMemory.CopyTo(_lastGood.Span);
            epochs.Add(report);
            plan.OnEpoch?.Invoke(report);
            if (plan.TargetAccuracy is { } target && (report.Validation?.Accuracy ?? report.TrainAccuracy) >= target)
            {
                return new TrainingReport(StopReason.TargetReached, steps, epochs);
            }
        }
        return new TrainingReport(StopReason.Completed, steps, epochs);
    }

    /// <summary>Ends the threads. Afterwards nothing but <see cref="Network"/>, <see cref="Options"/> and <see cref="Profile"/> is to be used.</summary>
    /// <exception cref="InvalidOperationException">Called while the threads work, such as from <see cref="TrainingPlan.OnLoss"/>.</exception>
    public void Dispose()
    {
        using Turn.Held turn = _turn.Take();
        _runner.Dispose();
    }

    /// <summary>The steps of one epoch, timed; a reason if they were stopped before the last.</summary>
    private StopReason? RunSteps(
        Dataset data, int[] order, int epoch, TrainingPlan plan, CancellationToken cancellation, ref long steps, out EpochReport report)
    {
        int stepsPerEpoch = ((order.Length - 1) / Options.BatchSize) + 1;
        _tally = new Tally { Cancellation = cancellation, OnLoss = plan.OnLoss, Epoch = epoch, StepsBefore = steps, StepsPerEpoch = stepsPerEpoch };
        bool sparse = UsesSparseInputs(data);
        long allocatedBefore = _runner.AllocatedBytes();
        long start = Stopwatch.GetTimestamp();

        // Who is called after each step finds its update done.
        int count;
        for (int first = 0; first < order.Length && _tally.Stopped is null; first += count)
        {
            count = Math.Min(order.Length - first, plan.OnStep is null ? order.Length : Options.BatchSize);
            using (Begin())
            {
                _runner.Train(data, order, first, count, sparse, _count);
            }
            if (plan.OnStep is { } onStep)
            {
                _isAfterStep = true;
                try
                {
                    Tell(onStep);
                }
                finally
                {
                    _isAfterStep = false;
                }
            }
            if (cancellation.IsCancellationRequested)
            {
                _tally.Stopped ??= StopReason.Cancelled;
            }
        }
        double seconds = (double)(Stopwatch.GetTimestamp() - start - _tally.CallbackTicks) / Stopwatch.Frequency;
        long allocated = _runner.AllocatedBytes() - allocatedBefore - _tally.CallbackBytes;
        steps += _tally.Steps;
        StopReason? stopped = _tally.Stopped;
        report = new EpochReport
        {
            Epoch = epoch,
            Loss = _tally.LossSum / stepsPerEpoch,
            TrainAccuracy = (double)_tally.Hits / order.Length,
            Validation = null,
            TrainSeconds = seconds,
            EvaluationSeconds = 0,
            SamplesPerSecond = order.Length / seconds,
            GigaflopsPerSecond = Network.TrainingFlopsPerSample * (double)order.Length / seconds / 1e9,
            AllocatedBytes = allocated,
        };
        _tally = default;
        return stopped;
    }

    /// <summary>Counts a step whose losses are known.</summary>
    /// <returns>Whether another one may follow.</returns>
    private bool Count()
    {
        double loss = _pass.Loss.Reduce(_runner.Losses);
        _tally.LastLoss = loss;
        _tally.LossSum += loss;
        _tally.Hits += _runner.Hits;
        _tally.Steps++;
        if (_tally.OnLoss is { } onLoss)
        {
            Tell(onLoss);
        }
        _tally.Stopped = !double.IsFinite(loss) ? StopReason.Diverged : _tally.Cancellation.IsCancellationRequested ? StopReason.Cancelled : null;
        return _tally.Stopped is null;
    }

    /// <summary>Calls back; what that takes is not the training's.</summary>
    private void Tell(Action<StepReport> callback)
    {
        long start = Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        callback(new StepReport(_tally.Epoch, _tally.StepsBefore + _tally.Steps - 1, _tally.Steps - 1, _tally.StepsPerEpoch, _tally.LastLoss));
        _tally.CallbackBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        _tally.CallbackTicks += Stopwatch.GetTimestamp() - start;
    }

    /// <summary>Whether the first layer skips the zeros of some data.</summary>
    internal bool UsesSparseInputs(Dataset data) =>
        Options.InputPath switch
        {
            InputPath.Dense => false,
            InputPath.Sparse => true,
            _ => Network.TakesSparseInputs && data is ImageDataset images && images.Density <= SparseGemm.MaximumDensity,
        };

    /// <summary>Whether zeros that a ReLU leaves may be skipped.</summary>
    internal bool SkipsActivations => _pass.SkipsZeros;

    private (double Loss, int Hits) RunEvaluation(Dataset data)
    {
        using Turn.Held turn = Begin();
        return _runner.Evaluate(data, UsesSparseInputs(data));
    }

    private void CheckUse(bool isBetweenSteps)
    {
        ObjectDisposedException.ThrowIf(_runner.IsDisposed, this);
        if (isBetweenSteps || _turn.IsTaken)
        {
            throw _turn.Refusal();
        }
    }

    /// <summary>The threads are about to work.</summary>
    private Turn.Held Begin()
    {
        ObjectDisposedException.ThrowIf(_runner.IsDisposed, this);
        return _turn.Take();
    }

    private void ValidateData(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Inputs != Network.Inputs || !data.FitsOutputs(Network.Outputs))
        {
            throw new ArgumentException(
                $"Expected data for {Network.Inputs} inputs and {Network.Outputs} outputs; found {data.Inputs} inputs and {data.Targets} targets.", nameof(data));
        }
        if (Options.InputPath == InputPath.Sparse && !(Network.TakesSparseInputs && data is ImageDataset))
        {
            throw new ArgumentException(
                $"Expected images and a network that starts with a dense layer, since the input path is sparse; found {data.GetType().Name} and {Network.Description}.", nameof(data));
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

    /// <summary>What the steps of an epoch have come to so far, and whom to tell.</summary>
    private struct Tally
    {
        public CancellationToken Cancellation;
        public Action<StepReport>? OnLoss;
        public int Epoch;
        public long StepsBefore;
        public int StepsPerEpoch;
        public double LossSum;
        public double LastLoss;
        public int Hits;
        public int Steps;
        public StopReason? Stopped;
        public long CallbackTicks;
        public long CallbackBytes;
    }
}
