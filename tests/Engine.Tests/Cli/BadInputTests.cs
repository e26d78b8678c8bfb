using Engine.Formats;
using Engine.Networks;
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
    [TestCase("predict")]
    [TestCase("predict missing.safetensors")]
    [TestCase("predict missing.safetensors --index 0 --image a.png")]
    [TestCase("show --pixels")]
    [TestCase("show --set test")]
    [TestCase("show --index 0 --set other")]
    [TestCase("show --index 60000")]
    [TestCase("show --out gallery.jpg")]
    [TestCase("info --data /no/such/folder")]
    [TestCase("help")]
    [TestCase("Train")]
    [TestCase("evaluate /")]
    [TestCase("train --from /")]
    [TestCase("predict / --index 0")]
    [TestCase("train --layers 784,2147483647,10")]
    [TestCase("train --layers 784,2000000000,2000000000,10")]
    [TestCase("train --layers 784,9000,10 --batch-size 1048576")]
    [TestCase("train --save same.png --plot ./same.png")]
    [TestCase("train --save same --log same")]
    [TestCase("train --log same --log-steps same")]
    public void Command_BadInput_SaysSoInOneLineAndExitsWith2(string commandLine)
    {
        EngineProcess.Result result = EngineProcess.Run(commandLine.Split(' '));
        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Error, Does.Match(@"\Aengine: [^\r\n]+\r?\n\z"));
        Assert.That(result.Error, Does.Not.Contain("(Parameter").And.Not.Contain("is denied").And.Not.Contain("Required command was not provided"));
    }

    [TestCase("MODEL", "evaluate", "")]
    [TestCase("--image", "predict", "a.safetensors", "--image", "")]
    [TestCase("--from", "train", "--from", "")]
    [TestCase("--save", "train", "--save", "")]
    [TestCase("--log", "train", "--log", "")]
    [TestCase("--data", "info", "--data", "")]
    public void Command_EmptyName_NamesTheOption(string option, params string[] arguments)
    {
        EngineProcess.Result result = EngineProcess.Run(arguments);
        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(result.Error, Does.Match($@"\Aengine: (Option )?{option}: expected a (file|folder); found """"\. Try --help\.\r?\n\z"));
    }

    [Test]
    public void Command_UnknownWord_IsNamed()
    {
        EngineProcess.Result result = EngineProcess.Run("nonsense");
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error.TrimEnd(), Is.EqualTo("engine: Expected a command: train, evaluate, predict, show, xor, perceptron, info; found \"nonsense\". Try --help."));
    }

    [Test]
    public void Command_FileForAFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("file");
        File.WriteAllText(file, "");
        EngineProcess.Result result = EngineProcess.Run("train", "--data", file);
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error, Does.EndWith($"found a file.{Environment.NewLine}"));
    }

    [Test]
    public void Train_NameLongerThanAny_IsRefusedBeforeTheTraining()
    {
        using var folder = new TemporaryFolder();
        EngineProcess.Result result = EngineProcess.Run("train", "--data", TinyData.Write(folder.File("data")), "--epochs", "1", "--save", folder.File(new string('a', 256)));
        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(result.Output, Is.Empty);
    }

    [Test]
    public void Train_LogOverTheNetworkThatItStartsFrom_IsRefusedAndTheNetworkStays()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.safetensors");
        Safetensors.Save(new Network(NetworkDescription.Parse("36 -> Dense 6")), model);
        byte[] before = File.ReadAllBytes(model);
        EngineProcess.Result result = EngineProcess.Run("train", "--data", TinyData.Write(folder.File("data")), "--epochs", "1", "--from", model, "--log", model);
        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(File.ReadAllBytes(model), Is.EqualTo(before));
    }

    [Test]
    public void Evaluate_MistakesOverTheNetwork_IsRefusedAndTheNetworkStays()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.png");
        Safetensors.Save(new Network(NetworkDescription.Parse("36 -> Dense 6")), model);
        EngineProcess.Result result = EngineProcess.Run("evaluate", model, "--data", TinyData.Write(folder.File("data")), "--mistakes", model);
        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(Safetensors.Load(model).Inputs, Is.EqualTo(36));
    }

    [TestCase(240, 0, "evaluate", "expected test images; found none.")]
    [TestCase(240, 0, "predict", "expected test images; found none.")]
    [TestCase(240, 0, "train", "Option --target: expected test images in ")]
    [TestCase(0, 60, "train", "expected training images; found none.")]
    [TestCase(0, 60, "show", "expected training images; found none.")]
    public void Command_NoImages_SaysWhichWereExpected(int training, int test, string command, string message)
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.safetensors");
        Safetensors.Save(new Network(NetworkDescription.Parse("36 -> Dense 6")), model);
        string data = TinyData.Write(folder.File("data"), training, test);
        string[] arguments = command switch
        {
            "evaluate" => [model],
            "predict" => [model, "--index", "0"],
            "train" => ["--epochs", "1", "--target", "0.5"],
            _ => [],
        };
        EngineProcess.Result result = EngineProcess.Run([command, .. arguments, "--data", data]);
        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(result.Error, Does.Contain(message));
    }

    [TestCase("train-labels.idx1-ubyte")]
    [TestCase("t10k-images-idx3-ubyte")]
    public void Info_DamagedGzip_NamesTheFile(string name)
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        File.Delete(Path.Combine(data, name));
        File.WriteAllText(Path.Combine(data, name + ".gz"), "This is plain text, nothing packed.");
        EngineProcess.Result result = EngineProcess.Run("info", "--data", data);
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error, Does.StartWith($"engine: {Path.Combine(data, name)}.gz: expected sound gzip data; found "));
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
