using System.Runtime.InteropServices;

namespace Engine.Cli;

/// <summary>
/// Turns the first Ctrl-C, a request to terminate or a closed terminal into a cancelled token, so that work ends in order. A second Ctrl-C ends the process; while results are written, only a third one does.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Timer _reminder;
    private volatile bool _isFinishing;
    private bool _hasWarned;

    public Interruption()
        : this(TimeSpan.FromSeconds(1))
    {
    }

    /// <param name="patience">How long after the first signal it is told that the work goes on to the end of a step.</param>
    internal Interruption(TimeSpan patience)
    {
        _patience = patience;
        _reminder = new Timer(_ => Remind());
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The work has ended: from now on its results are written.</summary>
    public void Finish() => _isFinishing = true;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
        _reminder.Dispose();
        _source.Dispose();
    }

    internal void Handle(PosixSignalContext context)
    {
        bool isFirst = !_source.IsCancellationRequested;
        if (isFirst)
        {
            _reminder.Change(_patience, Timeout.InfiniteTimeSpan);
        }
        _source.Cancel();

        // A terminal that is closed may say so twice: once by itself, once by its shell.
        context.Cancel = isFirst || context.Signal == PosixSignal.SIGHUP;
        if (!context.Cancel && _isFinishing && !_hasWarned)
        {
            _hasWarned = true;
            context.Cancel = true;
            Console.Error.WriteLine("engine: still writing the results; once more and they are lost.");
        }
        if (!context.Cancel)
        {
            ShowCursor();
        }
    }

    /// <summary>A step may take seconds: who sees nothing presses the keys again, and what was learnt is lost.</summary>
    internal void Remind()
    {
        if (!_isFinishing)
        {
            Console.Error.WriteLine($"{Environment.NewLine}engine: stopping after this step; once more, and nothing is saved.");
        }
    }

    /// <summary>A table that is redrawn in place hides it, and nobody else will show it again.</summary>
    private static void ShowCursor()
    {
        try
        {
            if (!Console.IsOutputRedirected)
            {
                Console.CursorVisible = true;
            }
        }
        catch (IOException)
        {
            // There is no terminal any more.
        }
    }
}
