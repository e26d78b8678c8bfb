using Engine.Cli;
using Engine.Cli.Commands;
using Engine.Cli.Training;
using Engine.Formats;
using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Cli;

/// <summary>What a command writes does not get into the way of what is there, nor of what another one writes.</summary>
public sealed class OutputTests
{
    private TemporaryFolder _folder = null!;
    private string _data = "";

    [SetUp]
    public void WriteData()
    {
        _folder = new TemporaryFolder();
        _data = TinyData.Write(_folder.File("data"));
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Log_OfAnotherRun_IsRefusedAndKept()
    {
        string file = _folder.File("log.jsonl");
        using (var first = new JsonLines(file))
        {
            first.Write(json => json.WriteNumber("epoch", 1));
            Assert.That(() => new JsonLines(file), Throws.InstanceOf<UsageException>().With.Message.StartsWith($"{file}: expected the name of a file that can be written"));
            first.Write(json => json.WriteNumber("epoch", 2));
        }
        Assert.That(File.ReadAllLines(file), Is.EqualTo(new[] { """{"epoch":1}""", """{"epoch":2}""" }));
    }

    [Test]
    [Platform("Linux")]
    public void Log_OnADevice_IsEverybodys()
    {
        using var first = new JsonLines("/dev/null");
        Assert.That(() => new JsonLines("/dev/null").Dispose(), Throws.Nothing);
    }

    [Test]
    [Platform("Linux")]
    public void Log_IntoAPipe_IsWritten()
    {
        EngineProcess.Result result = EngineProcess.RunInShell("| cat", "train", "--data", _data, "--epochs", "2", "--quiet", "--log", "/dev/stdout");
        Assert.That(result.Error, Is.Empty);
        Assert.That(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..11]), Is.EqualTo(new[] { """{"epoch":1,""", """{"epoch":2,""" }));
    }

    [TestCase("--save")]
    [TestCase("--log")]
    public void Train_OutputOverItsData_IsRefused(string option)
    {
        string file = Path.Combine(_data, "t10k-labels.idx1-ubyte");
        byte[] before = File.ReadAllBytes(file);
        EngineProcess.Result result = EngineProcess.Run("train", "--data", _data, "--epochs", "1", option, file);
        Assert.That((result.ExitCode, result.Output), Is.EqualTo((2, "")), result.Error);
        Assert.That(result.Error, Does.Contain($"--data and {option}: expected files of their own; found {file} for both."));
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(before));
    }

    /// <summary>There is no such file yet; but as soon as there is, it is the data.</summary>
    [TestCase("t10k-labels-idx1-ubyte")]
    [TestCase("train-images.idx3-ubyte.gz")]
    public void Train_OutputWithTheNameOfData_IsRefused(string name)
    {
        string file = Path.Combine(_data, name);
        Assert.That(
            () => EngineCommand.Run(TrainCommand.Create(), "--data", _data, "--plot", _folder.File("plot.png"), "--log-steps", file),
            Throws.TypeOf<UsageException>().With.Message.EqualTo($"--data and --log-steps: expected files of their own; found {file} for both."));
        Assert.That(File.Exists(file), Is.False);
    }

    /// <summary>A log of a training that came to nothing is worth less than that of one before.</summary>
    [Test]
    public void Train_NothingToLog_LeavesAnOlderLog()
    {
        string log = _folder.File("log.jsonl");
        File.WriteAllText(log, "older and longer than a line\n");
        (int exitCode, string output) = EngineCommand.Run(TrainCommand.Create(), "--data", _data, "--epochs", "0", "--log", log);
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Contain($"There is no epoch to log, so {log} was not written.").And.Not.Contain("Wrote"));
        Assert.That(File.ReadAllText(log), Is.EqualTo("older and longer than a line\n"));
        using (var lines = new JsonLines(log))
        {
            lines.Write(json => json.WriteNumber("a", 1));
        }
        Assert.That(File.ReadAllText(log), Is.EqualTo("{\"a\":1}\n"));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links of Unix.")]
    public void Train_OnItsTestData_IsNoOutputOverData()
    {
        foreach (string part in new[] { "images-idx3-ubyte", "labels.idx1-ubyte" })
        {
            File.Delete(Path.Combine(_data, $"t10k-{part}"));
            File.CreateSymbolicLink(Path.Combine(_data, $"t10k-{part}"), $"train-{part}");
        }
        EngineProcess.Result result = EngineProcess.Run("train", "--data", _data, "--epochs", "1", "--quiet", "--save", _folder.File("model.safetensors"));
        Assert.That(result, Is.EqualTo(new EngineProcess.Result(0, "", "")));
    }

    [Test]
    public void Train_DivergedAtOnce_LeavesAnOlderNetwork()
    {
        string model = _folder.File("model.safetensors");
        File.WriteAllText(model, "older");
        EngineProcess.Result result = EngineProcess.Run("train", "--data", _data, "--epochs", "2", "--batch-size", "16", "--learning-rate", "1e20", "--save", model);
        Assert.That(result.ExitCode, Is.EqualTo(1), result.Error);
        Assert.That(result.Output, Does.Contain($"There are no new weights, so {model} was not written."));
        Assert.That(File.ReadAllText(model), Is.EqualTo("older"));
    }

    [Test]
    public void Evaluate_OutputsThatAreNoNumbers_HaveNoAccuracy([Values] bool json)
    {
        string model = _folder.File("model.safetensors");
        var network = new Network(NetworkDescription.Parse("36 -> Dense 6"));
        network.DenseLayers[0].SetParameters([.. Enumerable.Repeat(float.MaxValue, 216)], new float[6]);
        Safetensors.Save(network, model);
        EngineProcess.Result result = EngineProcess.Run(["evaluate", model, "--data", _data, .. json ? new[] { "--json" } : []]);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, json ? Does.Contain("\"loss\": null") : Is.Empty);
        Assert.That(result.Error, Does.StartWith($"engine: {model}: expected outputs that are finite numbers for all 60 images; found others for 60."));
    }

    [TestCase("model.safetensors", "model.safetensors")]
    [TestCase("my model;x", "'my model;x'")]
    [TestCase("it's", "'it'\\''s'")]
    [TestCase("-model", "./-model")]
    [Platform(Exclude = "Win", Reason = "How a shell of Unix quotes.")]
    public void Quoted_NameOfAFile_IsOneWord(string name, string expected) => Assert.That(TrainingText.Quoted(name), Is.EqualTo(expected));

    [TestCase("--train", "3")]
    [TestCase("--test", "3")]
    [TestCase("--seed", "3")]
    public void Show_OneImageAndARandomChoice_IsRefused(string option, string value)
    {
        EngineProcess.Result result = EngineProcess.Run("show", "--data", _data, "--index", "1", option, value);
        Assert.That((result.ExitCode, result.Output), Is.EqualTo((2, "")));
        Assert.That(result.Error, Does.Contain($"Option {option} goes with a random choice"));
    }
}
