using Engine.Cli.Training;
using Engine.Data;
using Engine.Networks;
using Engine.Tests.Cli.Drawing;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class LiveDisplayTests
{
    [TestCase(80)]
    [TestCase(40)]
    [TestCase(20)]
    public void Epochs_AnyWidth_ShowWholeNumbers(int width)
    {
        string text = Pictures.Capture(width, colours: true, console =>
        {
            var display = new LiveDisplay(console);
            display.Run(() =>
            {
                display.Epoch(Pictures.Epoch(1, 0.5, 0.6543, loss: 1.2345));
                return new TrainingReport(StopReason.Completed, 1, []);
            });
        });

        string[] words = [.. Pictures.Lines(text).SelectMany(line => line.Split([' ', ',', '%', '│'], StringSplitOptions.RemoveEmptyEntries))];
        Assert.That(words, Does.Contain("1.2345").And.Contain("65.40"));
        Assert.That(text, Does.Not.Contain("…"));
    }

    [Test]
    public void Epochs_AsTable_ShowEachNumberInItsColumnAndTheBestInGreen()
    {
        string text = Pictures.Capture(100, colours: true, console =>
        {
            var display = new LiveDisplay(console);
            display.Run(() =>
            {
                EpochReport epoch = Pictures.Epoch(1, 0.5, loss: 0.25) with { Validation = new Evaluation(0.75, 980, 1000), TrainSeconds = 1.5, GigaflopsPerSecond = 12 };
                display.Epoch(epoch);
                display.Epoch(epoch with { Epoch = 2, Validation = new Evaluation(0.75, 950, 1000), TrainSeconds = 0.5 });
                return new TrainingReport(StopReason.Completed, 1, []);
            });
        });

        Assert.That(Pictures.Rows(text), Is.SupersetOf(new[] { "1 0.2500 50.00 % 0.7500 98.00 % 1500 12", "2 0.2500 50.00 % 0.7500 95.00 % 500 12" }));
        Assert.That(text, Does.Match("m98.00 %\e").And.Not.Match("m95.00 %\e"));
    }

    [TestCase(1, 2, 4, "  5 %  epoch 1 of 4  loss 0.5000  ")]
    [TestCase(2, 2, 4, " 30 %  epoch 2 of 4  loss 0.5000  ")]
    [TestCase(4, 10, 4, "100 %  epoch 4 of 4  loss 0.5000  0:00 left")]
    public void Bar_OfAStep_TellsHowFarItIs(int epoch, int steps, int epochs, string expected) => Assert.That(Bar(epoch, steps, epochs), Does.Contain(expected));

    /// <summary>The first step may take seconds.</summary>
    [TestCase(4, true)]
    [TestCase(0, false)]
    public void Bar_BeforeTheFirstStep_IsThereIfOneWillCome(int epochs, bool expected)
    {
        string text = Pictures.Capture(80, colours: true, console =>
        {
            var display = new LiveDisplay(console);
            var data = new ImageDataset(new byte[1], new byte[1], 1, 1);
            display.Start(new Network(NetworkDescription.Parse("1 -> Dense 1")), data, data, new TrainerOptions(), epochs);
            display.Run(() => new TrainingReport(StopReason.Completed, 0, []));
        });
        Assert.That(text.Contains($"  0 %  epoch 1 of {epochs}", StringComparison.Ordinal), Is.EqualTo(expected));
    }

    /// <summary>Of 10^9 steps one is done, so that whatever it took, hours are left.</summary>
    [Test]
    public void Bar_OfTheFirstOfVeryManySteps_TellsThatMuchIsLeft() => Assert.That(Bar(1, 1, 100_000_000), Does.Match(@"  \d+:\d\d:\d\d left"));

    [TestCase(0, 0, 5, "0:05")]
    [TestCase(0, 59, 59, "59:59")]
    [TestCase(1, 0, 0, "1:00:00")]
    [TestCase(49, 30, 1, "49:30:01")]
    public void FormatTime_AnyTime_TellsHoursOnlyWhereThereAreAny(int hours, int minutes, int seconds, string expected) =>
        Assert.That(LiveDisplay.FormatTime(new TimeSpan(hours, minutes, seconds)), Is.EqualTo(expected));

    [Test]
    public void Bar_LeavesRoomForAnInterruption()
    {
        string bar = Bar(epoch: 1, steps: 1, epochs: 1);
        Assert.That(bar[bar.IndexOf('━', StringComparison.Ordinal)..], Has.Length.LessThanOrEqualTo(80 - "^C".Length - 1));
    }

    /// <summary>The bar after some of the 10 steps of an epoch.</summary>
    private static string Bar(int epoch, int steps, int epochs)
    {
        string text = Pictures.Capture(80, colours: true, console =>
        {
            var display = new LiveDisplay(console);
            var data = new ImageDataset(new byte[1], new byte[1], 1, 1);
            display.Start(new Network(NetworkDescription.Parse("1 -> Dense 1")), data, data, new TrainerOptions(), epochs);
            display.Run(() =>
            {
                display.Step(new StepReport(epoch, 0, steps - 1, 10, 0.5));
                return new TrainingReport(StopReason.Completed, 1, []);
            });
        });
        return Pictures.Lines(text).First(line => line.Contains("loss 0.5000", StringComparison.Ordinal));
    }
}
