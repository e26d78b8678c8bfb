using Engine.Data;
using Engine.Formats;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Data;

public class IdxReaderTests
{
    private static readonly byte[] TwoImages = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255];
    private IdxFiles _files = null!;

    [SetUp]
    public void CreateFolder() => _files = new IdxFiles();

    [TearDown]
    public void DeleteFolder() => _files.Dispose();

    [TestCase("images", "labels")]
    [TestCase("images.gz", "labels.GZ")]
    [TestCase("images.gz", "labels")]
    public void Read_PlainOrGzipped_GivesTheBytes(string images, string labels)
    {
        ImageDataset data = IdxReader.Read(
            _files.Write(images, IdxFiles.Images(2, 3, TwoImages)), _files.Write(labels, IdxFiles.Labels(4, 0)));

        Assert.That((data.Count, data.Rows, data.Columns, data.Inputs, data.Classes), Is.EqualTo((2, 2, 3, 6, 5)));
        Assert.That(data.Pixels.ToArray(), Is.EqualTo(TwoImages));
        Assert.That(data.Image(1).ToArray(), Is.EqualTo(TwoImages[6..]));
        Assert.That(data.Labels.ToArray(), Is.EqualTo(new byte[] { 4, 0 }));
    }

    [TestCase(0)]
    [TestCase(257)]
    public void Read_ImpossibleClasses_AreRefused(int classes) =>
        Assert.That(() => IdxReader.Read("images", "labels", classes), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Read_All256Labels_GivesAClassForEach()
    {
        byte[] labels = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        ImageDataset data = Read(IdxFiles.Images(1, 1, labels), IdxFiles.Labels(labels));
        Assert.That(data.Classes, Is.EqualTo(256));
        Assert.That(data.Labels.ToArray(), Is.EqualTo(labels));
    }

    [TestCase("images", "labels")]
    [TestCase("images.gz", "labels.gz")]
    public void Read_NoSamples_GivesEmptyData(string images, string labels)
    {
        byte[] content = IdxFiles.Content(IdxFiles.ImageMagic, [0, 28, 28], []);
        ImageDataset data = IdxReader.Read(_files.Write(images, content), _files.Write(labels, IdxFiles.Labels()));
        Assert.That((data.Count, data.Inputs, data.Classes), Is.EqualTo((0, 784, 1)));
    }

    [Test]
    public void Read_MoreThanAChunkOfBytes_GivesThemAll()
    {
        byte[] pixels = new Random(1).Bytes(5 * 700 * 701);
        string images = _files.Write("images.gz", IdxFiles.Images(700, 701, pixels));
        string labels = _files.Write("labels", IdxFiles.Labels(0, 1, 2, 3, 4));
        Assert.That(IdxReader.Read(images, labels).Pixels.SequenceEqual(pixels));
    }

    [TestCase(5, true)]
    [TestCase(4, false)]
    [TestCase(1, false)]
    public void Read_WithANumberOfClasses_RefusesLargerLabels(int classes, bool accepted)
    {
        string images = _files.Write("images", IdxFiles.Images(2, 3, TwoImages));
        string labels = _files.Write("labels", IdxFiles.Labels(0, 4));
        if (accepted)
        {
            Assert.That(IdxReader.Read(images, labels, classes).Classes, Is.EqualTo(5));
            return;
        }
        Assert.That(
            () => IdxReader.Read(images, labels, classes),
            Throws.InstanceOf<InvalidFileException>().With.Message.EqualTo($"{labels}: expected labels from 0 to {classes - 1}; found label 4 at sample 1."));
    }

    [Test]
    public void Read_BadArguments_AreRefused()
    {
        Assert.That(() => IdxReader.Read("", "labels"), Throws.ArgumentException);
        Assert.That(() => IdxReader.Read("images", ""), Throws.ArgumentException);
        Assert.That(() => IdxReader.Read("images", "labels", 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => IdxReader.Read(Path.Combine(_files.Folder, "none"), Path.Combine(_files.Folder, "none")), Throws.InstanceOf<FileNotFoundException>());
    }

    [Test]
    public void Read_WrongMagicNumber_SaysWhichWasExpected()
    {
        byte[] images = IdxFiles.Images(2, 3, TwoImages);
        byte[] labels = IdxFiles.Labels(0, 1, 2, 3, 4, 5, 6, 7);
        AssertInvalid(labels, labels, "images", "magic number 2051 (IDX images)", "2049");
        AssertInvalid(images, images, "labels", "magic number 2049 (IDX labels)", "2051");
        AssertInvalid(IdxFiles.Content(2050, [2, 2, 3], TwoImages), labels, "images", "magic number 2051 (IDX images)", "2050");
    }

    [Test]
    public void Read_FileCutShort_IsRefused()
    {
        byte[] images = IdxFiles.Images(2, 3, TwoImages);
        byte[] labels = IdxFiles.Labels(0, 1);
        for (int length = 0; length < images.Length; length++)
        {
            (string expected, string found) = length < 16 ? ("an IDX header of 16 bytes", $"{length} bytes") : ("28 bytes, as its header says", $"{length} bytes");
            AssertInvalid(images[..length], labels, "images", expected, found);
        }
        for (int length = 0; length < labels.Length; length++)
        {
            (string expected, string found) = length < 8 ? ("an IDX header of 8 bytes", $"{length} bytes") : ("10 bytes, as its header says", $"{length} bytes");
            AssertInvalid(images, labels[..length], "labels", expected, found);
        }
    }

    [Test]
    public void Read_ContentCutShortInsideSoundGzip_IsRefused()
    {
        byte[] images = IdxFiles.Images(2, 3, TwoImages);
        byte[] labels = IdxFiles.Labels(0, 1);
        for (int length = 1; length < images.Length; length++)
        {
            (string expected, string found) = length < 16
                ? ("an IDX header of 16 bytes", $"{length} bytes") : ("12 bytes after the header, as it says", $"{length - 16} bytes");
            AssertInvalid(images[..length], labels, "images.gz", expected, found);
        }
    }

    [Test]
    public void Read_TrailingBytes_AreRefused()
    {
        byte[] images = [.. IdxFiles.Images(2, 3, TwoImages), 0];
        byte[] labels = IdxFiles.Labels(0, 1);
        AssertInvalid(images, labels, "images", "28 bytes, as its header says", "29 bytes");
        AssertInvalid(images, labels, "images.gz", "28 bytes, as its header says", "more bytes after them");

        string file = _files.WriteRaw("behind.gz", [.. IdxFiles.Gzip(images[..^1]), 1, 2, 3, 4]);
        string labelFile = _files.Write("labels", labels);
        Assert.That(() => IdxReader.Read(file, labelFile), Throws.InstanceOf<InvalidFileException>());
    }

    [Test]
    public void Read_MoreOrFewerImagesThanLabels_IsRefused()
    {
        byte[] images = IdxFiles.Images(2, 3, TwoImages);
        string labels = Path.Combine(_files.Folder, "labels");
        AssertInvalid(images, IdxFiles.Labels(0, 1, 2), "images", $"as many images as the 3 labels of {labels}", "2 images");
        AssertInvalid(images, IdxFiles.Labels(0), "images", $"as many images as the 1 labels of {labels}", "2 images");
    }

    [TestCase(0u, 28u)]
    [TestCase(28u, 0u)]
    [TestCase(0x8000_0000u, 1u)]
    [TestCase(1u, 0xFFFF_FFFFu)]
    [TestCase(65_536u, 65_536u)]
    public void Read_ImpossibleImageSize_IsRefused(uint rows, uint columns)
    {
        foreach (uint count in new uint[] { 0, 2 })
        {
            byte[] images = IdxFiles.Content(IdxFiles.ImageMagic, [count, rows, columns], []);
            string file = _files.Write("images", images);
            string labels = _files.Write("labels", IdxFiles.Labels(new byte[count]));
            Assert.That(() => IdxReader.Read(file, labels), Throws.InstanceOf<InvalidFileException>(), $"{count} images");
        }
    }

    /// <summary>Requires that reading the two contents from files fails over the one named <paramref name="wrong"/>: images or labels, perhaps gzipped.</summary>
    private void AssertInvalid(byte[] images, byte[] labels, string wrong, string expected, string found)
    {
        string imageFile = _files.Write(wrong.StartsWith("images", StringComparison.Ordinal) ? wrong : "images", images);
        string labelFile = _files.Write(wrong.StartsWith("labels", StringComparison.Ordinal) ? wrong : "labels", labels);
        var exception = Assert.Throws<InvalidFileException>(() => IdxReader.Read(imageFile, labelFile));
        Assert.That(exception!.FileName, Is.EqualTo(Path.Combine(_files.Folder, wrong)));
        Assert.That(exception.Expected, Is.EqualTo(expected));
        Assert.That(exception.Found, Is.EqualTo(found));
    }

    private ImageDataset Read(byte[] images, byte[] labels) => IdxReader.Read(_files.Write("images", images), _files.Write("labels", labels));
}
