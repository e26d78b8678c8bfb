using System.Diagnostics;
using System.IO.Pipes;
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

    [Test]
    [Platform(Exclude = "Win", Reason = "Links, permissions and devices of Unix.")]
    public void Write_OverALink_ReplacesWhatItLeadsTo([Values] bool exists)
    {
        using var folder = new TemporaryFolder();
        if (exists)
        {
            File.WriteAllText(folder.File("target"), "old");
        }
        File.CreateSymbolicLink(folder.File("link"), "target");

        AtomicFile.Write(folder.File("link"), stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(folder.File("target")), Is.EqualTo("new"));
        Assert.That(new FileInfo(folder.File("link")).LinkTarget, Is.EqualTo("target"));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links, permissions and devices of Unix.")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Write_OverAFile_KeepsItsPermissions()
    {
        using var folder = new TemporaryFolder();
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite;
        File.WriteAllText(folder.File("a"), "old");
        File.SetUnixFileMode(folder.File("a"), Mode);

        AtomicFile.Write(folder.File("a"), stream => stream.Write("new"u8));

        Assert.That(File.GetUnixFileMode(folder.File("a")), Is.EqualTo(Mode));
        Assert.That(File.ReadAllText(folder.File("a")), Is.EqualTo("new"));
    }

    [Test]
    [Platform("Linux")]
    public void Write_ToADevice_WritesToItAndLeavesIt()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("null"), "/dev/null");
        File.CreateSymbolicLink(folder.File("full"), "/dev/full");

        AtomicFile.Write(folder.File("null"), stream => stream.Write("text"u8));
        Assert.That(() => AtomicFile.Write(folder.File("full"), stream => stream.Write("text"u8)), Throws.InstanceOf<IOException>());

        Assert.That(new FileInfo(folder.File("null")).LinkTarget, Is.EqualTo("/dev/null"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "null", "full" }));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links, permissions and devices of Unix.")]
    public void Write_OverAChainOfLinks_ReplacesWhatItLeadsToInTheEnd()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("target"), "old");
        File.CreateSymbolicLink(folder.File("middle"), "target");
        File.CreateSymbolicLink(folder.File("link"), "middle");

        AtomicFile.Write(folder.File("link"), stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(folder.File("target")), Is.EqualTo("new"));
        Assert.That(new FileInfo(folder.File("middle")).LinkTarget, Is.EqualTo("target"));
    }

    [Test]
    [Platform("Linux")]
    public void FinalTarget_OfAPipeThatHasNoName_IsTheLinkItself()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        string link = $"/proc/self/fd/{pipe.SafePipeHandle.DangerousGetHandle()}";
        Assert.That(AtomicFile.FinalTarget(link), Is.EqualTo(link));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links, permissions and devices of Unix.")]
    public void Write_ToAPipe_IsReadAtItsOtherEnd()
    {
        using var folder = new TemporaryFolder();
        string pipe = folder.File("pipe");
        using (Process make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }
        Task<string> reader = Task.Run(() => File.ReadAllText(pipe));

        AtomicFile.Write(pipe, stream => stream.Write("through"u8));

        Assert.That(reader.Wait(TimeSpan.FromSeconds(30)), "the reader saw the end");
        Assert.That(reader.Result, Is.EqualTo("through"));
    }

    [Test]
    public void Write_NameAsLongAsNamesMayBe_IsWritten()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(new string('a', 255));

        AtomicFile.Write(path, stream => stream.Write("text"u8));

        Assert.That(File.ReadAllText(path), Is.EqualTo("text"));
    }
}
