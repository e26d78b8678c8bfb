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
    public void Bar_LeavesRoomForAnInterruption()
    {
        string text = Pictures.Capture(80, colours: true, console =>
        {
            var display = new LiveDisplay(console);
            var data = new ImageDataset(new byte[1], new byte[1], 1, 1);
            display.Start(new Network(NetworkDescription.Parse("1 -> Dense 1")), data, data, new TrainerOptions(), epochs: 1);
            display.Run(() =>
            {
                display.Step(new StepReport(1, 0, 0, 10, 0.5));
                return new TrainingReport(StopReason.Completed, 1, []);
            });
        });

        string bar = Pictures.Lines(text).First(line => line.Contains("loss 0.5000", StringComparison.Ordinal));
        Assert.That(bar[bar.IndexOf('━', StringComparison.Ordinal)..], Has.Length.LessThanOrEqualTo(80 - "^C".Length - 1));
    }
}
