using Engine.Training;
using NUnit.Framework;
using SkiaSharp;
using Spectre.Console;

namespace Engine.Tests.Cli.Drawing;

/// <summary>What the tests of pictures share: a folder of their own, images, epochs and terminals.</summary>
internal sealed class Pictures : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("engine-pictures-");

    public string Folder => _folder.FullName;

    public static byte[] Ramp(int rows, int columns) => [.. Enumerable.Range(0, rows * columns).Select(i => (byte)(i * 255 / Math.Max(1, (rows * columns) - 1)))];

    public static EpochReport Epoch(int epoch, double trainAccuracy, double? testAccuracy = null, double loss = 0.5) => new()
    {
        Epoch = epoch,
        Loss = loss,
        TrainAccuracy = trainAccuracy,
        Validation = testAccuracy is { } accuracy ? new Evaluation(loss, (int)Math.Round(accuracy * 1000), 1000) : null,
        TrainSeconds = 1,
        EvaluationSeconds = 0,
        SamplesPerSecond = 1,
        GigaflopsPerSecond = 1,
        AllocatedBytes = 0,
    };

    /// <summary>What is written to a terminal of some width, with or without colours.</summary>
    public static string Capture(int width, bool colours, Action<IAnsiConsole> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.TrueColor : ColorSystemSupport.NoColors,
            Out = new Output(text, width),
        });
        console.Profile.Capabilities.Unicode = colours;
        write(console);
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The lines of a text without its escape sequences.</summary>
    public static string[] Lines(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\e\\[[0-9;]*m", "").TrimEnd('\n').Split('\n');

    /// <summary>The lines of a text with tables: their cells with one blank between, without the borders.</summary>
    public static string[] Rows(string text) => [.. Lines(text).Select(line => string.Join(' ', line.Split([' ', '|', '│'], StringSplitOptions.RemoveEmptyEntries)))];

    public string File(string name) => Path.Combine(Folder, name);

    public SKBitmap Decode(string name) => SKBitmap.Decode(File(name)) ?? throw new AssertionException($"{name} is no image.");

    public string Save(string name, SKBitmap bitmap)
    {
        using FileStream stream = System.IO.File.Create(File(name));
        Assert.That(bitmap.Encode(stream, SKEncodedImageFormat.Png, 100), Is.True);
        return File(name);
    }

    public string[] Names() => [.. _folder.GetFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A terminal of a fixed width.</summary>
    private sealed class Output(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => 50;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }
    }
}
