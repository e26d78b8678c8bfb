using Engine.Cli.Drawing;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class AccuracyCurveTests
{
    [Test]
    public void Write_WithoutColours_PutsLettersAtTheirPercents()
    {
        string text = Pictures.Capture(80, colours: false, console => AccuracyCurve.Write(console, [Pictures.Epoch(1, 0.90, 0.92), Pictures.Epoch(2, 1, 1)]));

        string[] lines = Pictures.Lines(text);
        Assert.That(lines[0], Is.EqualTo("100 % +" + new string(' ', 59) + "*"));
        Assert.That(lines[8], Is.EqualTo(" 92 % +x"));
        Assert.That(lines[10], Is.EqualTo(" 90 % +o"));
        Assert.That(lines[12].Split(' ', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[] { "1", "epoch", "2" }));
        Assert.That(lines[13].Trim(), Is.EqualTo("o training 100.00 %   x test 100.00 %"));
        Assert.That(text, Has.All.LessThan((char)128));
    }

    [Test]
    public void Write_WithColours_DrawsBothCurvesInTheirOwn()
    {
        EpochReport[] epochs = [.. Enumerable.Range(1, 1000).Select(epoch => Pictures.Epoch(epoch, 1 - (0.3 / epoch), 0.8))];

        string text = Pictures.Capture(80, colours: true, console => AccuracyCurve.Write(console, epochs));

        string[] lines = Pictures.Lines(text);
        Assert.That(lines[..^3].Sum(line => line.Count(character => character is > '⠀' and <= '⣿')), Is.GreaterThanOrEqualTo(110));
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(70));
        Assert.That(text.Split("\e[38").Select(part => part.Split('m')[0]).Distinct().Count(), Is.GreaterThanOrEqualTo(3));
    }

    [Test]
    public void Write_WithColours_NamesEachCurveInItsOwn()
    {
        EpochReport[] epochs = [Pictures.Epoch(1, 0.9, 0.5), Pictures.Epoch(2, 0.9, 0.5)];

        string text = Pictures.Capture(80, colours: true, console => AccuracyCurve.Write(console, epochs));

        string[] colours = [.. System.Text.RegularExpressions.Regex.Matches(text, "\e\\[(38;[0-9;]+)m[\u2801-\u28FF]+").Select(match => match.Groups[1].Value)];
        Assert.That(colours.Distinct().Count(), Is.EqualTo(2));
        Assert.That((colours[0], colours[^3]), Is.EqualTo((colours[^2], colours[^1])), "training is above, and first in the foot");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Write_OfOneEpoch_ShowsBothPoints(bool colours)
    {
        string[] lines = Pictures.Lines(Pictures.Capture(80, colours, console => AccuracyCurve.Write(console, [Pictures.Epoch(7, 0.91, 0.95)])));

        string[] marked = [.. lines[..^3].Where(line => line.Any(character => colours ? character is > '⠀' and <= '⣿' : character is 'o' or 'x'))];
        Assert.That(marked, Has.Length.EqualTo(2));
        Assert.That(lines[^2].Trim(), Is.EqualTo("epoch 7"));
        Assert.That(lines[^1], Does.Contain("training 91.00 %").And.Contain("test 95.00 %"));
    }

    [Test]
    public void Write_WithoutValidation_LeavesOutTheTest()
    {
        string text = Pictures.Capture(80, colours: false, console => AccuracyCurve.Write(console, [Pictures.Epoch(1, 0.5), Pictures.Epoch(2, 0.6)]));

        Assert.That(text, Does.Contain("o training 60.00 %").And.Not.Contain("x"));
    }

    [TestCase(1)]
    [TestCase(20)]
    [TestCase(40)]
    public void Write_ToANarrowTerminal_StillWrites(int width)
    {
        string[] lines = Pictures.Lines(Pictures.Capture(width, colours: true, console => AccuracyCurve.Write(console, [Pictures.Epoch(1, 0, 0), Pictures.Epoch(2, 1, 1)])));

        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(Math.Max(width, 16)));
    }

    [Test]
    public void Write_OfNoEpoch_WritesNothing()
    {
        Assert.That(Pictures.Capture(80, colours: true, console => AccuracyCurve.Write(console, [])), Is.Empty);
    }
}
