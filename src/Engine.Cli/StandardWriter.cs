using System.Text;

namespace Engine.Cli;

/// <summary>
/// Standard output or standard error of a command. What cannot be written (a full disk, a closed stream) is dropped and the
/// first failure kept: no work is lost because nobody could be told of it.
/// </summary>
internal sealed class StandardWriter(TextWriter inner) : TextWriter
{
    /// <summary>The first failure to write, if there was one.</summary>
    public Exception? Failure { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Guard(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Guard(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Guard(() => inner.Write(value));

    public override void WriteLine(string? value) => Guard(() => inner.WriteLine(value));

    public override void Flush() => Guard(inner.Flush);

    private void Guard(Action write)
    {
        if (Failure is not null)
        {
            return;
        }
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Failure = exception;
        }
    }
}
