using System.Runtime.ExceptionServices;

namespace Engine.Threads;

/// <summary>
/// A fixed team of threads that run the same piece of work, each with its own number. The caller is number 0.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Run"/> hands out the work and returns when all are done; whatever one of them wrote is then visible to the
/// caller. It allocates nothing and takes no lock. An exception in any of them is thrown to the caller, after all are done.
/// A team of one has no threads: the work is just called.
/// </para>
/// <para>
/// <see cref="Offer"/> does not wait for all: work that is taken piece by piece may be done before a sleeping thread has woken.
/// </para>
/// <para>
/// A piece of work takes some ten microseconds, less than waking a thread, so a waiting thread first spins for about as long,
/// then gives its core away again and again, and sleeps when nothing came for about a millisecond. With more threads than
/// cores it does not spin: somebody else needs the core.
/// </para>
/// <para>Not thread-safe: one caller at a time.</para>
/// </remarks>
internal sealed class WorkerTeam : IDisposable
{
    private const int YieldsBeforeSleep = 200;

    /// <summary>What the number of running workers has on top while they may join.</summary>
    private const long Open = 1L << 32;

    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private readonly SharedInteger _round = new();
    private readonly SharedInteger _running = new();
    private readonly SharedInteger _sleeping = new();
    private readonly SharedInteger[] _allocatedBytes;
    private Action<int>? _work;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">The size of the team, the caller included; 1 or more.</param>
    public WorkerTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        Patience = new Patience(count);
        _allocatedBytes = [.. Enumerable.Range(0, count - 1).Select(_ => new SharedInteger())];
        _threads = new Thread[count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Loop(worker)) { IsBackground = true, Name = $"Engine worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The size of the team, the caller included.</summary>
    public int Count { get; }

    /// <summary>How its threads wait for one another.</summary>
    public Patience Patience { get; }

    /// <summary>Runs <paramref name="work"/> once for each number from 0 to <see cref="Count"/> − 1 and waits for all.</summary>
    public void Run(Action<int> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_threads.Length == 0)
        {
            work(0);
            return;
        }
        Start(work, _threads.Length);
        Execute(work, 0);
        WaitForWorkers();
    }

    /// <summary>Runs <paramref name="work"/> with number 0, and with the others that come in time; waits for those, but not for who comes later.</summary>
    /// <param name="work">Takes pieces as long as there are any. It may be called more than once with the same number, but not at once.</param>
    public void Offer(Action<int> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_threads.Length == 0)
        {
            work(0);
            return;
        }
        Start(work, Open);
        Execute(work, 0);
        Interlocked.Add(ref _running.Value, -Open);
        WaitForWorkers();
    }

    /// <summary>The bytes that the threads of the team, the caller's included, have allocated, those of the others up to the last work that they have done; not those of other threads. Nobody is woken for it.</summary>
    public long AllocatedBytes()
    {
        long sum = GC.GetAllocatedBytesForCurrentThread();
        foreach (SharedInteger bytes in _allocatedBytes)
        {
            sum += Volatile.Read(ref bytes.Value);
        }
        return sum;
    }

    /// <summary>Whether the threads have been ended.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>Ends the threads and waits for them.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        Interlocked.Add(ref _round.Value, 2);
        Wake();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    /// <summary>Starts a round. The caller alone writes its number, which is odd where workers may join and even where all must run.</summary>
    private void Start(Action<int> work, long running)
    {
        _work = work;
        _failure = null;
        Volatile.Write(ref _running.Value, running);
        long started = _round.Value / 2;
        Interlocked.Exchange(ref _round.Value, (2 * (started + 1)) + (running == Open ? 1 : 0));

        // Who goes to sleep counts itself first, then looks at the round again; so one of the two sides sees the other.
        if (Volatile.Read(ref _sleeping.Value) > 0)
        {
            Wake();
        }
    }

    private void WaitForWorkers()
    {
        for (int i = 0; Volatile.Read(ref _running.Value) > 0; i++)
        {
            Patience.Pause(i);
        }
        _failure?.Throw();
    }

    private void Loop(int worker)
    {
        long round = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (true)
        {
            round = WaitForRound(round);
            if (_disposed)
            {
                return;
            }
            if (round % 2 == 0 || Join())
            {
                Execute(_work!, worker);
                _allocatedBytes[worker - 1].Publish(GC.GetAllocatedBytesForCurrentThread() - before);
                Interlocked.Decrement(ref _running.Value);
            }
        }
    }

    /// <summary>Joins the work on offer: that of the round that was seen, or of a later one. False if there is none any more.</summary>
    private bool Join()
    {
        long running;
        do
        {
            running = Volatile.Read(ref _running.Value);
        }
        while (running >= Open && Interlocked.CompareExchange(ref _running.Value, running + 1, running) != running);
        return running >= Open;
    }

    /// <summary>Waits until the round is no longer <paramref name="seen"/>, and returns it.</summary>
    private long WaitForRound(long seen)
    {
        long round;
        for (int i = 0; i < Patience.Spins + YieldsBeforeSleep; i++)
        {
            round = Volatile.Read(ref _round.Value);
            if (round != seen)
            {
                return round;
            }
            Patience.Pause(i);
        }
        lock (_gate)
        {
            Interlocked.Increment(ref _sleeping.Value);
            while ((round = Volatile.Read(ref _round.Value)) == seen)
            {
                Monitor.Wait(_gate);
            }
            Interlocked.Decrement(ref _sleeping.Value);
        }
        return round;
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private void Execute(Action<int> work, int worker)
    {
        try
        {
            work(worker);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
    }
}
