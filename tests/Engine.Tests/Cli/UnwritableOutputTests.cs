using Engine.Formats;
using NUnit.Framework;

namespace Engine.Tests.Cli;

/// <summary>Full disks, played by /dev/full: the work is done as far as it can be, one line says what could not be written, exit code 1.</summary>
[Platform("Linux")]
public sealed class UnwritableOutputTests
{
    private TemporaryFolder _folder = null!;
    private string _data = "";
    private string _full = "";

    [OneTimeSetUp]
    public void WriteData()
    {
        _folder = new TemporaryFolder();
        _data = TinyData.Write(_folder.File("data"));
        _full = _folder.File("full.png");
        File.CreateSymbolicLink(_full, "/dev/full");
        File.CreateSymbolicLink(_folder.File("full.svg"), "/dev/full");
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("--help")]
    [TestCase("--version")]
    [TestCase("info --json")]
    [TestCase("perceptron --epochs 2000")]
    public void Command_StandardOutputFull_SaysSoAndExitsWith1(string commandLine)
    {
        EngineProcess.Result result = EngineProcess.RunInShell(">/dev/full", commandLine.Split(' '));
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Match(@"\Aengine: standard output could not be written: [^\n]+\n\z"));
    }

    [Test]
    public void Engine_WithoutACommandAndStandardOutputFull_KeepsItsExitCode() => Assert.That(EngineProcess.RunInShell(">/dev/full").ExitCode, Is.EqualTo(2));

    [TestCase(">/dev/full")]
    [TestCase(">&-")]
    public void Train_StandardOutputFull_SavesTheNetwork(string redirection)
    {
        string model = _folder.File("model.safetensors");
        File.Delete(model);
        EngineProcess.Result result = EngineProcess.RunInShell(redirection, "train", "--data", _data, "--epochs", "2", "--save", model);
        Assert.That(result.ExitCode, Is.EqualTo(1), result.Error);
        Assert.That(Safetensors.Load(model).Inputs, Is.EqualTo(36));
    }

    [TestCase("2>/dev/full")]
    [TestCase("2>&-")]
    public void Command_StandardErrorFull_KeepsItsExitCode(string redirection) =>
        Assert.That(EngineProcess.RunInShell(redirection, "evaluate", "missing.safetensors").ExitCode, Is.EqualTo(2));

    [TestCase("show", "--out", "full.png")]
    [TestCase("train", "--plot", "full.png")]
    [TestCase("train", "--plot", "full.svg")]
    public void Picture_OnAFullDisk_SaysSoAndExitsWith1(string command, string option, string file)
    {
        EngineProcess.Result result = EngineProcess.Run(command, "--data", _data, option, _folder.File(file));
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.StartWith($"engine: {_folder.File(file)} could not be written: "));
    }

    [Test]
    public void Train_OneLogOnAFullDisk_CompletesTheOther()
    {
        string log = _folder.File("log.jsonl");
        EngineProcess.Result result = EngineProcess.Run("train", "--data", _data, "--epochs", "3", "--log", log, "--log-steps", _full);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.StartWith($"engine: {_full} could not be written: "));
        Assert.That(result.Output, Does.Contain($"Wrote {log}.").And.Not.Contain($"Wrote {_full}"));
        Assert.That(File.ReadAllLines(log), Has.Length.EqualTo(3));
    }

    [Test]
    public void Train_NeitherSavedNorRescued_SaysWhyOfBoth()
    {
        EngineProcess.Result result = EngineProcess.Run(
            new Dictionary<string, string> { ["TMPDIR"] = "/no/such/folder" }, "train", "--data", _data, "--epochs", "1", "--save", _full);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Match($@"\Aengine: {_full} could not be written: [^\n]+ /no/such/folder/engine-\w+\.safetensors could not be written: [^\n]+\n\z"));
    }

    [Test]
    public void Train_NotSaved_StillDrawsThePlotAndTellsTheOutcome()
    {
        string plot = _folder.File("plot.svg");
        EngineProcess.Result result = EngineProcess.Run(
            new Dictionary<string, string> { ["TMPDIR"] = _folder.Path }, "train", "--data", _data, "--epochs", "1", "--save", _full, "--plot", plot);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("Done: 1 epoch").And.Contain($"Wrote {plot}."));
        Assert.That(result.Error, Does.Contain("The network was saved as "));
        Assert.That(plot, Does.Exist);
    }
}
