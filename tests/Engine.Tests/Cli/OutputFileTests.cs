using Engine.Cli;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class OutputFileTests
{
    [TestCase(null)]
    [TestCase("")]
    [TestCase("content")]
    public void Check_AFileThatCanBeWritten_LeavesTheFolderAsItIs(string? content)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("result");
        if (content is not null)
        {
            File.WriteAllText(file, content);
        }

        OutputFile.Check(file);

        Assert.That(Directory.GetFileSystemEntries(folder.Path), content is null ? Is.Empty : Is.EqualTo(new[] { file }));
        Assert.That(content is null ? null : File.ReadAllText(file), Is.EqualTo(content));
    }

    [Test]
    public void Check_NoFolderToWriteTo_SaysWhatThereIs()
    {
        using var folder = new TemporaryFolder();
        string none = folder.File("none");
        string file = folder.File("file");
        File.WriteAllText(file, "");
        Assert.That(
            () => OutputFile.Check(Path.Combine(none, "result")),
            Throws.TypeOf<UsageException>().With.Message.EndsWith($": expected an existing folder to write to; found no {none}."));
        Assert.That(
            () => OutputFile.Check(Path.Combine(file, "result")),
            Throws.TypeOf<UsageException>().With.Message.EndsWith($": expected an existing folder to write to; found a file {file}."));
    }

    [Test]
    public void Check_NameThatIsTooLong_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => OutputFile.Check(folder.File(new string('a', 256))), Throws.TypeOf<UsageException>().With.Message.Contains("expected the name of a file that can be written"));
    }

    /// <summary>What was tried to be written there is nobody's business.</summary>
    [Test]
    [Platform("Linux", Reason = "Nothing can be made in /proc.")]
    public void Check_FolderThatTakesNoFile_NamesNoFileOfItsOwn() =>
        Assert.That(() => OutputFile.Check("/proc/self/result"), Throws.TypeOf<UsageException>().With.Message.StartsWith("/proc/self/result: expected the name of a file that can be written; ").And.Message.Not.Contain(".tmp"));
}
