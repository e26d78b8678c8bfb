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
        Assert.That(Choose(trial, 1000), Is.EqualTo(expectFar ? Far : Sharing));
        Assert.That(Choose(trial, 1), Is.EqualTo(expectFar ? Far : Sharing));
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
            Assert.That(trial.Choose(Three, trial.RunSteps), Is.EqualTo(Three[i % 3]));
            trial.Done(Three, PlanTrial.StretchSteps, i < 3 ? 2 * ticks[i] : ticks[i % 3]);
        }
        Assert.That(trial.RunSteps, Is.GreaterThan(PlanTrial.StretchSteps));
        Assert.That(trial.Choose(Three, 1000), Is.EqualTo(Three[expected]));
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
        Assert.That(Choose(trial, 1000), Is.EqualTo(Far));
    }

    /// <summary>Shorter runs, such as single steps, or those that were stopped, say nothing, and a trial goes on after them.</summary>
    [Test]
    public void Choose_ForAShortRun_IsTheFirstUntilATrialIsOver()
    {
        var trial = new PlanTrial();
        Run(trial, 1000);
        Run(trial, 10);
        for (int i = 0; i < 100; i++)
        {
            Assert.That(Choose(trial, 31), Is.EqualTo(Sharing));
            trial.Done(Two, 31, 1);
        }
        Assert.That(Choose(trial, PlanTrial.StretchSteps), Is.EqualTo(Sharing), "the third stretch is the first one's again");
        trial.Done(Two, 7, 1);
        Assert.That(Choose(trial, PlanTrial.StretchSteps), Is.EqualTo(Sharing), "still the third");
        Run(trial, 1000);
        Run(trial, 1000);
        Run(trial, 1000);
        Run(trial, 1000);
        Assert.That(Choose(trial, 31), Is.EqualTo(Far), "10 against 1,000");
    }

    [Test]
    public void RunSteps_AfterATrial_AreManyUntilTheNextTrialWhichFindsAnew()
    {
        var trial = new PlanTrial();
        Try(trial, 1000, 500);
        int steps = 0;
        while (trial.RunSteps > PlanTrial.StretchSteps)
        {
            Assert.That(Choose(trial, 100), Is.EqualTo(Far));
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
        Assert.That(Choose(trial, 100), Is.EqualTo(Sharing));
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

    /// <summary>If another trial changes nothing, the division is not to blame; the next one comes when it is due.</summary>
    [Test]
    public void Done_AfterSlowerStepsOnceMore_BeginsATrialOnlyIfTheLastOneChoseAnother()
    {
        var trial = new PlanTrial();
        Try(trial, 1000, 2000);
        RunSlowly(trial, 938, 2, 1000);
        Try(trial, 3000, 2000);
        Assert.That(Choose(trial, 938), Is.EqualTo(Far));
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
        Choose(trial, steps);
        trial.Done(Two, steps, (long)(times * ticks * steps / PlanTrial.StretchSteps));
    }

    private static Roles Choose(PlanTrial trial, int steps) => trial.Choose(Two, steps);

    private static void Try(PlanTrial trial, long sharing, long far)
    {
        for (int i = 0; i < 6; i++)
        {
            Assert.That(trial.RunSteps, Is.EqualTo(PlanTrial.StretchSteps));
            Assert.That(Choose(trial, trial.RunSteps), Is.EqualTo(i % 2 == 0 ? Sharing : Far));
            Run(trial, i % 2 == 0 ? sharing : far);
        }
    }

    private static void Run(PlanTrial trial, long ticks)
    {
        Choose(trial, PlanTrial.StretchSteps);
        trial.Done(Two, PlanTrial.StretchSteps, ticks);
    }
}
