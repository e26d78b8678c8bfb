using Engine.Benchmarks.Commands;
using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using NUnit.Framework;
using Spectre.Console;

namespace Engine.Tests.Benchmarks;

public sealed class CompareCommandTests
{
    private const string OtherMachines = "The two runs are of different machines";
    private static readonly RecordedRun Fast = RecordedRuns.Create(new Measurement("x", RecordedRuns.Around(1e-3)));
    private static readonly RecordedRun Slow = RecordedRuns.Create(new Measurement("x", RecordedRuns.Around(1.1e-3)));

    [Test]
    public void Compare_ASlowerRun_ShowsBothTimesAndFails()
    {
        (int exitCode, string text) = Compare(Fast, Slow);

        Assert.That(exitCode, Is.EqualTo(1), text);
        Assert.That(text, Does.Contain("x 1.00 ms 1.10 ms 1.100 worse").And.Contain("0 better, 0 same, 1 worse"));
        Assert.That(text, Does.Not.Contain(OtherMachines));
    }

    [Test]
    public void Compare_AFasterRun_Succeeds()
    {
        (int exitCode, string text) = Compare(Slow, Fast);

        Assert.That(exitCode, Is.Zero, text);
        Assert.That(text, Does.Contain("x 1.10 ms 1.00 ms 0.909 better").And.Contain("1 better, 0 same, 0 worse"));
    }

    [TestCase("--threshold", "20")]
    [TestCase("--floor", "200000")]
    public void Compare_ASlowerRunByLessThanMatters_Succeeds(string option, string value) => Assert.That(Compare(Fast, Slow, option, value).ExitCode, Is.Zero);

    [Test]
    public void Compare_RunsOfDifferentMachines_SaysSo() =>
        Assert.That(Compare(Fast, Fast with { Machine = Fast.Machine with { Processor = "Another" } }).Text, Does.Contain(OtherMachines));

    private static (int ExitCode, string Text) Compare(RecordedRun before, RecordedRun after, params string[] options)
    {
        using var folder = new TemporaryFolder();
        string[] files = [ResultStore.Save(before, folder.File("before")), ResultStore.Save(after, folder.File("after"))];
        IAnsiConsole previous = AnsiConsole.Console;
        int exitCode = -1;
        try
        {
            string text = TableText.Of(console =>
            {
                AnsiConsole.Console = console;
                exitCode = CompareCommand.Create().Parse([.. files, .. options]).Invoke();
            });
            return (exitCode, text);
        }
        finally
        {
            AnsiConsole.Console = previous;
        }
    }
}
