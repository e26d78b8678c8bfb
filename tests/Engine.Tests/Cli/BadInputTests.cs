using NUnit.Framework;

namespace Engine.Tests.Cli;

/// <summary>Whatever is wrong with the input: one line on standard error, exit code 2, nothing on standard output.</summary>
public sealed class BadInputTests
{
    [TestCase("bogus")]
    [TestCase("train --epochs x")]
    [TestCase("train --epochs -1")]
    [TestCase("train --batch-size 0")]
    [TestCase("train --layers 784")]
    [TestCase("train --layers 784,0,10")]
    [TestCase("train --layers 783,10")]
    [TestCase("train --layers 784,9")]
    [TestCase("train --activation softmax")]
    [TestCase("train --init zeros")]
    [TestCase("train --learning-rate 0")]
    [TestCase("train --learning-rate 0.1,0.2")]
    [TestCase("train --target 1.5")]
    [TestCase("train --threads 0")]
    [TestCase("train --seed -1")]
    [TestCase("train --plot curve.gif")]
    [TestCase("train --save /no/such/folder/model.safetensors")]
    [TestCase("train --data /no/such/folder")]
    [TestCase("train --from missing.safetensors")]
    [TestCase("train --from a.safetensors --layers 784,10")]
    [TestCase("evaluate")]
    [TestCase("evaluate missing.safetensors")]
    [TestCase("predict missing.safetensors")]
    [TestCase("predict missing.safetensors --index 0 --image a.png")]
    [TestCase("show --pixels")]
    [TestCase("show --index 60000")]
    [TestCase("show --out gallery.jpg")]
    [TestCase("info --data /no/such/folder")]
    public void Command_BadInput_SaysSoInOneLineAndExitsWith2(string commandLine)
    {
        EngineProcess.Result result = EngineProcess.Run(commandLine.Split(' '));
        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Error, Does.Match(@"\Aengine: [^\r\n]+\r?\n\z"));
    }

    [Test]
    public void Train_DamagedData_NamesTheFileAndWhatWasExpected()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        string labels = Path.Combine(data, "train-labels.idx1-ubyte");
        File.WriteAllBytes(labels, File.ReadAllBytes(labels)[..^1]);
        EngineProcess.Result result = EngineProcess.Run("train", "--data", data);
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error.TrimEnd(), Is.EqualTo($"engine: {labels}: expected 248 bytes, as its header says; found 247 bytes."));
    }

    [Test]
    public void Evaluate_SomethingElse_NamesTheFileAndWhatWasExpected()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.safetensors");
        File.WriteAllText(file, "This is no network.");
        EngineProcess.Result result = EngineProcess.Run("evaluate", file);
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error, Does.StartWith($"engine: {file}: expected a safetensors header within the file's 19 bytes; found"));
    }

    [Test]
    public void Engine_WithoutACommand_ShowsItsHelpAndExitsWith2()
    {
        EngineProcess.Result result = EngineProcess.Run();
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Output, Does.Contain("engine [command]").And.Contain("train"));
    }
}
