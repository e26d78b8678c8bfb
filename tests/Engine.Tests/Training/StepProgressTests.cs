using Engine.Networks;
using Engine.Threads;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>What workers wait for, and that nobody waits for one who has given up.</summary>
public sealed class StepProgressTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Test]
    public void Wait_EndsWhenTheOtherWorkerIsThere([Values] Awaited what)
    {
        StepProgress progress = WithWorkerZeroDone();
        using Task waiting = Task.Factory.StartNew(() => Wait(progress, what), TaskCreationOptions.LongRunning);
        Assert.That(waiting.Wait(TimeSpan.FromMilliseconds(20)), Is.False, "the other worker is not there yet");
        Arrive(progress, what);
        Assert.That(waiting.Wait(Limit), Is.True);
        Assert.That(progress.Failed, Is.False);
    }

    [Test]
    public void Wait_EndsWhenAWorkerGivesUp([Values] Awaited what)
    {
        StepProgress progress = WithWorkerZeroDone();
        using Task waiting = Task.Factory.StartNew(() => Wait(progress, what), TaskCreationOptions.LongRunning);
        progress.Abandon();
        Assert.That(waiting.Wait(Limit), Is.True);
        Assert.That(progress.Failed, Is.True);

        progress.Restart(steps: 2, workers: 2);
        Assert.That(progress.Failed, Is.False);
        using Task again = Task.Factory.StartNew(() => Wait(progress, what), TaskCreationOptions.LongRunning);
        Assert.That(again.Wait(TimeSpan.FromMilliseconds(20)), Is.False, "a new run waits again");
        MakeWorkerZeroDone(progress);
        Arrive(progress, what);
        Assert.That(again.Wait(Limit), Is.True);
    }

    [Test]
    public void PassedByAll_OfSeveralWorkers_IsWhatTheLastHasPassed()
    {
        var progress = new StepProgress(3, new Patience(3));
        Assert.That(progress.PassedByAll(), Is.Zero);
        progress.Passed(0, 64);
        progress.Passed(1, 32);
        Assert.That(progress.PassedByAll(), Is.Zero);
        progress.Passed(2, 48);
        Assert.That(progress.PassedByAll(), Is.EqualTo(32));
        Assert.That((progress.AllPassed(32), progress.AllPassed(33)), Is.EqualTo((true, false)));
        progress.Restart(steps: 2, workers: 3);
        Assert.That(progress.PassedByAll(), Is.Zero);
    }

    /// <summary>In a run of fewer than the team nobody waits for the others; in the next one everybody does.</summary>
    [Test]
    public void Restart_ForFewerWorkers_LeavesTheOthersOut()
    {
        var progress = new StepProgress(3, new Patience(3));
        Assert.That(progress.Workers, Is.EqualTo(3));
        progress.Restart(steps: 2, workers: 1);
        progress.Passed(0, 64);
        progress.Updated(0, 1);
        Assert.That((progress.Workers, progress.PassedByAll(), progress.AllPassed(64)), Is.EqualTo((1, 64L, true)));
        Assert.That(Task.Run(() => progress.WaitUntilUpdated(1)).Wait(Limit), Is.True);
        progress.Restart(steps: 2, workers: 3);
        progress.Passed(0, 64);
        Assert.That((progress.Workers, progress.PassedByAll(), progress.AllPassed(64)), Is.EqualTo((3, 0L, false)));
    }

    [Test]
    public void TakeReadsAndPieces_ByManyThreads_GiveEachOnce()
    {
        const int Count = 10_000;
        var progress = new StepProgress(4, new Patience(4));
        int[] reads = new int[Count];
        int[] pieces = new int[Count];
        Parallel.For(0, 4, _ =>
        {
            while (progress.TakeReads(Count, out long first, out int count))
            {
                for (long i = first; i < first + count; i++)
                {
                    Interlocked.Increment(ref reads[i]);
                }
            }
            while (progress.TakePiece(Count, out long piece))
            {
                Interlocked.Increment(ref pieces[piece]);
            }
        });
        Assert.That(reads, Is.All.EqualTo(1));
        Assert.That(pieces, Is.All.EqualTo(1));
        Assert.That(progress.TakeReads(Count + 3, out long next, out int left), Is.True, "those of the next minibatch");
        Assert.That((next, left), Is.EqualTo((Count, 3)));
    }

    /// <summary>Each sample of each step once, whoever takes it. Many pieces, and nothing to do between two, so that workers meet.</summary>
    [Test]
    public void TakeSamples_ByManyThreads_GivesEachOnceAndNoneOfTheNextStep()
    {
        const int Workers = 4, BatchSize = 10_000_000, Steps = 2;
        var plan = new WorkPlan(new Network(NetworkDescription.Parse("144 -> Dense 40 -> ReLU -> Dense 4")), Workers, lanes: 8, skipsZeros: true);
        var progress = new StepProgress(Workers, new Patience(Workers));
        using var barrier = new Barrier(Workers);
        List<(long First, int Rows)>[] taken = [.. Enumerable.Range(0, Workers).Select(_ => new List<(long, int)>())];
        Task.WaitAll([.. taken.Select(mine => Task.Factory.StartNew(() => Work(mine), default, TaskCreationOptions.LongRunning, TaskScheduler.Default))]);

        long next = 0;
        foreach ((long first, int rows) in taken.SelectMany(mine => mine).Order())
        {
            Assert.That(first, Is.EqualTo(next));
            next += rows;
        }
        Assert.That(next, Is.EqualTo((long)Steps * BatchSize));

        void Work(List<(long First, int Rows)> mine)
        {
            for (int step = 0; step < Steps; step++)
            {
                long start = (long)step * BatchSize;
                while (progress.TakeSamples(plan, new Roles(1, OwnersKeepToColumns: false), start, BatchSize, out int first, out int rows))
                {
                    mine.Add((start + first, rows));
                }
                barrier.SignalAndWait();
            }
        }
    }

    [Test]
    public void Stop_LeavesStepsThatNobodyMayBegin()
    {
        var progress = new StepProgress(2, new Patience(2));
        progress.Restart(steps: 9, workers: 2);
        Assert.That((progress.Steps, progress.StepsDecided, progress.HasDecided(1)), Is.EqualTo((9, 0, false)));
        progress.Stop(3);
        progress.Decided(3);
        Assert.That((progress.Steps, progress.StepsDecided, progress.HasDecided(3), progress.HasDecided(4)), Is.EqualTo((3, 3, true, false)));
        progress.Restart(steps: 5, workers: 2);
        Assert.That((progress.Steps, progress.HasDecided(1)), Is.EqualTo((5, false)));
    }

    private static StepProgress WithWorkerZeroDone()
    {
        var progress = new StepProgress(2, new Patience(2));
        MakeWorkerZeroDone(progress);
        return progress;
    }

    private static void MakeWorkerZeroDone(StepProgress progress)
    {
        progress.Passed(0, 8);
        progress.Updated(0, 1);
        progress.ThroughFirst(0, 8);
    }

    private static void Wait(StepProgress progress, Awaited what)
    {
        switch (what)
        {
            case Awaited.Read: progress.WaitUntilRead(3); break;
            case Awaited.Updated: progress.WaitUntilUpdated(1); break;
            case Awaited.Decided: progress.WaitUntilDecided(1); break;
            case Awaited.Passed: SpinWait.SpinUntil(() => progress.AllPassed(8)); break;
            default: SpinWait.SpinUntil(() => progress.AreThroughFirst(2, 8)); break;
        }
    }

    private static void Arrive(StepProgress progress, Awaited what)
    {
        switch (what)
        {
            case Awaited.Read: progress.HaveRead(3); break;
            case Awaited.Updated: progress.Updated(1, 1); break;
            case Awaited.Decided: progress.Decided(1); break;
            case Awaited.Passed: progress.Passed(1, 8); break;
            default: progress.ThroughFirst(1, 8); break;
        }
    }

    /// <summary>What a worker waits for.</summary>
    public enum Awaited
    {
        /// <summary>Samples that are read.</summary>
        Read,

        /// <summary>Samples that are through the first layer.</summary>
        ThroughFirst,

        /// <summary>Workers that are done with their samples.</summary>
        Passed,

        /// <summary>Whether to go on.</summary>
        Decided,

        /// <summary>Weights that are updated.</summary>
        Updated,
    }
}
