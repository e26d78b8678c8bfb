using System.Runtime.InteropServices;
using Engine.Cli;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class InterruptionTests
{
    [TestCase(PosixSignal.SIGINT)]
    [TestCase(PosixSignal.SIGTERM)]
    public void Handle_DuringTheWork_EndsItAtFirstAndThenTheProcess(PosixSignal signal)
    {
        using var interruption = new Interruption();
        Assert.That(interruption.Token.IsCancellationRequested, Is.False);
        Assert.That(ProcessGoesOn(interruption, signal), Is.True);
        Assert.That(interruption.Token.IsCancellationRequested, Is.True);
        Assert.That(ProcessGoesOn(interruption, signal), Is.False);
    }

    [Test]
    public void Handle_WhileResultsAreWritten_WarnsBeforeItEndsTheProcess()
    {
        TextWriter error = Console.Error;
        using var warnings = new StringWriter();
        Console.SetError(warnings);
        try
        {
            using var interruption = new Interruption();
            Assert.That(ProcessGoesOn(interruption, PosixSignal.SIGINT), Is.True);
            interruption.Finish();
            Assert.That(warnings.ToString(), Is.Empty);
            Assert.That(ProcessGoesOn(interruption, PosixSignal.SIGINT), Is.True);
            Assert.That(warnings.ToString(), Is.EqualTo($"engine: still writing the results; once more and they are lost.{Environment.NewLine}"));
            Assert.That(ProcessGoesOn(interruption, PosixSignal.SIGINT), Is.False);
        }
        finally
        {
            Console.SetError(error);
        }
    }

    [Test]
    public void Handle_ClosedTerminal_NeverEndsTheProcess()
    {
        using var interruption = new Interruption();
        Assert.That(Enumerable.Range(0, 3).Select(_ => ProcessGoesOn(interruption, PosixSignal.SIGHUP)), Is.All.True);
    }

    private static bool ProcessGoesOn(Interruption interruption, PosixSignal signal)
    {
        var context = new PosixSignalContext(signal);
        interruption.Handle(context);
        return context.Cancel;
    }
}
