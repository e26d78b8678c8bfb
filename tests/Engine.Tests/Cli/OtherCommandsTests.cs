using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engine.Cli;
using Engine.Cli.Commands;
using Engine.Cli.Drawing;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;
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
    public void Evaluate_Json_HasTheNumbersOfTheReport()
    {
        string model = Save("36 -> Dense 8 -> ReLU -> Dense 7");
        var report = new ClassificationReport(Safetensors.Load(model), MnistFolder.ReadTest(_data));

        (int exitCode, string output) = EngineCommand.Run(EvaluateCommand.Create(), model, "--data", _data, "--json");

        Assert.That(exitCode, Is.Zero);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.That(json.GetProperty("loss").GetDouble(), Is.EqualTo(report.MeanLoss));
        for (int c = 0; c < report.Classes; c++)
        {
            JsonElement fields = json.GetProperty("classes")[c];
            Assert.That(fields.GetProperty("count").GetInt32(), Is.EqualTo(report.Support(c)));
            Assert.That(NumberOrNaN(fields.GetProperty("precision")), Is.EqualTo(report.Precision(c)), $"precision of {c}");
            Assert.That(NumberOrNaN(fields.GetProperty("recall")), Is.EqualTo(report.Recall(c)), $"recall of {c}");
            Assert.That(
                json.GetProperty("confusion")[c].EnumerateArray().Select(cell => cell.GetInt32()),
                Is.EqualTo(Enumerable.Range(0, report.Classes).Select(predicted => report.Confusion(c, predicted))));
        }
    }

    [TestCase("9 -> Dense 6")]
    [TestCase("36 -> Dense 5")]
    public void Evaluate_NetworkForOtherData_IsRefused(string description)
    {
        string model = Save(description);
        Assert.That(
            () => EngineCommand.Run(EvaluateCommand.Create(), model, "--data", _data),
            Throws.TypeOf<UsageException>().With.Message.StartsWith($"{model}: expected 36 inputs and at least 6 outputs for this data; found "));
    }

    [Test]
    public void Evaluate_MistakesIntoNoFolder_IsRefusedBeforeTheWork() =>
        Assert.That(
            () => EngineCommand.Run(EvaluateCommand.Create(), Save("36 -> Dense 6"), "--data", _data, "--mistakes", _folder.File("none/a.png")),
            Throws.TypeOf<UsageException>().With.Message.Contains("expected an existing folder to write to"));

    [Test]
    public void Evaluate_Mistake_TellsLabelPredictionAndItsConfidence()
    {
        Network network = Safetensors.Load(SaveThatSays0WithHalf());
        ImageDataset test = MnistFolder.ReadTest(_data);
        GalleryItem item = EvaluateCommand.Mistake(test, new ClassificationReport(network, test), test.Labels.IndexOf((byte)4));
        Assert.That((item.Caption, item.Detail, item.Wrong), Is.EqualTo(($"4, image {test.Labels.IndexOf((byte)4)}", "taken for 0, 50.00 %", true)));
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

    [TestCase(0, ", which is right.")]
    [TestCase(1, ", but the label is 1.")]
    public void Predict_Text_TellsTheAnswerWithABarAndWhetherItIsRight(byte label, string verdict)
    {
        int index = MnistFolder.ReadTest(_data).Labels.IndexOf(label);
        string[] lines = EngineCommand.Run(PredictCommand.Create(), SaveThatSays0WithHalf(), "--data", _data, "--index", $"{index}").Output.Split('\n');
        Assert.That(lines, Does.Contain("The network says 0, with 50.00 %" + verdict));
        Assert.That(lines, Does.Contain("  0    50.00 %  " + new string('#', 20)).And.Contain("  5    10.00 %  ####"));
    }

    [TestCase(0f, "")]
    [TestCase(1 / 320f, "▏")]
    [TestCase(0.1f, "████")]
    [TestCase(0.11875f, "████▊")]
    [TestCase(1f, "████████████████████████████████████████")]
    public void Predict_Bar_HasEighthsOfACharacter(float share, string bar) => Assert.That(PredictCommand.Bar(share, "█", "▏▎▍▌▋▊▉"), Is.EqualTo(bar));

    [Test]
    public void Predict_Json_HasTheConfidenceOfItsClass()
    {
        string model = Save("36 -> Dense 8 -> ReLU -> Dense 7");
        JsonElement[] predictions =
        [
            .. Enumerable.Range(0, 4).Select(i => JsonDocument.Parse(EngineCommand.Run(PredictCommand.Create(), model, "--data", _data, "--index", $"{i}", "--json").Output).RootElement),
        ];
        Assert.That(predictions.Select(prediction => prediction.GetProperty("class").GetInt32()), Has.Some.Positive);
        foreach (JsonElement prediction in predictions)
        {
            JsonElement expected = prediction.GetProperty("probabilities")[prediction.GetProperty("class").GetInt32()];
            Assert.That(prediction.GetProperty("confidence").GetRawText(), Is.EqualTo(expected.GetRawText()));
        }
    }

    [TestCase("36 -> Dense 6", "--index 60", "Option --index: expected an image from 0 to 59; found 60.")]
    [TestCase("9 -> Dense 6", "--index 59", "MODEL: expected 36 inputs for this data; found 9.")]
    [TestCase("10 -> Dense 2", "--image a.png", "MODEL: expected a square number of inputs for a picture; found 10.")]
    public void Predict_NoSuchImageOrAnotherSize_IsRefused(string description, string options, string message)
    {
        string model = Save(description);
        Assert.That(
            () => EngineCommand.Run(PredictCommand.Create(), [model, "--data", _data, .. options.Split(' ')]),
            Throws.TypeOf<UsageException>().With.Message.EqualTo(message.Replace("MODEL", model, StringComparison.Ordinal)));
    }

    [Test]
    public void Predict_OutputsAreNoNumbers_SaysSoAndFails([Values] bool json)
    {
        string model = _folder.File("huge.safetensors");
        Network network = Safetensors.Load(_model);
        float[] bias = new float[network.DenseLayers[0].Outputs];
        network.DenseLayers[0].SetParameters([.. Enumerable.Repeat(float.MaxValue, network.Inputs * bias.Length)], bias);
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

    /// <summary>A weight of a pixel that is always zero does no harm to a prediction, but to a training that starts from it.</summary>
    [Test]
    public void Model_WithAWeightThatIsNoNumber_IsRefused([Values(float.NaN, float.NegativeInfinity)] float number, [Values] bool isBias)
    {
        string model = _folder.File("spoilt.safetensors");
        Network network = Safetensors.Load(_model);
        Dense last = network.DenseLayers[^1];
        float[] weights = new float[last.Inputs * last.Outputs], bias = new float[last.Outputs];
        (isBias ? bias : weights)[^1] = number;
        last.SetParameters(weights, bias);
        Safetensors.Save(network, model);
        string expected = $"{model}: expected finite weights and biases; found others in dense layer {network.DenseLayers.Count}.";
        Assert.That(() => EngineCommand.Run(PredictCommand.Create(), model, "--data", _data, "--index", "0"), Throws.TypeOf<UsageException>().With.Message.EqualTo(expected));
        Assert.That(() => EngineCommand.Run(EvaluateCommand.Create(), model, "--data", _data), Throws.TypeOf<UsageException>().With.Message.EqualTo(expected));
        Assert.That(() => EngineCommand.Run(TrainCommand.Create(), "--from", model, "--data", _data), Throws.TypeOf<UsageException>().With.Message.EqualTo(expected));
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
        int[] printed = [.. Regex.Matches(result.Output[result.Output.IndexOf('\n', StringComparison.Ordinal)..], @"\d+").Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];
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

    [TestCase("--train", "--test", "training")]
    [TestCase("--test", "--train", "test")]
    public void Show_MoreThanThereAre_ShowsEachOnceWithItsLabel(string option, string other, string set)
    {
        string data = TinyData.Write(_folder.File("few"), training: 12, test: 13);
        (ImageDataset training, ImageDataset test) = MnistFolder.Read(data);
        ImageDataset images = set == "test" ? test : training;

        string output = EngineCommand.Run(ShowCommand.Create(), "--data", data, option, "1000", other, "0").Output;

        int[] indices = [.. Regex.Matches(output, $@"\b{set} image (\d+)").Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        int[] labels = [.. Regex.Matches(output, @"\blabel (\d+)").Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.That(indices, Is.EquivalentTo(Enumerable.Range(0, images.Count)));
        Assert.That(labels, Is.EqualTo(indices.Select(i => (int)images.Labels[i])));
    }

    [Test]
    public void Version_IsThatOfInfo()
    {
        EngineProcess.Result result = EngineProcess.Run("--version");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(EngineProcess.Run("info", "--data", _data).Output.Split('\n')[0], Does.EndWith("  " + result.Output.Split('\n')[0]));
    }

    [Test]
    public void Show_AnImageOfAnEmptySet_SaysThatThereIsNone()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("data"), test: 0);
        Assert.That(
            () => EngineCommand.Run(ShowCommand.Create(), "--data", data, "--index", "0", "--set", "test"),
            Throws.TypeOf<UsageException>().With.Message.EqualTo("Option --index: expected test images; found none."));
    }

    [TestCase("training")]
    [TestCase("test")]
    public void Show_OneImageOfEitherSet_IsThatImage(string set)
    {
        (ImageDataset training, ImageDataset test) = MnistFolder.Read(_data);
        ImageDataset images = set == "test" ? test : training;
        Assert.That(images.Image(3).ToArray(), Is.Not.EqualTo((set == "test" ? training : test).Image(3).ToArray()));
        string output = EngineCommand.Run(ShowCommand.Create(), "--data", _data, "--index", "3", "--set", set, "--pixels").Output;
        Assert.That(output, Does.StartWith($"{set} image 3, label {images.Labels[3]}"));
        int[] pixels = [.. Regex.Matches(output[output.IndexOf('\n', StringComparison.Ordinal)..], @"\d+").Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).Where(value => value > 0)];
        Assert.That(pixels, Is.SupersetOf(images.Image(3).ToArray().Where(pixel => pixel > 0).Select(pixel => (int)pixel)));
    }

    [Test]
    public void Info_OfData_CountsItsImages() =>
        Assert.That(EngineCommand.Run(InfoCommand.Create(), "--data", _data).Output, Does.Contain("240 training, 60 test, 6 x 6 pixels, 6 classes"));

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

    /// <summary>Saves a network with its first weights, which has seen no image.</summary>
    private string Save(string description) => Save(new Network(NetworkDescription.Parse(description), new InitializationOptions { Seed = 3 }));

    private string Save(Network network)
    {
        string path = _folder.File("other.safetensors");
        Safetensors.Save(network, path);
        return path;
    }

    /// <summary>Saves a network that says of any image that it is a 0 with one half, and each other class with a tenth.</summary>
    private string SaveThatSays0WithHalf()
    {
        var network = new Network(NetworkDescription.Parse("36 -> Dense 6"));
        network.DenseLayers[0].SetParameters(new float[36 * 6], [MathF.Log(5), 0, 0, 0, 0, 0]);
        return Save(network);
    }

    private static double NumberOrNaN(JsonElement element) => element.ValueKind == JsonValueKind.Null ? double.NaN : element.GetDouble();

    private static JsonElement Json(params string[] arguments)
    {
        EngineProcess.Result result = EngineProcess.Run(arguments);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
