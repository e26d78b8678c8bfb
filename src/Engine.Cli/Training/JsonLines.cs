using System.Text.Json;
using Engine.Formats;

namespace Engine.Cli.Training;

/// <summary>A file of JSON objects, one a line. Each line reaches the system when it is written. What was in the file before stays until the first line is.</summary>
/// <remarks>When it cannot be written any more (a full disk), nothing is thrown: see <see cref="Failure"/>.</remarks>
internal sealed class JsonLines : IDisposable
{
    private readonly FileStream _stream;
    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _json;

    /// <exception cref="UsageException">The file cannot be opened.</exception>
    public JsonLines(string path)
    {
        Path = path;
        try
        {
            _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, Share(path), bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: expected the name of a file that can be written; {exception.Message}");
        }
        _json = new Utf8JsonWriter(_line);
    }

    public string Path { get; }

    /// <summary>Whether there is a line.</summary>
    public bool HasLines { get; private set; }

    /// <summary>Why a line could not be written; no other was tried after it.</summary>
    public string? Failure { get; private set; }

    public void Write(Action<Utf8JsonWriter> writeMembers)
    {
        if (Failure is not null)
        {
            return;
        }
        _line.SetLength(0);
        _json.Reset(_line);
        _json.WriteStartObject();
        writeMembers(_json);
        _json.WriteEndObject();
        _json.Flush();
        _line.WriteByte((byte)'\n');
        try
        {
            if (!HasLines && _stream is { CanSeek: true, Length: > 0 })
            {
                _stream.SetLength(0);
            }
            HasLines = true;
            _stream.Write(_line.GetBuffer(), 0, (int)_line.Length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Failure = $"{Path} could not be written: {exception.Message}";
        }
    }

    /// <summary>One run writes to a log, or the lines of two would be mixed. On Unix only whoever lets nobody in keeps a second writer out; readers that do not ask, such as tail, get in. A device is everybody's.</summary>
    private static FileShare Share(string path)
    {
        string target = AtomicFile.FinalTarget(path);
        bool isDevice = target.StartsWith("/dev/", StringComparison.Ordinal) || target.StartsWith("/proc/", StringComparison.Ordinal);
        return OperatingSystem.IsWindows() || isDevice ? FileShare.Read : FileShare.None;
    }

    public void Dispose()
    {
        _json.Dispose();
        _line.Dispose();
        _stream.Dispose();
    }
}
