using System.Globalization;
using Engine.Training;
using Spectre.Console;

namespace Engine.Cli.Drawing;

/// <summary>
/// Draws accuracy by epoch into the terminal, some 60 characters wide and 10 high.
/// </summary>
/// <remarks>
/// With colours the curves are dots of braille characters, two by four in a character; without, each epoch is a letter: o
/// for training, x for test, * for both.
/// </remarks>
internal static class AccuracyCurve
{
    private const int MaximumWidth = 60;
    private const int MinimumWidth = 8;
    private const int MaximumSteps = 5;
    private const int Lines = 10;
    private const int DotsAcross = 2;
    private const int DotsDown = 4;
    private const char EmptyBraille = '⠀';
    private static readonly Style TrainStyle = new(Color.DeepSkyBlue1);
    private static readonly Style TestStyle = new(Color.Orange1);

    /// <summary>The bits of a braille character's dots, row after row.</summary>
    private static readonly int[] BrailleBits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

    /// <summary>Writes the curve; nothing if there is no epoch.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="epochs">The epochs.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<EpochReport> epochs)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(epochs);
        if (epochs.Count == 0)
        {
            return;
        }
        bool colours = TerminalCanvas.HasColours(console);
        double[] train = [.. epochs.Select(epoch => 100 * epoch.TrainAccuracy)];
        double[] test = [.. epochs.Select(epoch => 100 * epoch.Validation?.Accuracy ?? double.NaN)];
        AxisScale scale = AxisScale.Around(train.Concat(test), MaximumSteps, smallestStep: 0.1, floor: 0, ceiling: 100);
        int linesPerStep = Lines / scale.Steps;
        string[] labels = [.. scale.Ticks.Reverse().Select(tick => $"{scale.Label(tick)} %")];
        int gutter = labels.Max(label => label.Length) + 2;
        int width = Math.Clamp(console.Profile.Width - gutter, MinimumWidth, MaximumWidth);
        int height = (scale.Steps * linesPerStep) + 1;

        var canvas = new TerminalCanvas(gutter + width, height + 3);
        for (int y = 0; y < height; y++)
        {
            string label = y % linesPerStep == 0 ? labels[y / linesPerStep] : "";
            canvas.Put(0, y, label.PadLeft(gutter - 2), gutter);
            canvas.Put(gutter - 1, y, (colours, label.Length > 0) switch { (true, true) => "┤", (true, false) => "│", (false, true) => "+", _ => "|" }, 1);
        }
        if (colours)
        {
            DrawCurve(canvas, gutter, width, height, train, scale, TrainStyle);
            DrawCurve(canvas, gutter, width, height, test, scale, TestStyle);
        }
        else
        {
            DrawLetters(canvas, gutter, width, height, train, test, scale);
        }
        DrawFoot(canvas, gutter, width, height, epochs, colours);
        console.Write(canvas);
    }

    /// <summary>Below the curve: the epochs, and the names of the curves with their last values.</summary>
    private static void DrawFoot(TerminalCanvas canvas, int gutter, int width, int height, IReadOnlyList<EpochReport> epochs, bool colours)
    {
        canvas.Put(gutter - 1, height, colours ? "└" + new string('─', width) : "+" + new string('-', width), width + 1);
        string first = epochs[0].Epoch.ToString(CultureInfo.InvariantCulture);
        string last = epochs.Count > 1 ? epochs[^1].Epoch.ToString(CultureInfo.InvariantCulture) : "";
        const string Name = "epoch";
        if (epochs.Count == 1)
        {
            string only = $"{Name} {first}";
            canvas.Put(gutter + Math.Max(0, (width - only.Length) / 2), height + 1, only, width);
        }
        else
        {
            canvas.Put(gutter, height + 1, first, width);
            canvas.Put(gutter + ((width - Name.Length) / 2), height + 1, width > first.Length + last.Length + Name.Length + 4 ? Name : "", width);
            canvas.Put(gutter + width - last.Length, height + 1, last, width);
        }

        string train = $"{(colours ? "⠶" : "o")} training {Percent(epochs[^1].TrainAccuracy)}";
        string test = epochs[^1].Validation is { } evaluation ? $"{(colours ? "⠶" : "x")} test {Percent(evaluation.Accuracy)}" : "";
        canvas.Put(gutter, height + 2, train, width, colours ? TrainStyle : Style.Plain);
        int used = Math.Min(width, train.Length + 3);
        canvas.Put(gutter + used, height + 2, test, width - used, colours ? TestStyle : Style.Plain);
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F2} %");

    /// <summary>Draws a curve in dots, neighbours joined by a line.</summary>
    private static void DrawCurve(TerminalCanvas canvas, int left, int width, int height, double[] values, AxisScale scale, Style style)
    {
        var dots = new bool[height * DotsDown, width * DotsAcross];
        (int X, int Y)? before = null;
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                before = null;
                continue;
            }
            // A label stands at the middle of its line: between its second and third dot.
            double down = ((1 - scale.Position(values[i])) * (height - 1) * DotsDown) + 1;
            (int X, int Y) point = (Place(i, values.Length, (width * DotsAcross) - 1), (int)Math.Round(down));
            DrawLine(dots, before ?? point, point);
            before = point;
            if (values.Length == 1)
            {
                DrawLine(dots, (point.X, point.Y + 1), (point.X + 1, point.Y + 1));
                DrawLine(dots, point, (point.X + 1, point.Y));
            }
        }
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int bits = 0;
                for (int dot = 0; dot < BrailleBits.Length; dot++)
                {
                    bits |= dots[(y * DotsDown) + (dot / DotsAcross), (x * DotsAcross) + (dot % DotsAcross)] ? BrailleBits[dot] : 0;
                }
                if (bits != 0)
                {
                    canvas.Put(left + x, y, ((char)(EmptyBraille + bits)).ToString(), 1, style);
                }
            }
        }
    }

    private static void DrawLine(bool[,] dots, (int X, int Y) from, (int X, int Y) to)
    {
        int steps = Math.Max(1, Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)));
        for (int step = 0; step <= steps; step++)
        {
            dots[from.Y + (int)Math.Round((double)(to.Y - from.Y) * step / steps), from.X + (int)Math.Round((double)(to.X - from.X) * step / steps)] = true;
        }
    }

    private static void DrawLetters(TerminalCanvas canvas, int left, int width, int height, double[] train, double[] test, AxisScale scale)
    {
        var letters = new char[height, width];
        foreach ((double[] values, char letter) in new[] { (train, 'o'), (test, 'x') })
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (double.IsFinite(values[i]))
                {
                    ref char cell = ref letters[(int)Math.Round((1 - scale.Position(values[i])) * (height - 1)), Place(i, values.Length, width - 1)];
                    cell = cell == '\0' || cell == letter ? letter : '*';
                }
            }
        }
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (letters[y, x] != '\0')
                {
                    canvas.Put(left + x, y, letters[y, x].ToString(), 1);
                }
            }
        }
    }

    /// <summary>Where an epoch stands, from 0 to <paramref name="end"/>; a single one in the middle.</summary>
    private static int Place(int index, int count, int end) => count == 1 ? end / 2 : (int)Math.Round((double)index * end / (count - 1));
}
