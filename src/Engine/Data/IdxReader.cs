using System.Buffers.Binary;
using System.IO.Compression;
using Engine.Formats;

namespace Engine.Data;

/// <summary>
/// Reads the IDX files of MNIST and its relatives, plain or gzipped.
/// </summary>
/// <remarks>
/// Format, all numbers big-endian: images are magic number 2051, count, rows, columns (four bytes each), then one byte a pixel;
/// labels are magic number 2049, count, then one byte a label. A header that promises more than a file of this length can
/// hold costs nothing: memory is then taken as the content arrives. Thread-safe: no state.
/// </remarks>
public static class IdxReader
{
    /// <summary>The most classes that labels of one byte can tell apart.</summary>
    public const int MaximumClasses = 256;

    private const int ImageMagic = 2051;
    private const int LabelMagic = 2049;
    private const int ChunkBytes = 1 << 20;

    /// <summary>The most that gzip shrinks anything: a match of 258 bytes takes two bits.</summary>
    private const int MaximumGzipRatio = 1032;

    /// <summary>Reads images and their labels.</summary>
    /// <param name="imageFile">The images; gzipped if the name ends in <c>.gz</c>.</param>
    /// <param name="labelFile">The labels; gzipped if the name ends in <c>.gz</c>.</param>
    /// <param name="classes">Labels must be below this, from 1 to 256.</param>
    /// <exception cref="InvalidFileException">A file is damaged, cut short, or of another kind, a label is too large, or the two do not belong together.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static ImageDataset Read(string imageFile, string labelFile, int classes = MaximumClasses)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageFile);
        ArgumentException.ThrowIfNullOrEmpty(labelFile);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, MaximumClasses);
        byte[] labels = ReadFile(labelFile, LabelMagic, "labels", dimensions: 1, out _);
        CheckLabels(labels, labelFile, classes);
        byte[] pixels = ReadFile(imageFile, ImageMagic, "images", dimensions: 3, out int[] sizes);
        if (sizes[0] != labels.Length)
        {
            throw new InvalidFileException(imageFile, $"as many images as the {labels.Length} labels of {labelFile}", $"{sizes[0]} images");
        }
        return new ImageDataset(pixels, labels, sizes[1], sizes[2]);
    }

    /// <summary>Requires labels below <paramref name="classes"/>.</summary>
    internal static void CheckLabels(ReadOnlySpan<byte> labels, string labelFile, int classes)
    {
        int wrong = classes < MaximumClasses ? labels.IndexOfAnyExceptInRange((byte)0, (byte)(classes - 1)) : -1;
        if (wrong >= 0)
        {
            throw new InvalidFileException(labelFile, $"labels from 0 to {classes - 1}", $"label {labels[wrong]} at sample {wrong}");
        }
    }

    private static byte[] ReadFile(string file, int magic, string content, int dimensions, out int[] sizes)
    {
        bool gzipped = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
        if (!stream.CanSeek)
        {
            throw new InvalidFileException(file, $"a file of {content}", "something without a length, such as a pipe");
        }
        long length = stream.Length;
        try
        {
            uint? trailer = gzipped ? GzipTrailer(stream, file) : null;
            using Stream source = gzipped ? new GZipStream(stream, CompressionMode.Decompress) : stream;
            sizes = ReadHeader(source, file, magic, content, dimensions);
            long expected = sizes.Aggregate(1L, (product, size) => product * size);
            int headerBytes = 4 + (4 * dimensions);
            if (!gzipped && length != headerBytes + expected)
            {
                throw new InvalidFileException(file, $"{headerBytes + expected} bytes, as its header says", $"{length} bytes");
            }
            byte[] bytes = ReadContent(source, file, expected, length);
            if (source.ReadByte() >= 0)
            {
                throw new InvalidFileException(file, $"{headerBytes + expected} bytes, as its header says", "more bytes after them");
            }
            if (trailer is { } size && size != unchecked((uint)(headerBytes + expected)))
            {
                throw new InvalidFileException(file, $"a whole gzip file of one member, which ends with the number of its bytes, {headerBytes + expected}", $"{size} there: cut short, or of several members");
            }
            return bytes;
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidFileException(file, "sound gzip data", "damaged data", exception);
        }
    }

    /// <summary>The size that a gzip file ends with; without it the file was cut short.</summary>
    private static uint GzipTrailer(FileStream stream, string file)
    {
        const int SmallestGzip = 18;
        if (stream.Length < SmallestGzip)
        {
            throw new InvalidFileException(file, "a gzip file", $"{stream.Length} bytes");
        }
        Span<byte> bytes = stackalloc byte[4];
        stream.Seek(-4, SeekOrigin.End);
        stream.ReadExactly(bytes);
        stream.Seek(0, SeekOrigin.Begin);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private static int[] ReadHeader(Stream source, string file, int magic, string content, int dimensions)
    {
        Span<byte> header = stackalloc byte[4 + (4 * dimensions)];
        int read = source.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read < header.Length)
        {
            throw new InvalidFileException(file, $"an IDX header of {header.Length} bytes", $"{read} bytes");
        }
        int found = BinaryPrimitives.ReadInt32BigEndian(header);
        if (found != magic)
        {
            throw new InvalidFileException(file, $"magic number {magic} (IDX {content})", $"{found}");
        }
        int[] sizes = new int[dimensions];
        for (int i = 0; i < dimensions; i++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * i))..]);
            if (size > (uint)Array.MaxLength || (i > 0 && size == 0))
            {
                throw new InvalidFileException(file, $"a size of {content} from {(i > 0 ? 1 : 0)} to {Array.MaxLength}", $"{size}");
            }
            sizes[i] = (int)size;
        }

        // One sample must fit an array even if there is none.
        if (sizes.Aggregate(1.0, (product, size) => product * Math.Max(size, 1)) > Array.MaxLength)
        {
            throw new InvalidFileException(file, $"at most {Array.MaxLength} bytes of {content}", $"a header of {string.Join(" x ", sizes)}");
        }
        return sizes;
    }

    /// <summary>
    /// Reads the bytes after the header. The array has their number at once if a file of this length can hold as many; else it
    /// grows as they arrive.
    /// </summary>
    private static byte[] ReadContent(Stream source, string file, long expected, long fileLength)
    {
        bool plausible = expected <= fileLength * MaximumGzipRatio;
        byte[] bytes = new byte[plausible ? expected : Math.Min(expected, ChunkBytes)];
        int filled = 0;
        while (filled < expected)
        {
            if (filled == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(expected, 2L * bytes.Length));
            }
            int read = source.Read(bytes, filled, bytes.Length - filled);
            if (read == 0)
            {
                throw new InvalidFileException(file, $"{expected} bytes after the header, as it says", $"{filled} bytes");
            }
            filled += read;
        }
        return bytes;
    }
}
