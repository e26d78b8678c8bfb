using System.Diagnostics;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>
/// Minibatches on a team of threads: a run of training steps.
/// </summary>
/// <remarks>
/// <para>A step has two parts. Only between them does everybody wait for everybody; into the next step each goes when it is done.</para>
/// <code>
/// (a) each owner of columns of the first W takes all samples through its columns, a few at a time, and tells how far it is;
///     images it reads itself, but those that others have read for it
///     everybody, unless owners keep to their columns, takes samples, as long as there are any, waits until they are through the first layer, and takes them
///     through the others, to the loss, and back to the first layer's output
///     who has to wait for others reads some of the next minibatch meanwhile, also for owners that have more to do; an owner first begins its update
///     worker 0 says first whether to go on after the step before; if it keeps to its columns, it also counts the losses of that
/// (b) if there are owners, who is none reads the rest of it, as an owner may be the first to go on
///     each owner updates its columns of the first W; if they are apart, after the other W
///     everybody, unless owners keep to their columns, takes rows of the other W, as long as there are any, and updates them: weight gradient and update in one
///     everybody reads what is still left of the next minibatch
/// </code>
/// <para>
/// So an owner may start the next step while others still update the other W, which it does not need yet. What it overwrites, they must not
/// need any more: two minibatches have activations in turns.
/// Who owns and takes what: <see cref="WorkPlan"/>, <see cref="PlanTrial"/>; who waits for what: <see cref="StepProgress"/>. A run of little work may be worker 0's alone. Each number is computed by one thread in
/// one order, so the result does not depend on the number of threads, nor on who took what.
/// </para>
/// </remarks>
internal sealed class StepRunner : IDisposable
{
    private readonly Minibatches _batches;
    private readonly WorkerTeam _team;
    private readonly WorkPlan _plan;
    private readonly StepProgress _progress;
    private readonly SharedReading _reading;

    /// <summary>As losses are: of two minibatches in turns.</summary>
    private readonly ApartArray<bool>[] _hits;
    private readonly FirstLayer _firstLayer;
    private readonly OwnerSteps _owners;
    private readonly StepUpdate _update;
    private readonly TransposedWeights[] _transposed;
    private readonly Action<int> _trainWork;
    private readonly StepProfile? _profile;
    private readonly EvaluationRunner _evaluation;

    /// <summary>For floats, and for images whose zeros are skipped.</summary>
    private readonly PlanTrial[] _trials = [new PlanTrial(), new PlanTrial()];
    private StepBatch _batch;
    private Func<bool>? _goOn;
    private bool _isToldToStop;

    public StepRunner(Backpropagation pass, float[] learningRates, int threads, StepProfile? profile)
    {
        _profile = profile;
        _plan = new WorkPlan(pass.Network, threads, Hardware.VectorLanes, pass.SkipsZeros);
        _batches = new Minibatches(pass, inTurns: threads > 1, _plan.MostOwners);
        Samples = new int[pass.Rows];
        _hits = [new ApartArray<bool>(pass.Rows), new ApartArray<bool>(pass.Rows)];
        ApartArray<ulong>[] scratch = [.. Enumerable.Range(0, threads).Select(_ => new ApartArray<ulong>(SparseGemm.ScratchWords(pass.Rows)))];
        _transposed = [.. Enumerable.Range(0, threads).Select(_ => new TransposedWeights(pass))];
        _firstLayer = new FirstLayer(pass, _batches, _plan, learningRates[0], scratch);
        _trainWork = TrainSteps;
        _team = new WorkerTeam(threads);
        _evaluation = new EvaluationRunner(pass, _batches, _firstLayer, _team);
        _progress = new StepProgress(threads, _team.Patience);
        _reading = new SharedReading(_batches, _progress);
        _owners = new OwnerSteps(_batches, _plan, _progress, _firstLayer);
        _update = new StepUpdate(_batches, _plan, _progress, _firstLayer, _owners, learningRates, scratch, _transposed);
    }

    /// <summary>Memory for the numbers of the samples of a minibatch.</summary>
    public int[] Samples { get; }

    /// <summary>The losses of the samples of the last minibatch.</summary>
    public ReadOnlySpan<double> Losses => _batch.Pass.Losses[.._batch.Rows];

    /// <summary>How many samples of the last minibatch were decided rightly, before the update if there was one.</summary>
    public int Hits => HitsOf(_batch).Count(true);

    /// <summary>Training steps: forward pass, backward pass and update, for one minibatch after another.</summary>
    /// <param name="data">The data.</param>
    /// <param name="order">Numbers of samples.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="count">How many; a minibatch takes as many as it has rows, the last one what is left.</param>
    /// <param name="sparse">Whether to skip zero pixels.</param>
    /// <param name="goOn">Called by this thread for each step, when <see cref="Losses"/> and <see cref="Hits"/> are known: whether there shall be another one. Nobody waits for it until then:
    /// the step's update is under way or done, the next one's not begun.</param>
    public void Train(Dataset data, int[] order, int start, int count, bool sparse, Func<bool> goOn)
    {
        Divisions divisions = _plan.Divisions(sparse ? ((ImageDataset)data).Density : 1, _batches.Size);
        if (divisions.Count == 1)
        {
            Train(data, order, start, count, sparse, divisions.Sharing, goOn);
            return;
        }
        PlanTrial trial = _trials[sparse ? 1 : 0];
        int end = start + count;
        do
        {
            int samples = (int)Math.Min(end - start, (long)trial.RunSteps * _batches.Size);
            long before = Stopwatch.GetTimestamp();
            Train(data, order, start, samples, sparse, trial.Choose(divisions), goOn);
            trial.Done(divisions, _progress.Steps, Stopwatch.GetTimestamp() - before);
            start += samples;
        }
        while (start < end && !_isToldToStop);
    }

    /// <summary>The same, divided in this way.</summary>
    internal void Train(Dataset data, int[] order, int start, int count, bool sparse, Roles roles, Func<bool> goOn)
    {
        _isToldToStop = false;
        _profile?.Start();
        _batches.Start(data, order, start, count, sparse, roles);
        _batch = _batches[0];
        _goOn = goOn;
        _reading.Restart(_profile);
        _progress.Restart(_batches.Count, roles.Workers(_team.Count));
        _firstLayer.Restart();
        try
        {
            if (roles.IsAlone)
            {
                _trainWork(0);
            }
            else
            {
                _team.Run(_trainWork);
            }
        }
        finally
        {
            _batches.End();
        }
        _profile?.End(_progress.Workers);
        _reading.ThrowIfUnread();
    }

    /// <inheritdoc cref="EvaluationRunner.Run"/>
    public (double Loss, int Hits) Evaluate(Dataset data, bool sparse) => _evaluation.Run(data, sparse);

    /// <inheritdoc cref="WorkerTeam.AllocatedBytes"/>
    public long AllocatedBytes() => _team.AllocatedBytes();

    /// <inheritdoc cref="WorkerTeam.IsDisposed"/>
    public bool IsDisposed => _team.IsDisposed;

    /// <summary>Ends the threads.</summary>
    public void Dispose() => _team.Dispose();

    private Span<bool> HitsOf(StepBatch batch) => _hits[batch.Number % 2].Span[..batch.Rows];

    /// <summary>All steps of a run.</summary>
    private void TrainSteps(int worker)
    {
        _firstLayer.Enter(worker, _batches.Roles);
        _transposed[worker].Restart();
        try
        {
            _profile?.Mark(worker, StepProfile.WaitingPart);
            _reading.ReadRest(worker, 0);

            // Not to the steps that there will be: who is late would not see that there was another step, and leave before the meeting at which the others wait.
            for (int step = 0; step < _batches.Count; step++)
            {
                StepBatch batch = _batches[step];
                ForwardBackward(worker, batch);
                Meet(worker, batch);
                if (_reading.FirstUnread <= step)
                {
                    return;
                }
                _progress.WaitUntilDecided(step);
                if (_progress.Failed || step >= _progress.Steps)
                {
                    return;
                }
                _profile?.Mark(worker, StepProfile.WaitingPart);
                if (batch.Roles.Owners > 0 && worker >= batch.Roles.Owners)
                {
                    _reading.ReadRest(worker, step + 1);
                }
                _update.Run(worker, batch, _profile);
                _progress.Updated(worker, step + 1);
                if (_progress.Workers == 1)
                {
                    // There is memory for the losses of one minibatch only. And nobody who would wait in the next step.
                    Decide(step + 1);
                    if (_progress.Steps == step + 1)
                    {
                        return;
                    }
                }
                _reading.ReadRest(worker, step + 1);
            }
            if (worker == 0)
            {
                // If the caller's word is an exception, nobody does anything any more: so not before all are done.
                _progress.WaitUntilUpdated(_batches.Count);
                Decide(_batches.Count);
            }
        }
        catch
        {
            // The team tells the caller.
            _progress.Abandon();
            throw;
        }
        finally
        {
            _firstLayer.Leave(worker, _batches.Roles);
        }
    }

    /// <summary>This worker is done with all samples that it took; waits until all are.</summary>
    private void Meet(int worker, StepBatch batch)
    {
        long end = batch.First + batch.Rows;
        _progress.Passed(worker, end);
        if (worker == 0)
        {
            Decide(batch.Number);
        }

        for (int i = 0; !_progress.AllPassed(end); i++)
        {
            if (!_owners.BeginUpdate(worker, batch, _profile) && !_reading.ReadAhead(worker, worker, Math.Min(worker + 1, batch.Roles.Owners), batch.Number + 1) && !_reading.ReadSome(worker, batch.Number + 1))
            {
                _team.Patience.Pause(i);
            }
        }
    }

    /// <summary>Whether there will be another step after each of the first ones that are not decided upon; worker 0 alone.</summary>
    private void Decide(int steps)
    {
        for (int step = _progress.StepsDecided; step < steps && !_progress.Failed; step++)
        {
            StepBatch batch = _batches[step];
            if (batch.Roles.LossesAreLate)
            {
                _profile?.Mark(0, StepProfile.WaitingPart);
                CountLosses(0, batch, 0, batch.Rows);
            }
            _batch = batch;
            if (!_goOn!())
            {
                _isToldToStop = true;
                _progress.Stop(step + 1);
            }
            _progress.Decided(step + 1);
        }
    }

    /// <summary>Part (a) of a step.</summary>
    private void ForwardBackward(int worker, StepBatch batch)
    {
        _progress.WaitUntilRead(batch.First + batch.Rows);
        _profile?.Mark(worker, StepProfile.WaitingPart);
        if (worker < batch.Roles.Owners)
        {
            _owners.Forward(worker, batch, _profile);
        }
        _progress.WaitUntilUpdated(batch.Number);
        _transposed[worker].BeginStep(batch.Rows / batch.Roles.Takers(_team.Count));
        while (batch.Roles.TakesRest(worker) && _progress.TakeSamples(_plan, batch.Roles, batch.First, batch.Rows, out int first, out int rows))
        {
            _progress.Passed(worker, batch.First + first);
            ForwardBackward(worker, batch, first, rows);
        }
    }

    /// <summary>Some samples through the other layers and back.</summary>
    private void ForwardBackward(int worker, StepBatch batch, int first, int rows)
    {
        if (batch.Roles.Owners == 0)
        {
            _firstLayer.Forward(batch, first, rows);
            _profile?.Mark(worker, StepProfile.FirstForwardPart);
        }
        for (int i = 0; !_progress.AreThroughFirst(batch.Roles.Owners, batch.First + first + rows); i++)
        {
            // Not later: when this worker has passed its samples, an owner may come to the next minibatch.
            if (!_reading.ReadSome(worker, batch.Number + 1) && !_reading.ReadAhead(worker, 0, batch.Roles.OwnersReadFor(worker), batch.Number + 1))
            {
                _team.Patience.Pause(i);
            }
        }
        _profile?.Mark(worker, StepProfile.WaitingPart);
        FirstLayer.Expect(batch, first, rows);
        ForwardRest(worker, batch, first, rows);
        batch.Pass.Backward(first, rows, batch.Rows, _transposed[worker]);
        _firstLayer.Back(batch, first, rows);
        _profile?.Mark(worker, StepProfile.BackwardPart);
    }

    private void ForwardRest(int worker, StepBatch batch, int first, int rows)
    {
        batch.Pass.ForwardRest(first, rows);
        _profile?.Mark(worker, StepProfile.OtherForwardPart);
        if (!batch.Roles.LossesAreLate)
        {
            CountLosses(worker, batch, first, rows);
        }
    }

    /// <summary>Losses and hits of some samples.</summary>
    private void CountLosses(int worker, StepBatch batch, int first, int rows)
    {
        Backpropagation pass = batch.Pass;
        pass.ForwardLoss(first, rows);
        pass.FindHits(first, rows, HitsOf(batch).Slice(first, rows));
        _profile?.Mark(worker, StepProfile.LossPart);
    }
}
