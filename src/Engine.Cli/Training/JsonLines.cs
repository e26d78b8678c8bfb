using System.Text.Json;

namespace Engine.Cli.Training;

/// <summary>A file of JSON objects, one a line. Each line reaches the system when it is written.</summary>
internal sealed class JsonLines : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _json;

    public JsonLines(string path)
    {
        _path = path;
        _stream = Guard(() => new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
        _json = new Utf8JsonWriter(_line);
    }

    public void Write(Action<Utf8JsonWriter> writeMembers)
    {
        _line.SetLength(0);
        _json.Reset(_line);
        _json.WriteStartObject();
        writeMembers(_json);
        _json.WriteEndObject();
        _json.Flush();
        _line.WriteByte((byte)'\n');
        Guard(() =>
        {
            _stream.Write(_line.GetBuffer(), 0, (int)_line.Length);
            return true;
        });
    }

    public void Dispose()
    {
        _json.Dispose();
        _line.Dispose();
        _stream.Dispose();
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FailedException($"{_path} could not be written: {exception.Message}", exception);
        }
    }
}
