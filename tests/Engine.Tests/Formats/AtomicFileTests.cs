using Engine.Formats;
using NUnit.Framework;

namespace Engine.Tests.Formats;

public sealed class AtomicFileTests
{
    [Test]
    public void Write_OverAFile_ReplacesItAndLeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "a longer text");

        AtomicFile.Write(folder.File("a"), stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(folder.File("a")), Is.EqualTo("new"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Write_WhenItFailsHalfway_LeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "old");

        Assert.That(
            () => AtomicFile.Write(folder.File("a"), stream =>
            {
                stream.Write("half"u8);
                throw new InvalidOperationException("stop");
            }),
            Throws.InvalidOperationException.With.Message.EqualTo("stop"));

        Assert.That(File.ReadAllText(folder.File("a")), Is.EqualTo("old"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Write_IntoAMissingFolder_SaysSoAndMakesNone()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "missing", "a.png");

        Assert.That(
            () => AtomicFile.Write(path, _ => Assert.Fail("Nothing is to be written.")),
            Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("missing"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.Empty);
    }

    [Test]
    public void Write_OverAFolder_IsRefused()
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => AtomicFile.Write(folder.Path, _ => { }), Throws.TypeOf<IOException>().With.Message.Contains("found a folder"));
    }
}
