using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Engine.Formats;

/// <summary>A tensor's name, shape and place in the data: bytes from <paramref name="Begin"/> up to <paramref name="End"/>.</summary>
internal sealed record SafetensorsTensor(string Name, int[] Shape, long Begin, long End);

/// <summary>
/// The header of a safetensors file, checked against the size of the file: every tensor is F32, as long as its shape says,
/// and the tensors fill the data without gap or overlap.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const int LengthBytes = 8;
    private const int MaximumLength = 100_000_000;
    private const string MetadataKey = "__metadata__";

    private SafetensorsHeader(long dataOffset)
    {
        DataOffset = dataOffset;
    }

    /// <summary>Where the data starts in the stream.</summary>
    public long DataOffset { get; }

    public Dictionary<string, SafetensorsTensor> Tensors { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>The header as bytes, padded with spaces so that the data starts at a multiple of 8.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<(string Name, int[] Shape)> tensors)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata)
            {
                json.WriteString(key, value);
            }
            json.WriteEndObject();
            long offset = 0;
            foreach ((string name, int[] shape) in tensors)
            {
                long end = offset + shape.Aggregate((long)sizeof(float), (product, size) => product * size);
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                WriteNumbers(json, "shape", shape.Select(size => (long)size));
                WriteNumbers(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }
            json.WriteEndObject();
        }
        byte[] bytes = new byte[(buffer.WrittenCount + LengthBytes - 1) / LengthBytes * LengthBytes];
        bytes.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads the header of the file that a stream is, or is from its position on.</summary>
    /// <exception cref="InvalidFileException">The header is damaged or does not fit the file.</exception>
    public static SafetensorsHeader Read(Stream stream, string file)
    {
        if (!stream.CanSeek)
        {
            throw new InvalidFileException(file, "a safetensors file", "something without a length, such as a pipe");
        }
        long start = stream.Position;
        long fileLength = Math.Max(0, stream.Length - start);
        if (fileLength < LengthBytes)
        {
            throw new InvalidFileException(file, $"a safetensors file of {LengthBytes} bytes at least", $"{fileLength} bytes");
        }
        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)Math.Min(fileLength - LengthBytes, MaximumLength))
        {
            throw new InvalidFileException(file, $"a safetensors header within the file's {fileLength} bytes", $"a header of {length} bytes");
        }
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        var header = new SafetensorsHeader(start + LengthBytes + (long)length);
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            header.ReadEntries(document.RootElement, file);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidFileException(file, "a safetensors header in JSON", $"something else: {exception.Message.TrimEnd('.')}", exception);
        }
        header.CheckLayout(fileLength - LengthBytes - (long)length, file);
        return header;
    }

    private void ReadEntries(JsonElement root, string file)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidFileException(file, "a safetensors header that is a JSON object", $"{root.ValueKind}");
        }
        var seen = new HashSet<string>();
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (!seen.Add(entry.Name))
            {
                throw new InvalidFileException(file, "each tensor once", $"{entry.Name} twice");
            }
            if (entry.Name == MetadataKey)
            {
                ReadMetadata(entry.Value, file);
                continue;
            }
            try
            {
                Tensors.Add(entry.Name, ReadTensor(entry, file));
            }
            catch (Exception exception) when (exception is InvalidOperationException or FormatException)
            {
                throw new InvalidFileException(file, $"a type, a shape and data_offsets of tensor {entry.Name}: text and two lists of whole numbers", $"others: {exception.Message.TrimEnd('.')}", exception);
            }
        }
    }

    private void ReadMetadata(JsonElement metadata, string file)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidFileException(file, $"{MetadataKey} that is a JSON object", $"{metadata.ValueKind}");
        }
        foreach (JsonProperty pair in metadata.EnumerateObject())
        {
            if (pair.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            {
                throw new InvalidFileException(file, $"text as {pair.Name} of {MetadataKey}", $"{pair.Value.ValueKind}");
            }
            Metadata[pair.Name] = pair.Value.GetString() ?? "";
        }
    }

    private static SafetensorsTensor ReadTensor(JsonProperty entry, string file)
    {
        string type = entry.Value.TryGetProperty("dtype", out JsonElement dtype) ? dtype.GetString() ?? "" : "";
        if (type != "F32")
        {
            throw new InvalidFileException(file, $"tensor {entry.Name} of type F32", type.Length == 0 ? "no type" : type);
        }
        if (!entry.Value.TryGetProperty("shape", out JsonElement shapeElement) || !entry.Value.TryGetProperty("data_offsets", out JsonElement offsetsElement))
        {
            throw new InvalidFileException(file, $"shape and data_offsets of tensor {entry.Name}", "one missing");
        }
        int[] shape = [.. shapeElement.EnumerateArray().Select(size => size.GetInt32())];
        long[] offsets = [.. offsetsElement.EnumerateArray().Select(offset => offset.GetInt64())];
        double bytes = shape.Aggregate((double)sizeof(float), (product, size) => product * size);
        if (offsets.Length != 2 || shape.Any(size => size < 0) || bytes > (double)sizeof(float) * Array.MaxLength || offsets[1] - offsets[0] != (long)bytes)
        {
            throw new InvalidFileException(
                file, $"data of tensor {entry.Name} as long as its shape [{string.Join(", ", shape)}] says", $"data_offsets [{string.Join(", ", offsets)}]");
        }
        return new SafetensorsTensor(entry.Name, shape, offsets[0], offsets[1]);
    }

    private void CheckLayout(long dataLength, string file)
    {
        long end = 0;
        foreach (SafetensorsTensor tensor in Tensors.Values.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            if (tensor.Begin != end)
            {
                throw new InvalidFileException(file, $"tensor {tensor.Name} to start at byte {end} of the data", $"byte {tensor.Begin}");
            }
            end = tensor.End;
        }
        if (end != dataLength)
        {
            throw new InvalidFileException(file, $"{end} bytes of data, as the header says", $"{dataLength} bytes");
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }
}
