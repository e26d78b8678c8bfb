using Engine.Data;
using Engine.Formats;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Data;

/// <summary>Files that are damaged anywhere: they are refused, or give the very same data where the damage means nothing.</summary>
public class IdxDamageTests
{
    /// <summary>What reading a small file may allocate: the first chunk, 1 MB, and a file buffer or two.</summary>
    private const long AllocationBound = 2 << 20;

    private readonly byte[] _pixels = [.. new Random(3).Bytes(60), .. new byte[60]];
    private IdxFiles _files = null!;
    private string _labels = null!;

    [SetUp]
    public void CreateFolder()
    {
        _files = new IdxFiles();
        _labels = _files.Write("labels", IdxFiles.Labels(0, 1, 2));
    }

    [TearDown]
    public void DeleteFolder() => _files.Dispose();

    [Test]
    public void Read_AnyBitFlippedInAPlainHeader_IsRefused()
    {
        byte[] sound = IdxFiles.Images(5, 8, _pixels);
        foreach ((byte[] damaged, string where) in Flips(sound[..16]))
        {
            // A size that keeps the product, such as 1 x 40 for 5 x 8, cannot come from one flipped bit.
            Assert.That(ReadBounded("images", [.. damaged, .. sound[16..]]), Is.Null, where);
        }
    }

    [Test]
    public void Read_AnyBitFlippedInGzip_IsRefusedOrHarmless()
    {
        byte[] sound = IdxFiles.Gzip(IdxFiles.Images(5, 8, _pixels));
        int harmless = 0;
        foreach ((byte[] damaged, string where) in Flips(sound))
        {
            if (ReadBounded("images.gz", damaged) is { } data)
            {
                Assert.That((data.Rows, data.Columns, data.Count), Is.EqualTo((5, 8, 3)), where);
                Assert.That(data.Pixels.ToArray(), Is.EqualTo(_pixels), where);
                harmless++;
            }
        }

        // Only the time, the flags and the system in gzip's own header mean nothing here: 7 of its bytes.
        Assert.That(harmless, Is.LessThanOrEqualTo(7 * 8));
    }

    [Test]
    public void Read_GzipCutAnywhere_IsRefused()
    {
        byte[] sound = IdxFiles.Gzip(IdxFiles.Images(5, 8, _pixels));
        Assert.That(ReadBounded("images.gz", sound), Is.Not.Null);
        for (int length = 0; length < sound.Length; length++)
        {
            Assert.That(ReadBounded("images.gz", sound[..length]), Is.Null, $"{length} bytes of {sound.Length}");
        }
    }

    [Test]
    public void Read_GzipOfTwoMembers_IsRefused()
    {
        byte[] images = IdxFiles.Images(5, 8, _pixels);
        Assert.That(ReadBounded("members.gz", [.. IdxFiles.Gzip(images[..50]), .. IdxFiles.Gzip(images[50..])]), Is.Null);
    }

    [Test]
    public void Read_RandomBytes_AreRefused()
    {
        var random = new Random(4);
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = random.Bytes(random.Next(200));
            Assert.That(ReadBounded("images", bytes), Is.Null);
            Assert.That(ReadBounded("images.gz", bytes), Is.Null);
        }
    }

    [TestCase(0x7FFF_FFFFu, 1u, 1u)]
    [TestCase(0x7FFF_FF00u, 1u, 1u)]
    [TestCase(0x8000_0000u, 1u, 1u)]
    [TestCase(0xFFFF_FFFFu, 0xFFFF_FFFFu, 0xFFFF_FFFFu)]
    [TestCase(1u, 46_340u, 46_340u)]
    [TestCase(3u, 10_000u, 10_000u)]
    public void Read_HeaderThatPromisesGigabytes_IsRefusedAndAllocatesLittle(uint count, uint rows, uint columns)
    {
        byte[] images = IdxFiles.Content(IdxFiles.ImageMagic, [count, rows, columns], _pixels);
        Assert.That(ReadBounded("images", images), Is.Null);
        Assert.That(ReadBounded("images.gz", IdxFiles.Gzip(images)), Is.Null);
    }

    [TestCase("labels")]
    [TestCase("labels.gz")]
    public void Read_LabelHeaderThatPromisesGigabytes_IsRefusedAndAllocatesLittle(string name)
    {
        string images = _files.Write("images", IdxFiles.Images(5, 8, _pixels));
        string labels = _files.Write(name, IdxFiles.Content(IdxFiles.LabelMagic, [0x7FFF_FF00], [0, 1, 2]));
        Assert.That(ReadBounded(images, labels), Is.Null);
    }

    /// <summary>The file with each single bit flipped in turn.</summary>
    private static IEnumerable<(byte[] Damaged, string Where)> Flips(byte[] sound)
    {
        for (int bit = 0; bit < 8 * sound.Length; bit++)
        {
            byte[] damaged = [.. sound];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return (damaged, $"bit {bit % 8} of byte {bit / 8}");
        }
    }

    [Test]
    public void Read_HeaderThatPromisesWhatMayCome_TakesMemoryAsItComes()
    {
        byte[] content = IdxFiles.Content(IdxFiles.ImageMagic, [200_000_000, 1, 1], new byte[1_500_000]);
        string images = _files.WriteRaw("promises.gz", IdxFiles.Gzip(content));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => IdxReader.Read(images, _labels), Throws.InstanceOf<InvalidFileException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 * content.Length));
    }

    private ImageDataset? ReadBounded(string name, byte[] bytes) => ReadBounded(_files.WriteRaw(name, bytes), _labels);

    /// <summary>The data, or null if the file was refused. Any other exception, or too much memory, fails the test.</summary>
    private static ImageDataset? ReadBounded(string images, string labels)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        ImageDataset? data = null;
        try
        {
            data = IdxReader.Read(images, labels);
        }
        catch (InvalidFileException)
        {
        }
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationBound));
        return data;
    }
}
