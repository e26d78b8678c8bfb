using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>
/// The images of a data set without their zero pixels: what <see cref="PixelBlocks"/> is filled from, and rows of floats, minibatch after minibatch.
/// </summary>
/// <remarks>
/// <para>
/// Layout: a record for each image, of whole words: the words of its mask (<see cref="NonZeroMask"/>), then its pixels that are not zero, one after another, in bytes. An
/// image of MNIST takes some 260 bytes then, and not 784.
/// </para>
/// <code>
/// Pack:   for each image, for each 64 of its pixels: store those that are not zero behind the last ones; go on by as many as they are
/// Unpack: for each word of the mask: put the next pixels where it has bits, zeros elsewhere; go on by as many as it has
/// Scale:  the same, and each pixel / 255
/// </code>
/// <list type="number">
/// <item>Training goes through all images again and again, and has to fetch them from memory, beside all else that moves between caches. With a third of the bytes an epoch on one thread took
/// 0.97 and 0.98 of the time on the two cores of a Zen 5 (111 rounds), in random order 0.96 to 0.99; on two threads 0.97 in one series (714 rounds) and as long as before in another (121).</item>
/// <item>As floats, with vectors of 512 bits that are done at once: 64 images that have just been read take 1.6 µs from all their pixels, and 2.9 from records; but others 4.9 and 3.3, as they come from memory (Zen 5). An epoch with dense inputs took 0.95 to 0.97 of the time on one thread.</item>
/// <item>One instruction takes the pixels of a mask out of 64, and one puts them back. Where there is none, images stay as they are.</item>
/// <item>A vector that is stored or loaded has more than the pixels of its word: the next store overwrites those, and a load ignores them. So there are 64 bytes behind the last record.</item>
/// <item>To pack the 60,000 images of MNIST took 56 ms there, on a system that needs 48 ms for as much new memory (16 MB).</item>
/// </list>
/// <para>Immutable; threads may share it. Unchecked but for assertions: internal.</para>
/// </remarks>
internal sealed class PackedImages
{
    private const int WordBytes = sizeof(ulong);
    private const int LinesOfWord = NonZeroMask.WordBits / RowLayout.LineFloats;
    private const int WordsBehind = NonZeroMask.WordBits / WordBytes;

    private readonly ulong[] _records;
    private readonly int[] _starts;
    private readonly int _words;

    /// <summary>Packs images, where that <see cref="IsSupported"/>.</summary>
    /// <param name="pixels">Image after image.</param>
    /// <param name="columns">Pixels of an image.</param>
    /// <param name="nonZeros">How many pixels of all are not zero.</param>
    public PackedImages(ReadOnlySpan<byte> pixels, int columns, long nonZeros)
    {
        Debug.Assert(IsSupported && pixels.Length % columns == 0);
        _words = NonZeroMask.Words(columns);
        _starts = new int[(pixels.Length / columns) + 1];
        _records = new ulong[MostWords(_starts.Length - 1, columns, nonZeros) + WordsBehind];
        for (int image = 0; image < _starts.Length - 1; image++)
        {
            _starts[image + 1] = _starts[image] + Pack(pixels.Slice(image * columns, columns), _words, _records.AsSpan(_starts[image]));
        }
    }

    /// <summary>Whether the processor has the two instructions.</summary>
    public static bool IsSupported => Avx512Vbmi2.IsSupported;

    /// <summary>Whether training takes images from here, if there are any: zeros skipped, or as floats with vectors of 512 bits that are done at once.</summary>
    public static bool Suits(bool sparse) => sparse || VectorWidth.IsWide;

    /// <summary>Whether the processor has them, and images take less memory than as they are.</summary>
    public static bool Pays(int pixels, int columns, long nonZeros) =>
        IsSupported && (MostWords(pixels / columns, columns, nonZeros) + WordsBehind) * WordBytes < pixels;

    /// <summary>What <see cref="Unpack"/> or <see cref="Scale"/> reads for an image.</summary>
    public ReadOnlySpan<byte> Record(int image) => MemoryMarshal.AsBytes(_records.AsSpan(_starts[image].._starts[image + 1]));

    /// <summary>An image's blocks of 64 pixels, the last one filled up with zeros, and the words of its mask.</summary>
    /// <param name="image">The image's number.</param>
    /// <param name="pixels">Where its first block is to be.</param>
    /// <param name="masks">Where its first word is to be.</param>
    /// <param name="stride">How many blocks, and words, it is from one of them to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Unpack(int image, ref byte pixels, ref ulong masks, nint stride)
    {
        ref ulong mask = ref _records[_starts[image]];
        ref byte source = ref Unsafe.As<ulong, byte>(ref Unsafe.Add(ref mask, _words));
        for (int i = 0; i < _words; i++)
        {
            ulong bits = Unsafe.Add(ref mask, i);
            masks = bits;
            Block(bits, ref source).StoreUnsafe(ref pixels);
            source = ref Unsafe.Add(ref source, BitOperations.PopCount(bits));
            pixels = ref Unsafe.Add(ref pixels, stride * NonZeroMask.WordBits);
            masks = ref Unsafe.Add(ref masks, stride);
        }
    }

    /// <summary>An image as floats, 0 to 1, as <see cref="PixelKernel"/> makes them.</summary>
    /// <param name="image">The image's number.</param>
    /// <param name="row">Whole cache lines, as many as it has pixels for, the last one filled up with zeros.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scale(int image, Span<float> row)
    {
        Debug.Assert(row.Length % RowLayout.LineFloats == 0 && (row.Length - 1) / NonZeroMask.WordBits == _words - 1);
        ref ulong mask = ref _records[_starts[image]];
        ref byte source = ref Unsafe.As<ulong, byte>(ref Unsafe.Add(ref mask, _words));
        ref float target = ref MemoryMarshal.GetReference(row);
        int lines = row.Length / RowLayout.LineFloats;
        for (int i = 0; i < _words; i++, lines -= LinesOfWord)
        {
            ulong bits = Unsafe.Add(ref mask, i);
            Vector512<byte> block = Block(bits, ref source);
            source = ref Unsafe.Add(ref source, BitOperations.PopCount(bits));
            StoreLine(block.GetLower().GetLower(), ref target, 0, lines);
            StoreLine(block.GetLower().GetUpper(), ref target, 1, lines);
            StoreLine(block.GetUpper().GetLower(), ref target, 2, lines);
            StoreLine(block.GetUpper().GetUpper(), ref target, 3, lines);
            target = ref Unsafe.Add(ref target, NonZeroMask.WordBits);
        }
    }

    /// <summary>The 64 pixels of a word of a mask, of which those that are not zero come next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Block(ulong bits, ref byte source) =>
        Avx512Vbmi2.Expand(Vector512<byte>.Zero, NonZeroMask.Bytes(bits), Vector512.LoadUnsafe(ref source));

    /// <summary>A cache line of floats of up to four that 64 pixels are, if there are so many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreLine(Vector128<byte> pixels, ref float target, int line, int lines)
    {
        if (line < lines)
        {
            PixelKernel.Scale(pixels).StoreUnsafe(ref target, (nuint)(line * RowLayout.LineFloats));
        }
    }

    /// <summary>Words of memory that are enough: a record's last word may be full in part only.</summary>
    private static long MostWords(int images, int columns, long nonZeros) => (images * (NonZeroMask.Words(columns) + 1L)) + (nonZeros / WordBytes);

    /// <summary>Makes an image's record; its length is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pack(ReadOnlySpan<byte> image, int words, Span<ulong> record)
    {
        NonZeroMask.Of(image, record[..words]);
        Span<byte> values = MemoryMarshal.AsBytes(record[words..]);
        int count = 0;
        for (int i = 0; i < words; i++)
        {
            ReadOnlySpan<byte> rest = image[(i * NonZeroMask.WordBits)..];
            Vector512<byte> block = rest.Length >= NonZeroMask.WordBits ? Vector512.Create(rest) : Part(rest);
            Avx512Vbmi2.Compress(Vector512<byte>.Zero, ~Vector512.Equals(block, Vector512<byte>.Zero), block).CopyTo(values[count..]);
            count += BitOperations.PopCount(record[i]);
        }
        return words + ((count + WordBytes - 1) / WordBytes);
    }

    /// <summary>Fewer than 64 pixels, then zeros.</summary>
    private static Vector512<byte> Part(ReadOnlySpan<byte> pixels)
    {
        Span<byte> block = stackalloc byte[NonZeroMask.WordBits];
        pixels.CopyTo(block);
        return Vector512.Create<byte>(block);
    }
}
