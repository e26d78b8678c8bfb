using Engine.Cli.Commands;
using Engine.Data;
using Engine.Networks;
using Engine.Tests.Cli.Drawing;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class EvaluationTextTests
{
    [Test]
    public void Write_AsTables_PutsNumbersIntoTheirCells()
    {
        // All is taken for class 0: two of class 0, three of class 1.
        var data = new ImageDataset(new byte[5], [0, 0, 1, 1, 1], 1, 1);
        var network = new Network(NetworkDescription.Parse("1 -> Dense 2"));

        string text = Pictures.Capture(80, colours: false, console => EvaluationText.Write(console, network, new ClassificationReport(network, data)));

        Assert.That(Pictures.Rows(text), Is.SupersetOf(new[] { "0 2 ·", "1 3 0", "0 2 40.00 % 100.00 %", "1 3 - 0.00 %" }), text);
    }

    [TestCase(80, true)]
    [TestCase(40, false)]
    [TestCase(30, false)]
    [TestCase(20, false)]
    public void Write_AnyWidth_LeavesNumbersWhole(int width, bool asTable)
    {
        // A network without weights takes all for class 0: 12,345 of class 9, one of each other.
        byte[] labels = [.. Enumerable.Repeat((byte)9, 12_345), .. Enumerable.Range(0, 9).Select(label => (byte)label)];
        var data = new ImageDataset(new byte[labels.Length], labels, 1, 1);
        var network = new Network(NetworkDescription.Parse("1 -> Dense 10"));

        string text = Pictures.Capture(width, colours: false, console => EvaluationText.Write(console, network, new ClassificationReport(network, data)));

        string[] lines = Pictures.Lines(text);
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(width));
        Assert.That(text, Does.Not.Contain("…"));
        Assert.That(lines.Count(line => line.Contains("12345", StringComparison.Ordinal)), Is.EqualTo(2), "in the confusion matrix and as the images of class 9");
        Assert.That(lines.Any(line => line.StartsWith("Rows:", StringComparison.Ordinal)), Is.EqualTo(asTable));
    }
}
