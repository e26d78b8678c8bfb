using System.Runtime.ExceptionServices;

namespace Engine.Training;

/// <summary>
/// A fixed team of threads that run the same piece of work, each with its own number. The caller is number 0.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Run"/> hands out the work and returns when all are done; whatever one of them wrote is then visible to the
/// caller. It allocates nothing. An exception in any of them is thrown to the caller, after all are done.
/// </para>
/// <para>
/// A piece of work takes some ten microseconds, less than waking a thread, so a waiting thread first spins, then gives its
/// core away again and again, and sleeps only when nothing came for about a millisecond.
/// </para>
/// </remarks>
internal sealed class WorkerTeam : IDisposable
{
    private const int SpinsBeforeSleep = 200;
    private readonly Lock _runLock = new();
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private Action<int>? _work;
    private ExceptionDispatchInfo? _failure;
    private int _round;
    private int _running;
    private int _sleeping;
    private bool _disposed;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">The size of the team, the caller included; 1 or more.</param>
    public WorkerTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
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

    /// <summary>Runs <paramref name="work"/> once for each number from 0 to <see cref="Count"/> − 1 and waits for all.</summary>
    public void Run(Action<int> work)
    {
        lock (_runLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _work = work;
            _failure = null;
            Volatile.Write(ref _running, _threads.Length);
            if (_threads.Length > 0)
            {
                lock (_gate)
                {
                    Volatile.Write(ref _round, _round + 1);
                    if (_sleeping > 0)
                    {
                        Monitor.PulseAll(_gate);
                    }
                }
            }
            Execute(work, 0);
            var spinner = default(SpinWait);
            while (Volatile.Read(ref _running) > 0)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
            }
            _failure?.Throw();
        }
    }

    /// <summary>Ends the threads and waits for them.</summary>
    public void Dispose()
    {
        lock (_runLock)
        {
            if (_disposed)
            {
                return;
            }
            lock (_gate)
            {
                _disposed = true;
                Monitor.PulseAll(_gate);
            }
            foreach (Thread thread in _threads)
            {
                thread.Join();
            }
        }
    }

    private void Loop(int worker)
    {
        int seen = 0;
        while (WaitForRound(ref seen))
        {
            Execute(_work!, worker);
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Waits for the next round; false if the team is disposed.</summary>
    private bool WaitForRound(ref int seen)
    {
        var spinner = default(SpinWait);
        for (int i = 0; i < SpinsBeforeSleep && Volatile.Read(ref _round) == seen; i++)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
        if (Volatile.Read(ref _round) == seen)
        {
            lock (_gate)
            {
                _sleeping++;
                while (_round == seen && !_disposed)
                {
                    Monitor.Wait(_gate);
                }
                _sleeping--;
                if (_round == seen)
                {
                    return false;
                }
            }
        }
        seen++;
        return true;
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
