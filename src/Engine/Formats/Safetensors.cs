using System.Buffers.Binary;
using System.Globalization;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Formats;

/// <summary>
/// Saves and loads networks as safetensors files, in PyTorch's convention.
/// </summary>
/// <remarks>
/// <para>
/// Dense layer at position i of the network: <c>i.weight</c>, outputs x inputs, and <c>i.bias</c>, both F32. Activations have a
/// position but no tensor. So a file goes straight into <c>torch.nn.Sequential(Linear, ReLU, Linear, …).load_state_dict</c> and
/// back. The description is in the metadata, key <c>architecture</c>, as JSON.
/// </para>
/// <para>A file without that metadata is taken as dense layers in the order of their numbers, with ReLU between them.</para>
/// <para>
/// Format: the length of the header, 8 bytes, little-endian; the header, JSON: each tensor's type, shape and place; the data.
/// Source: the safetensors format description of its authors at Hugging Face.
/// </para>
/// </remarks>
public static class Safetensors
{
    private const string ArchitectureKey = "architecture";
    private const int LengthBytes = 8;

    /// <summary>Numbers that are read or written at a time: the bytes of a large tensor do not fit one array.</summary>
    private const int ChunkFloats = 1 << 16;

    /// <summary>Saves a network; a file that exists is replaced, whole or not at all.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(Network network, string path)
    {
        ArgumentNullException.ThrowIfNull(network);
        AtomicFile.Write(path, stream => Write(network, stream));
    }

    /// <summary>Writes a network to a stream, from its position on, and leaves the stream open.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stream">The stream.</param>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="IOException">Writing fails.</exception>
    public static void Save(Network network, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("Expected a stream that can be written.", nameof(stream));
        }
        Write(network, stream);
    }

    /// <summary>Loads a network. Everything is checked before memory for it is taken, but whether the weights are finite numbers: they are taken as they are.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">The file is damaged or holds something else than a chain of dense layers.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Network Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        return Read(stream, path);
    }

    /// <summary>Loads a network from a stream, such as an embedded resource: all that there is from its position on. Leaves the stream open.</summary>
    /// <param name="stream">The stream; it must be possible to read it and to seek in it. Copy others into a <see cref="MemoryStream"/> first.</param>
    /// <exception cref="ArgumentException">The stream cannot be read, or has no length and position.</exception>
    /// <exception cref="InvalidFileException">The content is damaged or holds something else than a chain of dense layers.</exception>
    /// <exception cref="IOException">Reading fails.</exception>
    public static Network Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanSeek)
        {
            throw new ArgumentException("Expected a stream that can be read and has a length and a position.", nameof(stream));
        }
        return Read(stream, "stream");
    }

    private static Network Read(Stream stream, string path)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, path);
        NetworkDescription description = header.Metadata.TryGetValue(ArchitectureKey, out string? architecture)
            ? Architecture.Read(architecture, path)
            : InferDescription(header, path);
        List<(int Position, int Inputs, int Outputs)> expected = DenseLayers(description);
        CheckTensors(header, expected, path);

        Network network = Build(description, path);
        for (int i = 0; i < expected.Count; i++)
        {
            (int position, int inputs, int outputs) = expected[i];
            float[] weights = Transposed(ReadTensor(stream, header, $"{position}.weight"), outputs, inputs);
            network.DenseLayers[i].SetParameters(weights, ReadTensor(stream, header, $"{position}.bias"));
        }
        return network;
    }

    private static void Write(Network network, Stream stream)
    {
        byte[] header = SafetensorsHeader.Write(
            new Dictionary<string, string> { ["format"] = "pt", [ArchitectureKey] = Architecture.Write(network.Description) },
            [.. DenseLayers(network.Description).SelectMany(layer => new (string, int[])[]
            {
                ($"{layer.Position}.weight", [layer.Outputs, layer.Inputs]),
                ($"{layer.Position}.bias", [layer.Outputs]),
            })]);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (Dense layer in network.DenseLayers)
        {
            float[] weights = new float[layer.Inputs * layer.Outputs];
            layer.CopyWeightsTo(weights);
            WriteTensor(stream, Transposed(weights, layer.Inputs, layer.Outputs));
            WriteTensor(stream, layer.Bias[..layer.Outputs]);
        }
    }

    /// <summary>Dense layers in the order of their numbers, with ReLU between them.</summary>
    private static NetworkDescription InferDescription(SafetensorsHeader header, string file)
    {
        const string Suffix = ".weight";
        var layers = header.Tensors.Values
            .Where(tensor => tensor.Name.EndsWith(Suffix, StringComparison.Ordinal))
            .OrderBy(tensor => Position(tensor.Name[..^Suffix.Length]))
            .ToList();
        if (layers.Count == 0)
        {
            throw new InvalidFileException(file, "tensors 0.weight, 0.bias, 2.weight, ...", "none of them");
        }
        for (int i = 0; i < layers.Count; i++)
        {
            if (layers[i].Name != $"{2 * i}{Suffix}" || layers[i].Shape.Length != 2)
            {
                throw new InvalidFileException(
                    file, $"tensor {2 * i}{Suffix} of two dimensions, or an architecture in the metadata", $"{layers[i].Name} of {layers[i].Shape.Length}");
            }
        }
        int[] widths = [layers[0].Shape[1], .. layers.Select(layer => layer.Shape[0])];
        int[] wrong = [.. widths.Where(width => width is < 1 or > RowLayout.MaximumColumns)];
        if (wrong.Length > 0)
        {
            throw new InvalidFileException(file, $"layers of 1 to {RowLayout.MaximumColumns} inputs and outputs", $"{wrong[0]}");
        }
        return NetworkDescription.Chain(widths, LayerDescription.ReLU);
    }

    /// <summary>The number in a tensor's name; what is no number comes last.</summary>
    private static int Position(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int position) ? position : int.MaxValue;

    private static List<(int Position, int Inputs, int Outputs)> DenseLayers(NetworkDescription description)
    {
        var layers = new List<(int, int, int)>();
        int width = description.Inputs;
        for (int i = 0; i < description.Layers.Count; i++)
        {
            if (description.Layers[i].Kind == LayerKind.Dense)
            {
                layers.Add((i, width, description.Layers[i].Units));
                width = description.Layers[i].Units;
            }
        }
        return layers;
    }

    private static void CheckTensors(SafetensorsHeader header, List<(int Position, int Inputs, int Outputs)> layers, string file)
    {
        foreach ((int position, int inputs, int outputs) in layers)
        {
            CheckTensor(header, $"{position}.weight", [outputs, inputs], file);
            CheckTensor(header, $"{position}.bias", [outputs], file);
        }
        if (header.Tensors.Count != 2 * layers.Count)
        {
            var names = layers.SelectMany(layer => new[] { $"{layer.Position}.weight", $"{layer.Position}.bias" }).ToHashSet();
            throw new InvalidFileException(file, $"the tensors of {layers.Count} dense layers only", $"also {header.Tensors.Keys.First(name => !names.Contains(name))}");
        }
    }

    private static void CheckTensor(SafetensorsHeader header, string name, int[] shape, string file)
    {
        string expected = $"tensor {name} of shape [{string.Join(", ", shape)}]";
        if (!header.Tensors.TryGetValue(name, out SafetensorsTensor? tensor))
        {
            throw new InvalidFileException(file, expected, "no such tensor");
        }
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new InvalidFileException(file, expected, $"shape [{string.Join(", ", tensor.Shape)}]");
        }
    }

    private static Network Build(NetworkDescription description, string file)
    {
        try
        {
            return new Network(description);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new InvalidFileException(file, "layers that fit one array, rows padded to cache lines", $"{description}", exception);
        }
    }

    private static float[] ReadTensor(Stream stream, SafetensorsHeader header, string name)
    {
        SafetensorsTensor tensor = header.Tensors[name];
        stream.Seek(header.DataOffset + tensor.Begin, SeekOrigin.Begin);
        float[] values = new float[(tensor.End - tensor.Begin) / sizeof(float)];
        byte[] bytes = new byte[ChunkFloats * sizeof(float)];
        for (int first = 0; first < values.Length; first += ChunkFloats)
        {
            Span<float> chunk = values.AsSpan(first, Math.Min(ChunkFloats, values.Length - first));
            stream.ReadExactly(bytes.AsSpan(0, chunk.Length * sizeof(float)));
            for (int i = 0; i < chunk.Length; i++)
            {
                chunk[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
            }
        }
        return values;
    }

    private static void WriteTensor(Stream stream, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[ChunkFloats * sizeof(float)];
        for (int first = 0; first < values.Length; first += ChunkFloats)
        {
            ReadOnlySpan<float> chunk = values.Slice(first, Math.Min(ChunkFloats, values.Length - first));
            for (int i = 0; i < chunk.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), chunk[i]);
            }
            stream.Write(bytes, 0, chunk.Length * sizeof(float));
        }
    }

    private static float[] Transposed(float[] matrix, int rows, int columns)
    {
        float[] transposed = new float[matrix.Length];
        Kernels.Transpose.Run(rows, columns, matrix, columns, transposed, rows);
        return transposed;
    }
}
