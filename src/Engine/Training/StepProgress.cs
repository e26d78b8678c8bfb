using System.Diagnostics;
using Engine.Threads;

namespace Engine.Training;

/// <summary>How far each worker has got in a run of training steps, and what of the work has been taken.</summary>
/// <remarks>
/// Workers wait for what they need, not for one another: each counts what it is done with, and whoever needs it looks. Samples are counted
/// from the first of the run, so nothing starts anew with a step. No lock, no allocation.
/// </remarks>
internal sealed class StepProgress
{
    private readonly SharedInteger[] _throughFirst;
    private readonly SharedInteger[] _passed;
    private readonly SharedInteger[] _updated;
    private readonly SharedInteger _decided = new();
    private readonly SharedInteger _read = new();
    private readonly SharedInteger _reads = new();
    private readonly SharedInteger _samples = new();
    private readonly SharedInteger _pieces = new();
    private readonly Patience _patience;
    private volatile bool _failed;
    private volatile int _steps;

    public StepProgress(int team, Patience patience)
    {
        _patience = patience;
        _throughFirst = New(team);
        _passed = New(team);
        _updated = New(team);
        Workers = team;
    }

    /// <summary>How many of the team work in this run, from number 0 on.</summary>
    public int Workers { get; private set; }

    /// <summary>Whether some worker has given up: then nobody has waited for anything since, and nothing may be relied on.</summary>
    public bool Failed => _failed;

    /// <summary>How many steps the run has, as far as is known.</summary>
    /// <remarks>It may become less while workers look. So they leave together, after the decision on a step and not when they happen to find that there is no other: see <see cref="WaitUntilDecided"/>.</remarks>
    public int Steps => _steps;

    /// <summary>Before a run of some steps, while no worker works.</summary>
    public void Restart(int steps, int workers)
    {
        Debug.Assert(workers >= 1 && workers <= _passed.Length);
        _steps = steps;
        Workers = workers;
        for (int worker = 0; worker < _passed.Length; worker++)
        {
            _throughFirst[worker].Publish(0);
            _passed[worker].Publish(0);
            _updated[worker].Publish(0);
        }
        _decided.Publish(0);
        _read.Publish(0);
        _reads.Publish(0);
        _samples.Publish(0);
        _pieces.Publish(0);
        _failed = false;
    }

    /// <summary>A worker gives up: nobody must wait for it for ever. From now on nobody waits for anything, and all must give up too.</summary>
    public void Abandon() => _failed = true;

    /// <summary>Takes samples to read.</summary>
    /// <param name="end">Where those of the minibatch end.</param>
    /// <param name="first">The first one taken.</param>
    /// <param name="count">How many.</param>
    /// <returns>False if none is left.</returns>
    public bool TakeReads(long end, out long first, out int count)
    {
        bool taken = Take(_reads, end, WorkPlan.ReadPiece, out first, out long most);
        count = (int)most;
        return taken;
    }

    /// <summary>That many samples more are read.</summary>
    public void HaveRead(int count) => Interlocked.Add(ref _read.Value, count);

    /// <summary>Waits until all samples below this one are read; those of the next minibatch must not be begun before.</summary>
    public void WaitUntilRead(long end) => Wait(new(in _read), end);

    /// <summary>All samples below this one are through a worker's columns of the first W.</summary>
    public void ThroughFirst(int worker, long end) => _throughFirst[worker].Publish(end);

    /// <summary>Whether samples are through the columns of all owners.</summary>
    public bool AreThroughFirst(int owners, long end) => All(_throughFirst.AsSpan(0, owners), end);

    /// <summary>A worker is done with all samples below this one that it took, and will take none of these.</summary>
    public void Passed(int worker, long end) => _passed[worker].Publish(end);

    /// <summary>Whether all workers are done with all samples below this one.</summary>
    public bool AllPassed(long end) => All(Working(_passed), end);

    /// <summary>The sample up to which all workers are done, as far as is known.</summary>
    public long PassedByAll()
    {
        long passed = long.MaxValue;
        foreach (SharedInteger one in Working(_passed))
        {
            passed = Math.Min(passed, Volatile.Read(ref one.Value));
        }
        return passed;
    }

    /// <summary>A worker is done with its part of the updates.</summary>
    public void Updated(int worker, long steps) => _updated[worker].Publish(steps);

    /// <summary>Waits until all workers are done with their parts of the updates of so many steps.</summary>
    public void WaitUntilUpdated(long steps) => Wait(Working(_updated), steps);

    /// <summary>Worker 0 has decided upon so many steps: whether there will be another one after each.</summary>
    public void Decided(long steps) => _decided.Publish(steps);

    /// <summary>Worker 0 has decided that there will be no more than so many steps; before it tells with <see cref="Decided"/>.</summary>
    public void Stop(int steps) => _steps = steps;

    /// <summary>How many steps worker 0 has decided upon, for itself.</summary>
    public int StepsDecided => (int)_decided.Value;

    /// <summary>Whether worker 0 has decided upon so many steps.</summary>
    public bool HasDecided(long steps) => All(new(in _decided), steps);

    /// <summary>Waits until worker 0 has decided upon so many steps.</summary>
    public void WaitUntilDecided(long steps) => Wait(new(in _decided), steps);

    /// <summary>Takes the next piece of the updates, numbered from the first of the run.</summary>
    /// <param name="end">Where those of the step end.</param>
    /// <param name="piece">The piece.</param>
    /// <returns>False if none is left.</returns>
    public bool TakePiece(long end, out long piece) => Take(_pieces, end, 1, out piece, out _);

    /// <summary>Takes some of a step's samples.</summary>
    /// <param name="plan">Says how many.</param>
    /// <param name="roles">Who does what.</param>
    /// <param name="start">Where the step's samples start.</param>
    /// <param name="batchSize">How many they are.</param>
    /// <param name="first">The first one taken, from the step's start.</param>
    /// <param name="rows">How many.</param>
    /// <returns>False if none is left.</returns>
    public bool TakeSamples(WorkPlan plan, Roles roles, long start, int batchSize, out int first, out int rows)
    {
        long seen;
        do
        {
            seen = Volatile.Read(ref _samples.Value);
            first = (int)(seen - start);
            rows = first < batchSize ? plan.SamplePiece(roles, batchSize, batchSize - first) : 0;
        }
        while (rows > 0 && !_samples.TryMove(seen, seen + rows));
        return rows > 0;
    }

    /// <summary>The counts of those that work.</summary>
    private ReadOnlySpan<SharedInteger> Working(SharedInteger[] counts) => counts.AsSpan(0, Workers);

    private static bool Take(SharedInteger taken, long end, long most, out long first, out long count)
    {
        do
        {
            first = Volatile.Read(ref taken.Value);
            count = Math.Min(most, end - first);
        }
        while (count > 0 && !taken.TryMove(first, first + count));
        return count > 0;
    }

    private void Wait(ReadOnlySpan<SharedInteger> counts, long count)
    {
        for (int i = 0; !All(counts, count); i++)
        {
            _patience.Pause(i);
        }
    }

    private bool All(ReadOnlySpan<SharedInteger> counts, long count)
    {
        foreach (SharedInteger one in counts)
        {
            if (!one.Has(count) && !_failed)
            {
                return false;
            }
        }
        return true;
    }

    private static SharedInteger[] New(int team) => [.. Enumerable.Range(0, team).Select(_ => new SharedInteger())];
}
