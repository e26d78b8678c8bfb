using System.Text.Json;
using Engine.Data;
using Engine.Formats;
using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class OtherCommandsTests
{
    private TemporaryFolder _folder = null!;
    private string _data = "";
    private string _model = "";

    [OneTimeSetUp]
    public void TrainASmallNetwork()
    {
        _folder = new TemporaryFolder();
        _data = TinyData.Write(_folder.File("data"));
        _model = _folder.File("model.safetensors");
        EngineProcess.Result result = EngineProcess.Run(
            "train", "--data", _data, "--epochs", "4", "--learning-rate", "0.1", "--quiet", "--save", _model, "--plot", _folder.File("plot.svg"));
        Assert.That(result, Is.EqualTo(new EngineProcess.Result(0, "", "")));
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Train_Plot_IsDrawn() => Assert.That(File.ReadAllText(_folder.File("plot.svg")), Does.Contain("<svg"));

    [Test]
    public void Evaluate_Json_CountsAddUp()
    {
        JsonElement report = Json("evaluate", _model, "--data", _data, "--json");
        int[][] confusion = [.. report.GetProperty("confusion").EnumerateArray().Select(row => row.EnumerateArray().Select(cell => cell.GetInt32()).ToArray())];
        Assert.That(confusion.Sum(row => row.Sum()), Is.EqualTo(60));
        Assert.That(confusion.Select((row, i) => row[i]).Sum(), Is.EqualTo(report.GetProperty("hits").GetInt32()));
        Assert.That(report.GetProperty("accuracy").GetDouble(), Is.EqualTo(report.GetProperty("hits").GetInt32() / 60.0));
        Assert.That(report.GetProperty("classes").GetArrayLength(), Is.EqualTo(TinyData.Classes));
    }

    [Test]
    public void Evaluate_Text_AgreesWithJson()
    {
        int hits = Json("evaluate", _model, "--data", _data, "--json").GetProperty("hits").GetInt32();
        EngineProcess.Result result = EngineProcess.Run("evaluate", _model, "--data", _data);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain($"({hits} of 60)"));
    }

    [Test]
    public void Evaluate_Mistakes_AreDrawnWhereThereAreAny()
    {
        string untrained = _folder.File("untrained.safetensors");
        EngineProcess.Run("train", "--data", _data, "--epochs", "0", "--quiet", "--save", untrained);
        EngineProcess.Result some = EngineProcess.Run("evaluate", untrained, "--data", _data, "--mistakes", _folder.File("some.png"));
        EngineProcess.Result none = EngineProcess.Run("evaluate", _model, "--data", _data, "--mistakes", _folder.File("none.png"));

        Assert.That((some.ExitCode, none.ExitCode), Is.EqualTo((0, 0)));
        Assert.That(File.ReadAllBytes(_folder.File("some.png")).Take(4), Is.EqualTo(new byte[] { 0x89, 0x50, 0x4E, 0x47 }));
        Assert.That(none.Output, Does.Contain("There is no mistake"));
        Assert.That(File.Exists(_folder.File("none.png")), Is.False);
    }

    [Test]
    public void Predict_Index_GivesProbabilitiesThatAddUpToOne()
    {
        JsonElement prediction = Json("predict", _model, "--data", _data, "--index", "3", "--json");
        double[] probabilities = [.. prediction.GetProperty("probabilities").EnumerateArray().Select(p => p.GetDouble())];
        Assert.That(probabilities.Sum(), Is.EqualTo(1).Within(1e-6));
        Assert.That(prediction.GetProperty("class").GetInt32(), Is.EqualTo(Array.IndexOf(probabilities, probabilities.Max())));
        Assert.That(prediction.GetProperty("label").GetInt32(), Is.EqualTo(MnistFolder.ReadTest(_data).Labels[3]));
    }

    [Test]
    public void Predict_OutputsAreNoNumbers_SaysSoAndFails([Values] bool json)
    {
        string model = _folder.File("nan.safetensors");
        Network network = Safetensors.Load(_model);
        float[] bias = new float[network.DenseLayers[0].Outputs];
        network.DenseLayers[0].SetParameters(new float[network.Inputs * bias.Length], [.. bias.Select(_ => float.NaN)]);
        Safetensors.Save(network, model);
        string[] arguments = ["predict", model, "--data", _data, "--index", "0"];
        EngineProcess.Result result = EngineProcess.Run(json ? [.. arguments, "--json"] : arguments);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error.TrimEnd(), Is.EqualTo($"engine: {model}: expected outputs that are finite numbers for this image; found others."));
        if (json)
        {
            JsonElement prediction = JsonDocument.Parse(result.Output).RootElement;
            Assert.That(prediction.GetProperty("probabilities").EnumerateArray().Select(p => p.ValueKind), Is.All.EqualTo(JsonValueKind.Null));
            Assert.That(prediction.GetProperty("class").ValueKind, Is.EqualTo(JsonValueKind.Null));
        }
        else
        {
            Assert.That(result.Output, Is.Empty);
        }
    }

    [Test]
    public void Predict_PictureOfATestImage_SaysTheSameAsItsIndex()
    {
        ImageDataset test = MnistFolder.ReadTest(_data);
        string picture = _folder.File("image.png");
        using (var bitmap = new SkiaSharp.SKBitmap(test.Columns, test.Rows))
        {
            for (int i = 0; i < test.Inputs; i++)
            {
                byte grey = test.Image(7)[i];
                bitmap.SetPixel(i % test.Columns, i / test.Columns, new SkiaSharp.SKColor(grey, grey, grey));
            }
            using Stream stream = File.Create(picture);
            bitmap.Encode(stream, SkiaSharp.SKEncodedImageFormat.Png, 100);
        }
        JsonElement byIndex = Json("predict", _model, "--data", _data, "--index", "7", "--json");
        JsonElement byPicture = Json("predict", _model, "--image", picture, "--json");
        Assert.That(byPicture.GetProperty("probabilities").GetRawText(), Is.EqualTo(byIndex.GetProperty("probabilities").GetRawText()));
    }

    [TestCase("/proc/self/mem", "error")]
    [TestCase("/dev/zero", "expected a PNG image of at most")]
    [Platform("Linux")]
    public void Predict_PictureThatCannotBeRead_SaysSo(string picture, string message)
    {
        EngineProcess.Result result = EngineProcess.Run("predict", _model, "--image", picture);
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error, Does.StartWith("engine: ").And.Contain(message));
    }

    [Test]
    public void Show_Pixels_PrintsEveryValue()
    {
        EngineProcess.Result result = EngineProcess.Run("show", "--data", _data, "--index", "2", "--pixels");
        int[] expected = [.. MnistFolder.ReadTraining(_data).Image(2).ToArray().Select(pixel => (int)pixel)];
        int[] printed = [.. System.Text.RegularExpressions.Regex.Matches(result.Output[result.Output.IndexOf('\n', StringComparison.Ordinal)..], @"\d+").Select(match => int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.That(printed, Is.SupersetOf(expected));
        Assert.That(result.ExitCode, Is.Zero, result.Error);
    }

    [Test]
    public void Show_SameSeed_DrawsTheSameGallery()
    {
        EngineProcess.Result[] results = [.. new[] { "1", "1", "2" }.Select((seed, i) => EngineProcess.Run("show", "--data", _data, "--seed", seed, "--out", _folder.File($"{i}.png")))];
        Assert.That(results.Select(result => result.ExitCode), Is.All.Zero);
        Assert.That(File.ReadAllBytes(_folder.File("1.png")), Is.EqualTo(File.ReadAllBytes(_folder.File("0.png"))));
        Assert.That(File.ReadAllBytes(_folder.File("2.png")), Is.Not.EqualTo(File.ReadAllBytes(_folder.File("0.png"))));
    }

    [Test]
    public void Xor_Seed1_LearnsAllFour()
    {
        EngineProcess.Result result = EngineProcess.Run("xor");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain("0 xor 0 = 0").And.Contain("0 xor 1 = 1").And.Contain("1 xor 0 = 1").And.Contain("1 xor 1 = 0"));
        Assert.That(result.Output.Split("summed error"), Has.Length.EqualTo(14), "a line every 5,000 of 60,000 epochs, and the last");
    }

    [Test]
    public void Xor_TooFewEpochs_SaysSoAndFails()
    {
        EngineProcess.Result result = EngineProcess.Run("xor", "--epochs", "10");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("Not learnt"));
    }

    [Test]
    public void Xor_OutputJustBelowZero_HasNoSign()
    {
        EngineProcess.Result result = EngineProcess.Run("xor", "--seed", "4", "--epochs", "3000");
        Assert.That(result.Output, Does.Contain("0 xor 0 = 0   (0.0000)"));
    }

    [Test]
    public void Perceptron_TooFewEpochs_SaysSoAndFails()
    {
        EngineProcess.Result result = EngineProcess.Run("perceptron", "--epochs", "1");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("not learnt yet in 1 epoch:"));
    }

    [Test]
    public void Version_IsThatOfInfo()
    {
        EngineProcess.Result result = EngineProcess.Run("--version");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(EngineProcess.Run("info", "--data", _data).Output.Split('\n')[0], Does.EndWith("  " + result.Output.Split('\n')[0]));
    }

    [Test]
    public void Perceptron_LearnsAndAndOrButNotXor()
    {
        EngineProcess.Result result = EngineProcess.Run("perceptron");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output.Split("4 of 4 right"), Has.Length.EqualTo(5));
        Assert.That(result.Output[result.Output.IndexOf("XOR", StringComparison.Ordinal)..], Does.Not.Contain("4 of 4 right").And.Contain("wrong"));
    }

    [Test]
    public void Info_BundledData_HasTheKnownChecksums()
    {
        EngineProcess.Result result = EngineProcess.Run("info");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        foreach (string sum in new[] { "6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624", "2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637" })
        {
            Assert.That(result.Output, Does.Contain(sum));
        }
    }

    private static JsonElement Json(params string[] arguments)
    {
        EngineProcess.Result result = EngineProcess.Run(arguments);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
