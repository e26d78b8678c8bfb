using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class ResultStoreTests
{
    [Test]
    public void Save_ThenRead_GivesTheSameRun()
    {
        using var folder = new TemporaryFolder();
        RecordedRun run = RecordedRuns.Create(new Measurement("x", [0.001, 0.0012345], 12, 34, 0, [100, 101.5], 56)) with { SignalSeconds = [1.5e-7] };

        string path = ResultStore.Save(run, folder.Path);

        Assert.That(Path.GetRelativePath(folder.Path, path), Is.EqualTo(Path.Combine("a-fast-cpu-family-1-model-2-2-cores", "2026-01-02-030405-0123456.json")));
        RecordedRun read = ResultStore.Read(path);
        Assert.That(read.Machine.Settings, Is.EqualTo(run.Machine.Settings));
        Assert.That(read.Measurements[0].Seconds, Is.EqualTo(run.Measurements[0].Seconds).Within(1e-7));
        Assert.That(read.Measurements[0].AllocatedBytes, Is.Zero);
        Assert.That(read.Measurements[0].PeakRates, Is.EqualTo(new[] { 100, 101.5 }).Within(1e-3));
        Assert.That(read.Measurements[0].PeakMemory, Is.EqualTo(56));
        Assert.That(read.SignalSeconds, Is.EqualTo(new[] { 1.5e-7 }).Within(1e-11));
        Assert.That((read.Date, read.Commit, read.PeakMemory), Is.EqualTo((run.Date, run.Commit, run.PeakMemory)));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(1), "nothing else is left");
    }

    [Test]
    public void Save_ARunThatIsThere_OverwritesNothing()
    {
        using var folder = new TemporaryFolder();
        string path = ResultStore.Save(RecordedRuns.Create(), folder.Path);
        string before = File.ReadAllText(path);
        Assert.That(() => ResultStore.Save(RecordedRuns.Create() with { Commit = "0123456zzz" }, folder.Path), Throws.InstanceOf<IOException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(1));
    }

    [Test]
    public void Save_ARunWithLocalChanges_SaysSoInItsName()
    {
        using var folder = new TemporaryFolder();
        Assert.That(ResultStore.Save(RecordedRuns.Create() with { Dirty = true }, folder.Path), Does.EndWith("-0123456-dirty.json"));
    }

    [Test]
    public void Prepare_ANewFolder_MakesItAndLeavesNothingInIt()
    {
        using var folder = new TemporaryFolder();
        string results = folder.File("results");
        ResultStore.Prepare(results);
        Assert.That(Directory.GetFileSystemEntries(results), Is.Empty);
    }

    [TestCase("", "recorded run")]
    [TestCase("{}", "recorded run")]
    [TestCase("null", "recorded run")]
    [TestCase("[1, 2]", "recorded run")]
    public void Read_SomethingElse_SaysWhatWasExpected(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.json");
        File.WriteAllText(path, content);
        Assert.That(() => ResultStore.Read(path), Throws.InstanceOf<FormatException>().With.Message.Contains(path).And.Message.Contains(expected));
    }

    [Test]
    public void Read_AnotherSchema_SaysSo()
    {
        using var folder = new TemporaryFolder();
        string path = ResultStore.Save(RecordedRuns.Create() with { Schema = 99 }, folder.Path);
        Assert.That(() => ResultStore.Read(path), Throws.InstanceOf<FormatException>().With.Message.Contains("schema 1; found 99"));
    }

    [Test]
    public void Resolve_ACommit_GivesItsLatestRun()
    {
        using var root = new TemporaryFolder();
        RecordedRun run = RecordedRuns.Create();
        ResultStore.Save(run, ResultStore.Folder(root.Path));
        ResultStore.Save(run with { Date = run.Date.AddDays(1), Subject = "later" }, ResultStore.Folder(root.Path));

        Assert.That(ResultStore.Resolve("01234", root.Path).Subject, Is.EqualTo("later"));
        Assert.That(() => ResultStore.Resolve("012", root.Path), Throws.InstanceOf<FileNotFoundException>(), "too short");
        Assert.That(() => ResultStore.Resolve("ffff", root.Path), Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("ffff"));
    }

    /// <summary>Files of several machines are not in the order of their dates.</summary>
    [Test]
    public void Resolve_ACommitOfSeveralMachines_GivesItsLatestRun()
    {
        using var root = new TemporaryFolder();
        RecordedRun later = RecordedRuns.Create() with { Subject = "later" };
        ResultStore.Save(later, ResultStore.Folder(root.Path));
        ResultStore.Save(later with { Machine = later.Machine with { Processor = "Z" }, Date = later.Date.AddDays(-1), Subject = "earlier" }, ResultStore.Folder(root.Path));

        Assert.That(ResultStore.Resolve("01234", root.Path).Subject, Is.EqualTo("later"));
    }
}
