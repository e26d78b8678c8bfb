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
/// A piece of work takes some ten microseconds, less than waking a thread, so a waiting thread first spins for about as long,
/// then gives its core away again and again, and sleeps when nothing came for about a millisecond. With more threads than
/// cores it does not spin: somebody else needs the core.
/// </para>
/// <para>Not thread-safe: one caller at a time.</para>
/// </remarks>
internal sealed class WorkerTeam : IDisposable
{
    private const int YieldsBeforeSleep = 200;
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private readonly SharedInteger _round = new();
    private readonly SharedInteger _running = new();
    private readonly SharedInteger _sleeping = new();
    private readonly long[] _allocatedBytes;
    private readonly Action<int> _countWork;
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
        _allocatedBytes = new long[count];
        _countWork = CountAllocatedBytes;
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
        _work = work;
        _failure = null;
        Volatile.Write(ref _running.Value, _threads.Length);
        Interlocked.Increment(ref _round.Value);

        // Who goes to sleep counts itself first, then looks at the round again; so one of the two sides sees the other.
        if (Volatile.Read(ref _sleeping.Value) > 0)
        {
            Wake();
        }
        Execute(work, 0);
        for (int i = 0; Volatile.Read(ref _running.Value) > 0; i++)
        {
            Patience.Pause(i);
        }
        _failure?.Throw();
    }

    /// <summary>The bytes that the threads of the team, the caller's included, have allocated since they were started; not those of others.</summary>
    public long AllocatedBytes()
    {
        Run(_countWork);
        long sum = 0;
        foreach (long bytes in _allocatedBytes)
        {
            sum += bytes;
        }
        return sum;
    }

    /// <summary>Ends the threads and waits for them.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        Interlocked.Increment(ref _round.Value);
        Wake();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void CountAllocatedBytes(int worker) => _allocatedBytes[worker] = GC.GetAllocatedBytesForCurrentThread();

    private void Loop(int worker)
    {
        for (long seen = 0; ; seen++)
        {
            WaitForRound(seen);
            if (_disposed)
            {
                return;
            }
            Execute(_work!, worker);
            Interlocked.Decrement(ref _running.Value);
        }
    }

    /// <summary>Waits until the round is no longer <paramref name="seen"/>.</summary>
    private void WaitForRound(long seen)
    {
        for (int i = 0; i < Patience.Spins + YieldsBeforeSleep; i++)
        {
            if (Volatile.Read(ref _round.Value) != seen)
            {
                return;
            }
            Patience.Pause(i);
        }
        lock (_gate)
        {
            Interlocked.Increment(ref _sleeping.Value);
            while (Volatile.Read(ref _round.Value) == seen)
            {
                Monitor.Wait(_gate);
            }
            Interlocked.Decrement(ref _sleeping.Value);
        }
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
