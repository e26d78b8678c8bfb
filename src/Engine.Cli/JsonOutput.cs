using System.Text.Encodings.Web;
using System.Text.Json;

namespace Engine.Cli;

/// <summary>A command's result as one JSON object on standard output.</summary>
internal static class JsonOutput
{
    public static void Write(Action<Utf8JsonWriter> writeMembers)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    /// <summary>A number with all its digits, or null where JSON has none for it.</summary>
    public static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
