using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>A trial takes all divisions in turns, and then the fastest one.</summary>
public sealed class PlanTrialTests
{
    private static readonly Roles Sharing = new(1, OwnersKeepToColumns: false);
    private static readonly Roles Near = new(1, OwnersKeepToColumns: true);
    private static readonly Roles Far = new(1, OwnersKeepToColumns: true, PastCaches: true);
    private static readonly Divisions Two = new(Sharing, Sharing, Far);
    private static readonly Divisions Three = new(Sharing, Near, Far);

    [TestCase(1000, 989, true)]
    [TestCase(1000, 1000, true)]
    [TestCase(1000, 1010, true, Description = "hardly slower")]
    [TestCase(1000, 1011, false)]
    [TestCase(1000, 2000, false)]
    public void Choose_AfterATrial_IsTheFasterOne(long sharing, long far, bool expectFar)
    {
        var trial = new PlanTrial();
        Try(trial, sharing, far);
        Assert.That(Choose(trial), Is.EqualTo(expectFar ? Far : Sharing));
    }

    /// <summary>What loses more where cores move apart must be 1 % faster than what loses less.</summary>
    [TestCase(1000, 1000, 1000, 2)]
    [TestCase(1000, 990, 1000, 2, Description = "hardly faster")]
    [TestCase(1000, 989, 1000, 1)]
    [TestCase(980, 989, 1000, 1, Description = "hardly faster than the second")]
    [TestCase(979, 989, 1000, 0)]
    [TestCase(989, 1100, 1000, 0)]
    [TestCase(1700, 1200, 1000, 2)]
    public void Choose_OfThreeAfterATrial_IsTheFastestThatIsWorthIt(long sharing, long near, long far, int expected)
    {
        var trial = new PlanTrial();
        long[] ticks = [sharing, near, far];
        for (int i = 0; i < 9; i++)
        {
            Assert.That(trial.RunSteps, Is.EqualTo(PlanTrial.StretchSteps));
            Assert.That(trial.Choose(Three), Is.EqualTo(Three[i % 3]));
            trial.Done(Three, PlanTrial.StretchSteps, i < 3 ? 2 * ticks[i] : ticks[i % 3]);
        }
        Assert.That(trial.RunSteps, Is.GreaterThan(PlanTrial.StretchSteps));
        Assert.That(trial.Choose(Three), Is.EqualTo(Three[expected]));
    }

    /// <summary>What disturbs only ever takes longer: the fastest of each counts.</summary>
    [Test]
    public void Choose_AfterADisturbedTrial_IsTheFasterOne()
    {
        var trial = new PlanTrial();
        foreach (long ticks in new long[] { 3000, 800, 1000, 9000, 1001, 5000 })
        {
            Run(trial, ticks);
        }
        Assert.That(Choose(trial), Is.EqualTo(Far));
    }

    /// <summary>Runs may be shorter than a stretch, such as single steps, epochs of few, or those that were stopped: as many as make up one have the same division.</summary>
    [TestCase(1, 32)]
    [TestCase(7, 5, Description = "35 steps")]
    [TestCase(31, 2)]
    public void Choose_ForShortRuns_IsTheSameUntilAStretchIsOver(int steps, int runs)
    {
        var trial = new PlanTrial();
        for (int stretch = 0; stretch < 6; stretch++)
        {
            for (int run = 0; run < runs; run++)
            {
                Assert.That(trial.RunSteps, Is.EqualTo(PlanTrial.StretchSteps - (steps * run)));
                Assert.That(Choose(trial), Is.EqualTo(Two[stretch % 2]), $"run {run} of stretch {stretch}");
                trial.Done(Two, steps, steps * (stretch % 2 == 0 ? 10 : 9));
            }
        }
        Assert.That(trial.RunSteps, Is.GreaterThan(PlanTrial.StretchSteps));
        Assert.That(Choose(trial), Is.EqualTo(Far));
    }

    /// <summary>A stretch may end with a longer run than it needs: the time of a step counts, not that of the stretch.</summary>
    [Test]
    public void Choose_AfterStretchesOfDifferentLength_IsTheOneWhoseStepsAreFaster()
    {
        var trial = new PlanTrial();
        for (int round = 0; round < 3; round++)
        {
            trial.Done(Two, 64, 64 * 100);
            trial.Done(Two, 32, 32 * 120);
        }
        Assert.That(Choose(trial), Is.EqualTo(Sharing));
    }

    /// <summary>One worker alone loses nothing where cores move apart: so it comes last, and is taken unless another is 1 % faster.</summary>
    [TestCase(1000, 1000, 1000, 1000, 3)]
    [TestCase(1000, 1000, 991, 1000, 3, Description = "hardly faster")]
    [TestCase(1000, 1000, 989, 1000, 2)]
    [TestCase(970, 1000, 1000, 1000, 0)]
    public void Choose_OfFourAfterATrial_IsOneAloneUnlessItPaysToShare(long sharing, long near, long far, long alone, int expected)
    {
        Divisions four = Three with { MayBeAlone = true };
        Assert.That(four.Count, Is.EqualTo(4));
        long[] ticks = [sharing, near, far, alone];
        var trial = new PlanTrial();
        for (int i = 0; i < 12; i++)
        {
            Assert.That(trial.Choose(four), Is.EqualTo(i % 4 == 3 ? Roles.Alone : Three[i % 4]));
            trial.Done(four, PlanTrial.StretchSteps, ticks[i % 4]);
        }
        Assert.That(trial.RunSteps, Is.GreaterThan(PlanTrial.StretchSteps));
        Assert.That(trial.Choose(four), Is.EqualTo(expected == 3 ? Roles.Alone : Three[expected]));
    }

    [Test]
    public void RunSteps_AfterATrial_AreManyUntilTheNextTrialWhichFindsAnew()
    {
        var trial = new PlanTrial();
        Try(trial, 1000, 500);
        int steps = 0;
        while (trial.RunSteps > PlanTrial.StretchSteps)
        {
            Assert.That(Choose(trial), Is.EqualTo(Far));
            trial.Done(Two, 100, 1);
            steps += 100;
        }
        Assert.That(steps, Is.InRange(8_100, 8_200));
        if (trial.RunSteps < PlanTrial.StretchSteps)
        {
            trial.Done(Two, trial.RunSteps, 1);
        }
        Assert.That(trial.RunSteps, Is.EqualTo(PlanTrial.StretchSteps));

        Try(trial, 500, 1000);
        Assert.That(Choose(trial), Is.EqualTo(Sharing));
    }

    /// <summary>Slower steps may tell that the cores have been moved.</summary>
    [TestCase(938, 1.16, true)]
    [TestCase(938, 1.14, false, Description = "hardly slower")]
    [TestCase(PlanTrial.StretchSteps, 1.16, true)]
    [TestCase(PlanTrial.StretchSteps - 1, 2, false, Description = "too few steps to say so")]
    public void Done_AfterSlowerSteps_BeginsATrialAtOnce(int steps, double times, bool expectTrial)
    {
        var trial = new PlanTrial();
        Try(trial, 1000, 2000);
        RunSlowly(trial, steps, times, 1000);
        Assert.That(trial.RunSteps == PlanTrial.StretchSteps, Is.EqualTo(expectTrial));
    }

    /// <summary>Single steps too, when there are enough of them.</summary>
    [Test]
    public void Done_AfterSlowerSingleSteps_BeginsATrialWhenTheyMakeUpAStretch()
    {
        var trial = new PlanTrial();
        Try(trial, 1000, 2000);
        for (int step = 0; step < PlanTrial.StretchSteps; step++)
        {
            Assert.That(trial.RunSteps, Is.GreaterThan(PlanTrial.StretchSteps), $"after {step}");
            RunSlowly(trial, 1, 1.2, 1000);
        }
        Assert.That(trial.RunSteps, Is.EqualTo(PlanTrial.StretchSteps));
    }

    /// <summary>If another trial changes nothing, the division is not to blame; the next one comes when it is due.</summary>
    [Test]
    public void Done_AfterSlowerStepsOnceMore_BeginsATrialOnlyIfTheLastOneChoseAnother()
    {
        var trial = new PlanTrial();
        Try(trial, 1000, 2000);
        RunSlowly(trial, 938, 2, 1000);
        Try(trial, 3000, 2000);
        Assert.That(Choose(trial), Is.EqualTo(Far));
        RunSlowly(trial, 938, 2, 2000);
        Try(trial, 3000, 2000);
        int steps = 0;
        for (; trial.RunSteps > PlanTrial.StretchSteps; steps += 100)
        {
            RunSlowly(trial, 100, 2, 2000);
        }
        Assert.That(steps, Is.InRange(8_100, 8_200));
        if (trial.RunSteps < PlanTrial.StretchSteps)
        {
            trial.Done(Two, trial.RunSteps, 1);
        }
        Try(trial, 3000, 2000);
        RunSlowly(trial, 938, 2, 2000);
        Try(trial, 3000, 2000);
    }

    private static void RunSlowly(PlanTrial trial, int steps, double times, long ticks)
    {
        trial.Done(Two, steps, (long)(times * ticks * steps / PlanTrial.StretchSteps));
    }

    private static Roles Choose(PlanTrial trial) => trial.Choose(Two);

    private static void Try(PlanTrial trial, long sharing, long far)
    {
        for (int i = 0; i < 6; i++)
        {
            Assert.That(trial.RunSteps, Is.EqualTo(PlanTrial.StretchSteps));
            Assert.That(Choose(trial), Is.EqualTo(i % 2 == 0 ? Sharing : Far));
            Run(trial, i % 2 == 0 ? sharing : far);
        }
    }

    private static void Run(PlanTrial trial, long ticks) => trial.Done(Two, PlanTrial.StretchSteps, ticks);
}
