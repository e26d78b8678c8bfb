using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Training;

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
}
