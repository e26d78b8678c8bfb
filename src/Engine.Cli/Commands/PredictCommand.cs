using System.CommandLine;
using System.Globalization;
using Engine.Cli.Drawing;
using Engine.Cli.Training;
using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Spectre.Console;

namespace Engine.Cli.Commands;

/// <summary><c>predict</c>: what a saved network says of one image.</summary>
internal static class PredictCommand
{
    private const int BarWidth = 40;

    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> data = CommonOptions.Data();
        Option<bool> json = CommonOptions.Json();
        Option<int?> index = CommonOptions.Index("An image of the test data, from 0.");
        Option<string?> image = CommonOptions.Name("--image", "FILE.png", "A picture; grey, light on dark as in MNIST, resized if need be.");
        var command = new Command("predict", "What a saved network says of one image: the probability of each class.") { model, data, index, image, json };
        command.Validators.Add(result =>
        {
            if (result.GetResult(model) is { Tokens.Count: > 0 } && result.GetResult(index) is null == result.GetResult(image) is null)
            {
                result.AddError("Expected --index N or --image FILE.png, one of them.");
            }
        });
        command.SetAction(result =>
            Run(result.GetValue(model)!, result.GetValue(data), result.GetValue(index), result.GetValue(image), result.GetValue(json)));
        return command;
    }

    private static int Run(string model, string? data, int? index, string? imageFile, bool json)
    {
        Network network = ModelFile.Load(model);
        (byte[] pixels, int rows, int columns, int? label) = index is { } i ? FromData(model, network, data, i) : FromFile(model, network, imageFile!);
        Network classifier = network.Layers[^1] is Softmax
            ? network
            : network.WithDescription(new NetworkDescription(network.Inputs, [.. network.Description.Layers, LayerDescription.Softmax]));
        float[] probabilities = new float[network.Outputs];
        classifier.Predict(pixels, probabilities, new Workspace(classifier));
        bool areNumbers = Array.TrueForAll(probabilities, float.IsFinite);
        int? chosen = areNumbers ? ArgMax.Of(probabilities) : null;
        if (json)
        {
            WriteJson(probabilities, chosen, label);
        }
        else if (chosen is { } c)
        {
            WriteText(new GalleryItem(pixels, rows, columns, label is null ? "" : $"label {label}"), probabilities, c, label);
        }
        return areNumbers ? ExitCode.Done : throw new FailedException($"{model}: expected outputs that are finite numbers for this image; found others.");
    }

    private static (byte[] Pixels, int Rows, int Columns, int? Label) FromData(string model, Network network, string? data, int index)
    {
        ImageDataset test = BundledData.ReadTest(data);
        if (index >= test.Count)
        {
            throw new UsageException($"Option --index: expected an image from 0 to {test.Count - 1}; found {index}.");
        }
        if (test.Inputs != network.Inputs)
        {
            throw new UsageException($"{model}: expected {test.Inputs} inputs for this data; found {network.Inputs}.");
        }
        return (test.Image(index).ToArray(), test.Rows, test.Columns, test.Labels[index]);
    }

    /// <summary>A picture as a square image of as many pixels as the network has inputs.</summary>
    private static (byte[] Pixels, int Rows, int Columns, int? Label) FromFile(string model, Network network, string file)
    {
        int side = (int)Math.Round(Math.Sqrt(network.Inputs));
        if (side * side != network.Inputs)
        {
            throw new UsageException($"{model}: expected a square number of inputs for a picture; found {network.Inputs}.");
        }
        return (ImageFile.Read(InputFile.Require(file), side, side), side, side, null);
    }

    private static void WriteText(GalleryItem image, float[] probabilities, int chosen, int? label)
    {
        IAnsiConsole console = AnsiConsole.Console;
        Gallery.Write(console, [image]);
        console.WriteLine();
        (string full, string partial) = console.Profile.Capabilities.Unicode ? ("█", "▏▎▍▌▋▊▉") : ("#", "");
        for (int c = 0; c < probabilities.Length; c++)
        {
            string bar = Bar(probabilities[c], full, partial);
            string text = string.Create(CultureInfo.InvariantCulture, $"{c,3}  {TrainingText.Percent(probabilities[c]),9}  {bar}");
            console.MarkupLine(c == chosen ? $"[green]{text}[/]" : text);
        }
        console.WriteLine();
        string verdict = label is null ? "" : label == chosen ? ", which is right" : $", but the label is {label}";
        console.WriteLine($"The network says {chosen}, with {TrainingText.Percent(probabilities[chosen])}{verdict}.");
    }

    /// <summary>A bar with eighths of a character where the terminal has them.</summary>
    internal static string Bar(float share, string full, string partial)
    {
        int steps = partial.Length + 1;
        int length = (int)Math.Round(Math.Clamp(share, 0f, 1f) * BarWidth * steps);
        string bar = string.Concat(Enumerable.Repeat(full, length / steps));
        return length % steps == 0 ? bar : bar + partial[(length % steps) - 1];
    }

    private static void WriteJson(float[] probabilities, int? chosen, int? label) => JsonOutput.Write(json =>
    {
        if (chosen is { } c)
        {
            json.WriteNumber("class", c);
            json.WriteNumber("confidence", probabilities[c]);
        }
        else
        {
            json.WriteNull("class");
            json.WriteNull("confidence");
        }
        if (label is { } known)
        {
            json.WriteNumber("label", known);
        }
        json.WriteStartArray("probabilities");
        foreach (float probability in probabilities)
        {
            JsonOutput.WriteNumber(json, probability);
        }
        json.WriteEndArray();
    });
}
