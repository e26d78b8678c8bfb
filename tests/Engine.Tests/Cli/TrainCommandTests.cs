using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using Engine.Cli;
using Engine.Cli.Commands;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Cli;

[NonParallelizable]
public sealed class TrainCommandTests
{
    private static readonly string[] EpochFields =
    [
        "epoch", "loss", "trainAccuracy", "testAccuracy", "testLoss", "trainSeconds", "evalSeconds", "samplesPerSecond", "gflops",
        "allocatedBytes", "threads", "vectorBits", "seed",
    ];

    [Test]
    public void Train_TheSeedsJob_ReachesItsAccuracyAndAllocatesNothing([Values(1, 2, 3, 4, 5)] int seed)
    {
        using var folder = new TemporaryFolder();
        EngineProcess.Result result = EngineProcess.Run("train", "--seed", $"{seed}", "--quiet", "--log", folder.File("log.jsonl"));

        Assert.That(result, Is.EqualTo(new EngineProcess.Result(0, "", "")));
        List<JsonElement> epochs = ReadLines(folder.File("log.jsonl"));
        Assert.That(epochs, Has.Count.EqualTo(32));
        Assert.That(Number(epochs[^1], "testAccuracy"), Is.GreaterThanOrEqualTo(0.973));
        Assert.That(epochs.Skip(1).Select(epoch => Number(epoch, "allocatedBytes")), Is.All.Zero);
        TestContext.Out.WriteLine($"seed {seed}: test accuracy {Number(epochs[^1], "testAccuracy")}");
    }

    [Test]
    public void Train_AnyThreadsAndAnyVectorWidth_SavesTheSameFile()
    {
        using var folder = new TemporaryFolder();
        var hashes = new Dictionary<string, string>();
        foreach ((string threads, string bits) in new[] { ("1", ""), ("2", ""), ("3", ""), ("8", ""), ("2", "128"), ("2", "256"), ("2", "512"), ("1", "256") })
        {
            string file = folder.File($"{threads}-{bits}.safetensors");
            var environment = new Dictionary<string, string>();
            if (bits.Length > 0)
            {
                environment["DOTNET_MaxVectorTBitWidth"] = bits;
                environment["DOTNET_PreferredVectorBitWidth"] = bits;
            }
            EngineProcess.Result result = EngineProcess.Run(environment, "train", "--epochs", "1", "--threads", threads, "--quiet", "--save", file);
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            hashes[$"{threads} threads, {bits} bits"] = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));
        }
        Assert.That(hashes.Values.Distinct().Count(), Is.EqualTo(1), string.Join("\n", hashes.Select(pair => $"{pair.Key}: {pair.Value}")));
    }

    [TestCase("DOTNET_MaxVectorTBitWidth", 128)]
    [TestCase("DOTNET_PreferredVectorBitWidth", 256)]
    public void Train_NarrowVectors_AreReallyUsed(string variable, int bits)
    {
        EngineProcess.Result result = EngineProcess.Run(new Dictionary<string, string> { [variable] = $"{bits}" }, "info");
        Assert.That(result.Output, Does.Match($@"vector\s+{Math.Min(bits, Vector<byte>.Count * 8)} bits\s"));
    }

    [Test]
    public void Train_WithLogs_WritesOneObjectALine()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        EngineProcess.Result result = EngineProcess.Run(
            "train", "--data", data, "--epochs", "3", "--batch-size", "50", "--learning-rate", "0.5", "--log", folder.File("epochs.jsonl"), "--log-steps", folder.File("steps.jsonl"));

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        List<JsonElement> epochs = ReadLines(folder.File("epochs.jsonl"));
        List<JsonElement> steps = ReadLines(folder.File("steps.jsonl"));
        Assert.That(epochs.Select(epoch => epoch.EnumerateObject().Select(member => member.Name)), Is.All.EqualTo(EpochFields));
        Assert.That(steps.Select(step => Number(step, "step")), Is.EqualTo(Enumerable.Range(0, 15).Select(i => (double)i)));
        Assert.That(steps.Take(5).Average(step => Number(step, "loss")), Is.EqualTo(Number(epochs[0], "loss")).Within(1e-14));
        Assert.That(Number(epochs[^1], "testAccuracy"), Is.EqualTo(1.0));
    }

    [Test]
    public void Train_FromASavedNetwork_GoesOnWhereItStopped()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        string[] common = ["train", "--data", data, "--quiet", "--learning-rate", "0.1"];
        EngineProcess.Run([.. common, "--epochs", "4", "--save", folder.File("four.safetensors")]);
        EngineProcess.Run([.. common, "--epochs", "1", "--save", folder.File("one.safetensors")]);
        EngineProcess.Result result = EngineProcess.Run([.. common, "--epochs", "3", "--from", folder.File("one.safetensors"), "--save", folder.File("one.safetensors")]);

        Assert.That(result, Is.EqualTo(new EngineProcess.Result(0, "", "")));
        Assert.That(File.ReadAllBytes(folder.File("one.safetensors")), Is.EqualTo(File.ReadAllBytes(folder.File("four.safetensors"))));
    }

    [Test]
    public void Train_OptionsOfTheNetwork_AreUsed()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        EngineProcess.Result result = EngineProcess.Run(
            "train", "--data", data, "--epochs", "0", "--layers", "36,9,7", "--activation", "tanh", "--init", "glorot-uniform", "--seed", "3", "--save", folder.File("model.safetensors"));

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Network saved = Safetensors.Load(folder.File("model.safetensors"));
        var expected = new Network(
            NetworkDescription.Parse("36 -> Dense 9 -> Tanh -> Dense 7"), new InitializationOptions { Scheme = Initialization.GlorotUniform, Seed = 3 });
        Assert.That(saved.Description, Is.EqualTo(expected.Description));
        Assert.That(saved.DenseLayers[0].Weights.ToArray(), Is.EqualTo(expected.DenseLayers[0].Weights.ToArray()));
    }

    [Test]
    public void Train_Shuffled_TakesTheOrderOfTheSeed()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        string model = folder.File("model.safetensors");
        var network = new Network(NetworkDescription.Parse("36 -> Dense 8 -> ReLU -> Dense 7"));
        Safetensors.Save(network, model);
        EngineCommand.Run(
            TrainCommand.Create(), "--data", data, "--from", model, "--save", model, "--shuffle", "--seed", "5", "--epochs", "2", "--batch-size", "16", "--learning-rate", "0.1", "--quiet");

        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = 16, LearningRates = [0.1f] });
        trainer.Train(MnistFolder.ReadTraining(data), new TrainingPlan { Epochs = 2, Shuffle = true, Seed = 5 });
        Assert.That(Parameters.Bits(Safetensors.Load(model)), Is.EqualTo(Parameters.Bits(network)));
    }

    [TestCase("36 -> Dense 6 -> Softmax", "", "MODEL: expected a network that ends in logits; found one that ends in Softmax.")]
    [TestCase("36 -> ReLU -> Dense 6", "--inputs sparse", "Option --inputs: sparse needs a network that starts with a dense layer; MODEL starts with ReLU.")]
    [TestCase("36 -> Dense 8 -> Dense 6", "--learning-rate 0.1,0.2,0.3", "Option --learning-rate: expected 1 or 2 learning rates; found 3.")]
    [TestCase("35 -> Dense 6", "", "MODEL: expected 36 inputs and at least 6 outputs for this data; found 35 and 6.")]
    public void Train_FromANetworkThatDoesNotFit_SaysWhy(string network, string options, string message)
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.safetensors");
        Safetensors.Save(new Network(NetworkDescription.Parse(network)), model);
        // A minibatch for which there is no rehearsal: it would go on in the background.
        string[] arguments = ["--data", TinyData.Write(folder.File("data")), "--from", model, "--batch-size", "10000", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        Assert.That(
            () => EngineCommand.Run(TrainCommand.Create(), arguments),
            Throws.TypeOf<UsageException>().With.Message.EqualTo(message.Replace("MODEL", model, StringComparison.Ordinal)));
    }

    [Test]
    public void Train_Target_StopsAtTheFirstEpochThatReachesIt()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        EngineProcess.Result result = EngineProcess.Run(
            "train", "--data", data, "--epochs", "500", "--learning-rate", "0.1", "--target", "0.9", "--log", folder.File("log.jsonl"));

        List<JsonElement> epochs = ReadLines(folder.File("log.jsonl"));
        Assert.That(epochs, Has.Count.LessThan(500));
        Assert.That(epochs.SkipLast(1).Select(epoch => Number(epoch, "testAccuracy")), Is.All.LessThan(0.9));
        Assert.That(Number(epochs[^1], "testAccuracy"), Is.GreaterThanOrEqualTo(0.9));
        Assert.That(result.Output, Does.Contain("Reached the target of 90.00 %"));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Signals are sent with kill.")]
    public void Train_Interrupted_SavesWhatThereIs([Values("INT", "TERM", "HUP")] string signal)
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.safetensors");
        using Process process = EngineProcess.StartInterruptible("train", "--epochs", "100000", "--save", model, "--log", folder.File("log.jsonl"));
        string? line = process.StandardOutput.ReadLine();
        while (line is not null && !line.StartsWith("epoch 1:", StringComparison.Ordinal))
        {
            line = process.StandardOutput.ReadLine();
        }
        using (Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
        {
            kill.WaitForExit();
        }
        EngineProcess.Result result = EngineProcess.Wait(process);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain("Stopped after"));
        Assert.That(Safetensors.Load(model).Description.ToString(), Is.EqualTo("784 -> Dense 100 -> ReLU -> Dense 200 -> ReLU -> Dense 10"));
        int hits = JsonDocument.Parse(EngineCommand.Run(EvaluateCommand.Create(), model, "--json").Output).RootElement.GetProperty("hits").GetInt32();
        Assert.That(result.Output, Does.Match($@"Test accuracy after the last step [0-9.]+ % \({hits} of 10000\)\."), "it is that of the network that was saved");
    }

    [Test]
    public void Train_Diverging_SaysSoAndFails([Values] bool quiet)
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        string[] arguments = ["train", "--data", data, "--learning-rate", "1e30", "--epochs", "50"];
        EngineProcess.Result result = EngineProcess.Run(quiet ? [.. arguments, "--quiet"] : arguments);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Match(@"\Aengine: The training has diverged: [^\r\n]+ The weights are those it started with\.\r?\n\z"));
    }

    [Test]
    public void Train_LossOfTheTestIsNoNumber_SaysSoAndFails()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        EngineProcess.Result result = EngineProcess.Run("train", "--data", data, "--batch-size", "240", "--epochs", "1", "--learning-rate", "3e38");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("expected a finite test loss after epoch 1; found "));
    }

    [Test]
    public void Train_PlotOfNoEpoch_SaysThatThereIsNone()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"));
        EngineProcess.Result result = EngineProcess.Run("train", "--data", data, "--epochs", "0", "--threads", "1", "--plot", folder.File("plot.png"));
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain($"There is no epoch to draw, so {folder.File("plot.png")} was not written."));
        Assert.That(result.Output, Does.Contain("; 1 thread;"));
    }

    internal static List<JsonElement> ReadLines(string file) => [.. File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)];

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
