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

    /// <summary>A step of a large minibatch may take seconds.</summary>
    [Test]
    public void Handle_WorkThatDoesNotEnd_IsToldOf()
    {
        TextWriter error = Console.Error;
        using var told = new ManualResetEventSlim();
        string? message = null;
        Console.SetError(new Listener(line =>
        {
            message = line;
            told.Set();
        }));
        try
        {
            using (var finished = new Interruption())
            {
                finished.Finish();
                finished.Remind();
            }
            Assert.That(message, Is.Null);
            using var interruption = new Interruption(TimeSpan.Zero);
            ProcessGoesOn(interruption, PosixSignal.SIGINT);
            Assert.That(told.Wait(TimeSpan.FromSeconds(30)), Is.True);
            Assert.That(message!.Trim(), Is.EqualTo("engine: stopping after this step; once more, and nothing is saved."));
        }
        finally
        {
            Console.SetError(error);
        }
    }

    private sealed class Listener(Action<string?> hear) : StringWriter
    {
        public override void WriteLine(string? value) => hear(value);
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
