using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Benchmarks.History;

/// <summary>Samples on one line, with five digits that count: what a clock can tell.</summary>
internal sealed class SampleConverter : JsonConverter<double[]>
{
    public override double[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("Expected an array of numbers.");
        }
        var values = new List<double>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(reader.GetDouble());
        }
        return [.. values];
    }

    public override void Write(Utf8JsonWriter writer, double[] value, JsonSerializerOptions options) =>
        writer.WriteRawValue("[" + string.Join(", ", value.Select(sample => sample.ToString("G5", CultureInfo.InvariantCulture))) + "]");
}
