using System.Diagnostics;
using Engine.Data;
using Engine.Formats;
using NUnit.Framework;

namespace Engine.Tests.Data;

public class MnistFolderTests
{
    private IdxFiles _files = null!;

    [SetUp]
    public void CreateFolder() => _files = new IdxFiles();

    [TearDown]
    public void DeleteFolder() => _files.Dispose();

    [TestCase("-", "")]
    [TestCase(".", "")]
    [TestCase("-", ".gz")]
    [TestCase(".", ".gz")]
    public void Read_EveryNaming_FindsTheFourFiles(string separator, string ending)
    {
        WriteAll(separator, ending);
        Assert.That(
            MnistFolder.Find(_files.Folder).Select(Path.GetFileName),
            Is.EqualTo(new[]
            {
                $"train-images{separator}idx3-ubyte{ending}", $"train-labels{separator}idx1-ubyte{ending}",
                $"t10k-images{separator}idx3-ubyte{ending}", $"t10k-labels{separator}idx1-ubyte{ending}",
            }));
        ImageDataset training = MnistFolder.ReadTraining(_files.Folder);
        ImageDataset test = MnistFolder.ReadTest(_files.Folder);
        Assert.That((training.Count, training.Rows, training.Columns, training.Classes), Is.EqualTo((3, 1, 2, 3)));
        Assert.That((test.Count, test.Rows, test.Columns, test.Classes), Is.EqualTo((1, 1, 2, 6)));
    }

    [Test]
    public void Find_PlainAndGzipped_PrefersPlain()
    {
        WriteAll("-", "");
        WriteAll("-", ".gz");
        Assert.That(MnistFolder.Find(_files.Folder), Has.All.Not.EndsWith(".gz"));
    }

    [Test]
    public void Find_NoFolder_SaysSo()
    {
        string missing = Path.Combine(_files.Folder, "missing");
        Assert.That(() => MnistFolder.Find(missing), Throws.InstanceOf<DirectoryNotFoundException>().With.Message.StartsWith($"{missing}: expected a folder"));
        Assert.That(() => MnistFolder.Find(""), Throws.ArgumentException);
    }

    [TestCase("train-images", "idx3-ubyte")]
    [TestCase("train-labels", "idx1-ubyte")]
    [TestCase("t10k-images", "idx3-ubyte")]
    [TestCase("t10k-labels", "idx1-ubyte")]
    public void Find_OneFileMissing_NamesItInEveryForm(string part, string kind)
    {
        WriteAll("-", "");
        File.Delete(Path.Combine(_files.Folder, $"{part}-{kind}"));
        string expected = $"{_files.Folder}: expected {part}-{kind} or {part}.{kind} or {part}-{kind}.gz or {part}.{kind}.gz; found none of them.";
        Assert.That(() => MnistFolder.Find(_files.Folder), Throws.InstanceOf<FileNotFoundException>().With.Message.EqualTo(expected));
        Assert.That(() => MnistFolder.ReadTraining(_files.Folder), Throws.InstanceOf<FileNotFoundException>());
        Assert.That(() => MnistFolder.ReadTest(_files.Folder), Throws.InstanceOf<FileNotFoundException>());
    }

    [Test]
    public void ReadTest_LabelBeyondTheClasses_IsRefused()
    {
        WriteAll("-", "");
        Assert.That(MnistFolder.ReadTest(_files.Folder, 6).Count, Is.EqualTo(1));
        Assert.That(() => MnistFolder.ReadTest(_files.Folder, 5), Throws.InstanceOf<InvalidFileException>());
    }

    [Test]
    public void Read_AWholeFolder_GivesWhatReadingItsHalvesGives()
    {
        WriteAll("-", ".gz");
        _files.Write("t10k-labels-idx1-ubyte.gz", IdxFiles.Labels(2));
        (ImageDataset training, ImageDataset test) = MnistFolder.Read(_files.Folder);
        AssertSame(training, MnistFolder.ReadTraining(_files.Folder));
        AssertSame(test, MnistFolder.ReadTest(_files.Folder));

        static void AssertSame(ImageDataset actual, ImageDataset expected)
        {
            Assert.That(actual.Pixels.ToArray(), Is.EqualTo(expected.Pixels.ToArray()));
            Assert.That(actual.Labels.ToArray(), Is.EqualTo(expected.Labels.ToArray()));
            Assert.That((actual.Rows, actual.Columns), Is.EqualTo((expected.Rows, expected.Columns)));
        }
    }

    [Test]
    public void Read_TestLabelBeyondTheTrainingClasses_IsRefused()
    {
        WriteAll("-", "");
        Assert.That(
            () => MnistFolder.Read(_files.Folder),
            Throws.InstanceOf<InvalidFileException>().With.Message.Contains("t10k-labels").And.Message.Contains("labels from 0 to 2").And.Message.Contains("label 5"));
    }

    [Test]
    public void Read_TestImagesOfAnotherSize_AreRefused()
    {
        WriteAll("-", "");
        _files.Write("t10k-labels-idx1-ubyte", IdxFiles.Labels(2));
        Assert.That(() => MnistFolder.Read(_files.Folder), Throws.Nothing);
        ImageDataset test = MnistFolder.ReadTest(_files.Folder);
        _files.Write("t10k-images-idx3-ubyte", IdxFiles.Images(test.Rows + 1, test.Columns, new byte[test.Count * (test.Rows + 1) * test.Columns]));
        Assert.That(
            () => MnistFolder.Read(_files.Folder),
            Throws.InstanceOf<InvalidFileException>().With.Message.Contains("t10k-images").And.Message.EndsWith($"found {test.Rows + 1} x {test.Columns}."));
    }

    [TestCase("train-images-idx3-ubyte")]
    [TestCase("t10k-images-idx3-ubyte")]
    public void Read_ADamagedFileInEitherHalf_IsRefusedByName(string file)
    {
        WriteAll("-", "");
        File.WriteAllBytes(Path.Combine(_files.Folder, file), [1, 2, 3]);
        Assert.That(() => MnistFolder.Read(_files.Folder), Throws.InstanceOf<InvalidFileException>().With.Message.Contains(file));
    }

    [Test]
    public void Read_AgainAndAgain_LeavesNoThreads()
    {
        const int Rounds = 20;
        WriteAll("-", "");
        _files.Write("t10k-labels-idx1-ubyte", IdxFiles.Labels(2));
        MnistFolder.Read(_files.Folder);
        int before = Process.GetCurrentProcess().Threads.Count;
        for (int i = 0; i < Rounds; i++)
        {
            MnistFolder.Read(_files.Folder);
        }
        Assert.That(Process.GetCurrentProcess().Threads.Count, Is.LessThan(before + (Rounds / 2)));
    }

    private void WriteAll(string separator, string ending)
    {
        _files.Write($"train-images{separator}idx3-ubyte{ending}", IdxFiles.Images(1, 2, [1, 2, 3, 4, 5, 6]));
        _files.Write($"train-labels{separator}idx1-ubyte{ending}", IdxFiles.Labels(0, 1, 2));
        _files.Write($"t10k-images{separator}idx3-ubyte{ending}", IdxFiles.Images(1, 2, [7, 8]));
        _files.Write($"t10k-labels{separator}idx1-ubyte{ending}", IdxFiles.Labels(5));
    }
}
