using System.Diagnostics;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

public class WorkerTeamTests
{
    [Test]
    public void Run_ManyRounds_RunsEveryWorkerOnceEach([Range(1, 8)] int size)
    {
        const int Rounds = 2000;
        using var team = new WorkerTeam(size);
        int[] runs = new int[size];
        int[] threads = new int[size];
        for (int round = 1; round <= Rounds; round++)
        {
            team.Run(worker =>
            {
                runs[worker]++;
                threads[worker] = Environment.CurrentManagedThreadId;
            });

            // Checked after each round: what the workers wrote must be visible now, not later.
            if (runs.AsSpan().ContainsAnyExcept(round))
            {
                Assert.Fail($"Round {round}: runs {string.Join(", ", runs)}.");
            }
        }
        Assert.That(team.Count, Is.EqualTo(size));
        Assert.That(threads, Is.Unique);
        Assert.That(threads[0], Is.EqualTo(Environment.CurrentManagedThreadId), "the caller is number 0");
    }

    [Test]
    public void Run_AnyWorkerThrows_TheCallerGetsItAfterAllAreDone([Range(0, 3)] int culprit)
    {
        using var team = new WorkerTeam(4);
        int[] done = new int[4];
        void Work(int worker)
        {
            if (worker == culprit)
            {
                throw new InvalidOperationException($"worker {worker}");
            }
            done[worker]++;
        }
        for (int round = 1; round <= 100; round++)
        {
            Assert.That(() => team.Run(Work), Throws.InvalidOperationException.With.Message.EqualTo($"worker {culprit}"));
            Assert.That(done.Sum(), Is.EqualTo(3 * round));
        }
        team.Run(worker => done[worker] = -1);
        Assert.That(done, Is.All.EqualTo(-1), "a failure is forgotten by the next round");
    }

    [Test]
    public void Run_AllWorkersThrow_TheCallerGetsOneOfThem()
    {
        using var team = new WorkerTeam(3);
        Assert.That(() => team.Run(worker => throw new InvalidOperationException($"{worker}")), Throws.InvalidOperationException);
    }

    [Test]
    public void Dispose_OnceOrTwice_EndsTheThreads()
    {
        var threads = new Thread[3];
        var team = new WorkerTeam(3);
        team.Run(worker => threads[worker] = Thread.CurrentThread);
        team.Dispose();
        team.Dispose();
        Assert.That(threads.Select(thread => thread.IsAlive), Is.EqualTo(new[] { true, false, false }), "all but the caller");
        Assert.That(() => team.Run(_ => Assert.Fail("ran after Dispose")), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Run_WorkersAsleep_WakesThemAll([Values(2, 3, 9)] int size) => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam(size);
        Thread[] threads = ThreadsOf(team);
        int[] runs = new int[size];
        for (int round = 1; round <= 50; round++)
        {
            AwaitSleep(threads);
            team.Run(worker => runs[worker]++);
            Assert.That(runs, Is.All.EqualTo(round));
        }
    });

    [Test]
    public void Run_AfterPausesOfAnyLength_LosesNoRound([Values(2, 3)] int size) => TimeLimit.Run(() =>
    {
        // Some rounds meet workers that spin, some that sleep, and some that are about to fall asleep.
        using var team = new WorkerTeam(size);
        var random = new Random(size);
        int[] runs = new int[size];
        for (int round = 1; round <= 400; round++)
        {
            if (round % 4 == 0)
            {
                Thread.Sleep(random.Next(4));
            }
            else
            {
                Spin(random.NextDouble() * 0.5);
            }
            team.Run(worker => runs[worker]++);
            Assert.That(runs, Is.All.EqualTo(round));
        }
    });

    [Test]
    public void Run_OneWorkerIsLate_IsWaitedFor() => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam(3);
        int[] runs = new int[3];
        for (int round = 1; round <= 60; round++)
        {
            team.Run(worker =>
            {
                Spin(worker == round % 3 ? 1.5 : 0);
                runs[worker]++;
            });
            Assert.That(runs, Is.All.EqualTo(round));
        }
    });

    [Test]
    public void Run_MoreThreadsThanCores_RunsEveryWorkerOnceEach() => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam((4 * Environment.ProcessorCount) + 1);
        int[] runs = new int[team.Count];
        for (int round = 1; round <= 300; round++)
        {
            team.Run(worker => runs[worker]++);
            Assert.That(runs, Is.All.EqualTo(round));
        }
    });

    [Test]
    public void Run_SeveralTeamsAtOnce_DoNotDisturbOneAnother() => TimeLimit.Run(() =>
    {
        int[] runs = new int[6];
        Thread[] callers = [.. Enumerable.Range(0, 3).Select(number => new Thread(() =>
        {
            using var team = new WorkerTeam(2);
            for (int round = 0; round < 300; round++)
            {
                team.Run(worker => runs[(2 * number) + worker]++);
            }
        }))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Assert.That(runs, Is.All.EqualTo(300));
    });

    [Test]
    public void Run_TeamOfOne_IsACallOnTheCallersThread()
    {
        using var team = new WorkerTeam(1);
        int caller = Environment.CurrentManagedThreadId;
        int runs = 0;
        team.Run(worker =>
        {
            Assert.That((worker, Environment.CurrentManagedThreadId), Is.EqualTo((0, caller)));
            runs++;
        });
        var exception = new InvalidOperationException("alone");
        Assert.That(() => team.Run(_ => throw exception), Throws.Exception.SameAs(exception));
        team.Run(_ => runs++);
        Assert.That(runs, Is.EqualTo(2));
        team.Dispose();
        Assert.That(() => team.Run(_ => runs++), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Run_WorkerThatWasAsleepThrows_TheCallerGetsThatException() => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam(2);
        AwaitSleep(ThreadsOf(team));
        var exception = new InvalidOperationException("woken");
        Assert.That(() => team.Run(worker => _ = worker == 1 ? throw exception : 0), Throws.Exception.SameAs(exception));
    });

    [Test]
    public void Dispose_WorkersAsleep_EndsTheThreads([Values(2, 3, 9)] int size) => TimeLimit.Run(() =>
    {
        var team = new WorkerTeam(size);
        Thread[] threads = ThreadsOf(team);
        AwaitSleep(threads);
        team.Dispose();
        Assert.That(threads.Select(thread => thread.IsAlive), Is.All.False);
    });

    [Test]
    public void Dispose_WorkersSpinOrFallAsleep_EndsTheThreads([Values(2, 3)] int size) => TimeLimit.Run(() =>
    {
        for (int round = 0; round < 50; round++)
        {
            var team = new WorkerTeam(size);
            Thread[] threads = ThreadsOf(team);
            Spin(round * 0.01);
            team.Dispose();
            Assert.That(threads.Select(thread => thread.IsAlive), Is.All.False);
        }
    });

    [Test]
    public void Dispose_BeforeTheFirstRound_Returns([Values(1, 2, 9)] int size) => TimeLimit.Run(() =>
    {
        for (int round = 0; round < 20; round++)
        {
            new WorkerTeam(size).Dispose();
        }
    });

    /// <summary>Rounds of either kind in any order: a worker may come late to an offer, see a later one, or find that all must run.</summary>
    [Test]
    public void OfferAndRun_AfterPausesOfAnyLength_DoEachPieceOnceAndRunEveryWorkerOnce([Values(1, 2, 3, 9)] int size) => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam(size);
        Thread[] threads = ThreadsOf(team);
        var random = new Random(size);
        int[] runs = new int[size];
        int[] pieces = new int[20];
        int taken = 0;
        int allMustRun = 0;
        void Take(int worker)
        {
            for (int piece; (piece = Interlocked.Increment(ref taken) - 1) < pieces.Length;)
            {
                pieces[piece]++;
                Spin(worker == 0 ? 0.001 : 0.004);
            }
        }
        for (int round = 1; round <= 1000; round++)
        {
            if (round % 100 == 0)
            {
                AwaitSleep(threads);
            }
            Spin(random.Next(3) == 0 ? random.NextDouble() * 0.2 : 0);
            if (random.Next(4) == 0)
            {
                allMustRun++;
                team.Run(worker => runs[worker]++);
            }
            else
            {
                taken = 0;
                Array.Clear(pieces);
                team.Offer(Take);
                Assert.That(pieces, Is.All.EqualTo(1), $"round {round}");
            }
            Assert.That(runs, Is.All.EqualTo(allMustRun), $"round {round}");
        }
    });

    [Test]
    public void Offer_WorkersAsleep_DoesNotWaitForThem() => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam(9);
        Thread[] threads = ThreadsOf(team);
        int least = team.Count;
        for (int round = 0; round < 20; round++)
        {
            AwaitSleep(threads);
            int came = 0;
            team.Offer(_ => Interlocked.Increment(ref came));
            least = Math.Min(least, came);
        }

        // Waking eight threads takes far longer than counting to one.
        Assert.That(least, Is.LessThan(team.Count));
    });

    /// <summary>While the caller is not done, who sleeps wakes and joins; and it is waited for.</summary>
    [Test]
    public void Offer_OfLongWork_IsJoinedByAllAndWaitsForThem() => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam(3);
        AwaitSleep(ThreadsOf(team));
        using var allCame = new CountdownEvent(team.Count);
        int done = 0;
        team.Offer(worker =>
        {
            allCame.Signal();
            allCame.Wait();
            Spin(worker);
            Interlocked.Increment(ref done);
        });
        Assert.That(done, Is.EqualTo(team.Count));
    });

    [Test]
    public void Offer_AnyWorkerThrows_TheCallerGetsItAfterAllThatCameAreDone([Range(0, 2)] int culprit) => TimeLimit.Run(() =>
    {
        using var team = new WorkerTeam(3);
        for (int round = 0; round < 100; round++)
        {
            using var allCame = new CountdownEvent(team.Count);
            int done = 0;
            var exception = new InvalidOperationException($"worker {culprit}");
            Assert.That(
                () => team.Offer(worker =>
                {
                    allCame.Signal();
                    allCame.Wait();
                    _ = worker == culprit ? throw exception : Interlocked.Increment(ref done);
                }),
                Throws.Exception.SameAs(exception));
            Assert.That(done, Is.EqualTo(team.Count - 1));
        }
    });

    [Test]
    public void Offer_AfterDispose_IsRefused([Values(1, 3)] int size)
    {
        var team = new WorkerTeam(size);
        team.Offer(_ => { });
        team.Dispose();

        Assert.That(() => team.Offer(_ => Assert.Fail("ran after Dispose")), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void WorkerTeam_WithoutWorkers_IsRefused() => Assert.That(() => new WorkerTeam(0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(0, 3)]
    [TestCase(1, 8)]
    [TestCase(7, 3)]
    [TestCase(64, 5)]
    [TestCase(int.MaxValue, 1024)]
    public void Share_OfAnyRows_CoversThemInOrderAndEvenly(int rows, int workers)
    {
        int[] starts = [.. Enumerable.Range(0, workers + 1).Select(worker => Share.Start(rows, worker, workers))];
        int[] sizes = [.. starts.Skip(1).Zip(starts, (end, start) => end - start)];
        Assert.That((starts[0], starts[^1]), Is.EqualTo((0, rows)));
        Assert.That(sizes.Max() - sizes.Min(), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void AllocatedBytes_AreThoseOfAllThreads()
    {
        using var team = new WorkerTeam(3);
        long before = team.AllocatedBytes();
        team.Run(worker => GC.KeepAlive(new byte[(worker + 1) * 1_000_000]));
        Assert.That(team.AllocatedBytes() - before, Is.InRange(6_000_000, 6_100_000));
    }

    /// <summary>The team's threads but for the caller's.</summary>
    private static Thread[] ThreadsOf(WorkerTeam team)
    {
        var threads = new Thread[team.Count];
        team.Run(worker => threads[worker] = Thread.CurrentThread);
        return threads[1..];
    }

    private static void AwaitSleep(Thread[] threads)
    {
        while (threads.Any(thread => (thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) == 0))
        {
            Thread.Sleep(1);
        }
    }

    private static void Spin(double milliseconds)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
        {
            Thread.SpinWait(1);
        }
    }
}
