using System.Buffers.Binary;
using System.IO.Compression;

namespace Engine.Tests.Data;

/// <summary>A temporary folder with IDX files made for a test; gone when disposed.</summary>
internal sealed class IdxFiles : IDisposable
{
    public const int ImageMagic = 2051;
    public const int LabelMagic = 2049;

    public IdxFiles() => Folder = Directory.CreateTempSubdirectory("engine-tests-").FullName;

    public string Folder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>The content of an IDX file: big-endian header, then bytes.</summary>
    public static byte[] Content(int magic, uint[] sizes, byte[] bytes)
    {
        byte[] content = new byte[4 + (4 * sizes.Length) + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(content, magic);
        for (int i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(4 + (4 * i)), sizes[i]);
        }
        bytes.CopyTo(content, 4 + (4 * sizes.Length));
        return content;
    }

    public static byte[] Images(int rows, int columns, byte[] pixels) =>
        Content(ImageMagic, [(uint)(pixels.Length / (rows * columns)), (uint)rows, (uint)columns], pixels);

    public static byte[] Labels(params byte[] labels) => Content(LabelMagic, [(uint)labels.Length], labels);

    public static byte[] Gzip(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }
        return memory.ToArray();
    }

    /// <summary>Writes a file, gzipped if its name ends in <c>.gz</c>.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, byte[] content) =>
        WriteRaw(name, name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Gzip(content) : content);

    /// <summary>Writes a file as it is.</summary>
    /// <returns>Its path.</returns>
    public string WriteRaw(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
