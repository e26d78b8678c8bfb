using Engine.Cli.Drawing;
using NUnit.Framework;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class AtomicFileTests
{
    [Test]
    public void Write_OverAFile_ReplacesItAndLeavesNothingElse()
    {
        using var pictures = new Pictures();
        File.WriteAllText(pictures.File("a"), "a longer text");

        AtomicFile.Write(pictures.File("a"), stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(pictures.File("a")), Is.EqualTo("new"));
        Assert.That(pictures.Names(), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Write_WhenItFailsHalfway_LeavesTheOldFile()
    {
        using var pictures = new Pictures();
        File.WriteAllText(pictures.File("a"), "old");

        Assert.That(
            () => AtomicFile.Write(pictures.File("a"), stream =>
            {
                stream.Write("half"u8);
                throw new InvalidOperationException("stop");
            }),
            Throws.InvalidOperationException.With.Message.EqualTo("stop"));

        Assert.That(File.ReadAllText(pictures.File("a")), Is.EqualTo("old"));
        Assert.That(pictures.Names(), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Write_IntoAMissingFolder_SaysSoAndMakesNone()
    {
        using var pictures = new Pictures();
        string path = Path.Combine(pictures.Folder, "missing", "a.png");

        Assert.That(
            () => AtomicFile.Write(path, _ => Assert.Fail("Nothing is to be written.")),
            Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("missing"));
        Assert.That(pictures.Names(), Is.Empty);
    }

    [Test]
    public void Write_OverAFolder_IsRefused()
    {
        using var pictures = new Pictures();

        Assert.That(() => AtomicFile.Write(pictures.Folder, _ => { }), Throws.TypeOf<UnauthorizedAccessException>().With.Message.Contains("found a folder"));
    }
}
