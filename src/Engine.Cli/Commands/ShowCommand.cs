using System.CommandLine;
using Engine.Cli.Drawing;
using Engine.Data;
using Engine.Kernels;
using Spectre.Console;

namespace Engine.Cli.Commands;

/// <summary><c>show</c>: the images themselves.</summary>
internal static class ShowCommand
{
    private const int GalleryColumns = 5;
    private const int MaximumImages = 1000;
    private const string Training = "training";
    private const string Test = "test";

    public static Command Create()
    {
        Option<string?> data = CommonOptions.Data();
        Option<int> train = CommonOptions.Number("--train", "Training images to show.", 10, 0, MaximumImages);
        Option<int> test = CommonOptions.Number("--test", "Test images to show.", 5, 0, MaximumImages);
        Option<ulong> seed = CommonOptions.Seed("Seed of the random choice.");
        Option<int?> index = CommonOptions.Index("One image, from 0, instead of a random choice.");
        Option<string> set = CommonOptions.Choice("--set", "With --index: which images, training or test; evaluate and predict use the latter.", Training, Test);
        var pixels = new Option<bool>("--pixels") { Description = "With --index: write each pixel's value in its cell." };
        Option<string?> output = CommonOptions.File("--out", "Draw into a file instead of the terminal.", ".png");
        var command = new Command("show", "Random training and test images with their labels, or one image with its pixel values.")
        {
            data, train, test, seed, index, set, pixels, output,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(pixels) && result.GetResult(index) is null)
            {
                result.AddError("Option --pixels goes with --index N.");
            }
            if (result.GetResult(set) is { Implicit: false } && result.GetResult(index) is null)
            {
                result.AddError("Option --set goes with --index N.");
            }
            foreach (Option option in new Option[] { train, test, seed }.Where(option => result.GetResult(index) is not null && result.GetResult(option) is { Implicit: false }))
            {
                result.AddError($"Option {option.Name} goes with a random choice, not with --index N.");
            }
        });
        command.SetAction(result =>
        {
            string? file = result.GetValue(output);
            OutputFile.Check(file);
            (ImageDataset training, ImageDataset testing) = BundledData.Read(result.GetValue(data));
            if (result.GetValue(index) is { } i)
            {
                string name = result.GetValue(set)!;
                ShowOne(name == Test ? testing : training, name, i, result.GetValue(pixels), file);
            }
            else
            {
                ShowRandom(training, testing, result.GetValue(train), result.GetValue(test), result.GetValue(seed), file);
            }
            if (file is not null)
            {
                AnsiConsole.Console.WriteLine($"Wrote {file}.");
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static void ShowOne(ImageDataset data, string set, int index, bool pixels, string? file)
    {
        if (data.Count == 0)
        {
            throw new UsageException($"Option --index: expected {set} images; found none.");
        }
        if (index >= data.Count)
        {
            throw new UsageException($"Option --index: expected a {set} image from 0 to {data.Count - 1}; found {index}.");
        }
        GalleryItem item = Item(data, index, set);
        string title = $"{item.Detail}, {item.Caption}";
        if (!pixels)
        {
            Show([item], item.Caption, file);
        }
        else if (file is null)
        {
            PixelGrid.Write(AnsiConsole.Console, item.Pixels, item.Rows, item.Columns, title);
        }
        else
        {
            OutputFile.Write(file, path => PixelGrid.Save(path, item.Pixels, item.Rows, item.Columns, title));
        }
    }

    private static void ShowRandom(ImageDataset training, ImageDataset test, int trainCount, int testCount, ulong seed, string? file)
    {
        var random = new SplitMix64(seed);
        var items = new List<GalleryItem>();
        items.AddRange(Choose(training, trainCount, ref random).Select(i => Item(training, i, Training)));
        items.AddRange(Choose(test, testCount, ref random).Select(i => Item(test, i, Test)));
        if (items.Count == 0)
        {
            throw new UsageException("Expected an image to show; --train and --test leave none.");
        }
        Show(items, $"{Math.Min(trainCount, training.Count)} training and {Math.Min(testCount, test.Count)} test images", file);
    }

    private static void Show(IReadOnlyList<GalleryItem> items, string title, string? file)
    {
        if (file is null)
        {
            Gallery.Write(AnsiConsole.Console, items);
        }
        else
        {
            OutputFile.Write(file, path => Gallery.Save(path, items, title, Math.Min(GalleryColumns, Math.Max(1, items.Count))));
        }
    }

    /// <summary>Different images, each as likely as any other.</summary>
    private static List<int> Choose(ImageDataset data, int count, ref SplitMix64 random)
    {
        var chosen = new List<int>();
        while (chosen.Count < Math.Min(count, data.Count))
        {
            int i = random.NextInt(data.Count);
            if (!chosen.Contains(i))
            {
                chosen.Add(i);
            }
        }
        return chosen;
    }

    private static GalleryItem Item(ImageDataset data, int index, string set) =>
        new(data.Image(index).ToArray(), data.Rows, data.Columns, $"label {data.Labels[index]}", $"{set} image {index}");
}
