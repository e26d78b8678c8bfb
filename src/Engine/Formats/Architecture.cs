using System.Buffers;
using System.Text;
using System.Text.Json;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Formats;

/// <summary>
/// A network's description as JSON: <c>{"inputs":784,"layers":[{"type":"Dense","units":100},{"type":"ReLU"}]}</c>,
/// a leaky ReLU with its <c>"slope"</c>.
/// </summary>
internal static class Architecture
{
    public static string Write(NetworkDescription description)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("inputs", description.Inputs);
            json.WriteStartArray("layers");
            foreach (LayerDescription layer in description.Layers)
            {
                json.WriteStartObject();
                json.WriteString("type", layer.Kind.ToString());
                if (layer.Kind == LayerKind.Dense)
                {
                    json.WriteNumber("units", layer.Units);
                }
                if (layer.Kind == LayerKind.LeakyReLU)
                {
                    json.WriteNumber("slope", layer.Slope);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <exception cref="InvalidFileException">The text is no description.</exception>
    public static NetworkDescription Read(string text, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            var layers = new List<LayerDescription>();
            foreach (JsonElement layer in root.GetProperty("layers").EnumerateArray())
            {
                layers.Add(ReadLayer(layer, file));
            }
            return new NetworkDescription(root.GetProperty("inputs").GetInt32(), layers);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException or FormatException)
        {
            throw new InvalidFileException(file, "an architecture in JSON in the metadata", Describe(exception), exception);
        }
    }

    private static LayerDescription ReadLayer(JsonElement layer, string file)
    {
        string type = layer.GetProperty("type").GetString() ?? "";
        return Enum.TryParse(type, out LayerKind kind) && Enum.IsDefined(kind) && kind.ToString() == type
            ? kind switch
            {
                LayerKind.Dense => LayerDescription.Dense(layer.GetProperty("units").GetInt32()),
                LayerKind.LeakyReLU => LayerDescription.LeakyReLU(layer.GetProperty("slope").GetSingle()),
                _ => LayerDescription.Parse(type),
            }
            : throw new InvalidFileException(file, "kinds of layers that there are, in the architecture in the metadata", $"\"{type}\"");
    }

    /// <summary>What is wrong, as the end of a sentence, without the name of a parameter.</summary>
    private static string Describe(Exception exception)
    {
        string message = exception is ArgumentException { ParamName: { } name }
            ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
            : exception.Message;
        return $"something else: {message.TrimEnd('.')}";
    }
}
