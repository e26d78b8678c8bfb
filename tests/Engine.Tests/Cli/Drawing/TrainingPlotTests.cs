using System.Xml.Linq;
using Engine.Cli.Drawing;
using Engine.Training;
using NUnit.Framework;
using SkiaSharp;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class TrainingPlotTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(32)]
    [TestCase(1000)]
    public void Save_AsPng_ShowsBothSeriesInBothPanels(int epochs)
    {
        using var pictures = new Pictures();
        EpochReport[] reports = [.. Enumerable.Range(1, epochs).Select(epoch => Pictures.Epoch(epoch, 1 - (0.5 / epoch), 1 - (0.6 / epoch), 1.0 / epoch))];

        TrainingPlot.Save(pictures.File("a.png"), reports, "Title");

        using SKBitmap picture = pictures.Decode("a.png");
        using (Assert.EnterMultipleScope())
        {
            foreach (int left in new[] { 0, picture.Width / 2 })
            {
                SKColor[] panel = Panel(picture, left);
                Assert.That(panel.Count(IsBlue), Is.GreaterThan(30), $"training from {left}");
                Assert.That(panel.Count(IsOrange), Is.GreaterThan(20), $"test from {left}");
                Assert.That(panel[0], Is.EqualTo(SKColors.White));
            }
        }
    }

    [Test]
    public void Save_WithoutValidation_LeavesOutTheTestSeries()
    {
        using var pictures = new Pictures();

        TrainingPlot.Save(pictures.File("a.PNG"), [Pictures.Epoch(1, 0.5), Pictures.Epoch(2, 0.6)], "Title");

        using SKBitmap picture = pictures.Decode("a.PNG");
        Assert.That(Panel(picture, 0).Count(IsBlue), Is.GreaterThan(30));
        Assert.That(picture.Pixels, Has.None.Matches<SKColor>(IsOrange));
    }

    [Test]
    public void Save_OfATitle_WritesItAbove()
    {
        using var pictures = new Pictures();

        TrainingPlot.Save(pictures.File("with.png"), [Pictures.Epoch(1, 0.5)], "A title");
        TrainingPlot.Save(pictures.File("without.png"), [Pictures.Epoch(1, 0.5)], "");

        using SKBitmap with = pictures.Decode("with.png");
        using SKBitmap without = pictures.Decode("without.png");
        Assert.That(with.Pixels.Take(with.Width * 48).Count(colour => colour.Red < 100), Is.GreaterThan(200));
        Assert.That(without.Pixels.Take(without.Width * 48), Has.All.EqualTo(SKColors.White));
    }

    [Test]
    public void Save_AsSvg_HoldsItsTextAndFallbackFonts()
    {
        using var pictures = new Pictures();
        EpochReport[] reports = [.. Enumerable.Range(1, 3).Select(epoch => Pictures.Epoch(epoch, 0.9 + (0.01 * epoch), 0.9))];

        TrainingPlot.Save(pictures.File("a.svg"), reports, "<One> & \"two\"");

        XElement[] texts = [.. XDocument.Load(pictures.File("a.svg")).Descendants().Where(element => element.Name.LocalName == "text")];
        string[] words = [.. texts.Select(text => text.Value.Trim())];
        Assert.That(words, Is.SupersetOf(new[] { "<One> & \"two\"", "Accuracy (%)", "Loss", "Epoch", "1", "2", "3", "training, during the epoch", "test, after the epoch" }));
        Assert.That(texts.Select(text => text.Attribute("font-family")?.Value), Has.All.EqualTo("DejaVu Sans, Verdana, sans-serif"));
    }

    [Test]
    public void Save_OfAccuracies_NumbersTheirAxisInPercent()
    {
        using var pictures = new Pictures();

        TrainingPlot.Save(pictures.File("a.svg"), [Pictures.Epoch(1, 0.90), Pictures.Epoch(2, 0.94)], "");

        string[] words = [.. XDocument.Load(pictures.File("a.svg")).Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value.Trim())];
        Assert.That(words, Does.Contain("92").Or.Contain("92.0"));
    }

    [Test]
    public void Save_OfLossesThatAreNoNumbers_DrawsTheOthers()
    {
        using var pictures = new Pictures();

        TrainingPlot.Save(pictures.File("some.png"), [Pictures.Epoch(1, 0.1, 0.1), Pictures.Epoch(2, 0.1, 0.1, double.NaN), Pictures.Epoch(3, 0.1, 0.1, double.PositiveInfinity)], "");
        TrainingPlot.Save(pictures.File("none.svg"), [Pictures.Epoch(1, 0.1, 0.1, double.NaN)], "");

        using SKBitmap some = pictures.Decode("some.png");
        Assert.That(Panel(some, some.Width / 2).Count(IsBlue), Is.GreaterThan(30));
        Assert.That(File.ReadAllText(pictures.File("none.svg")), Does.Contain("no finite number to draw"));
    }

    [TestCase("a.gif")]
    [TestCase("a")]
    [TestCase("png")]
    public void Save_UnderAnotherName_IsRefused(string name)
    {
        using var pictures = new Pictures();

        Assert.That(
            () => TrainingPlot.Save(pictures.File(name), [Pictures.Epoch(1, 0.5)], ""),
            Throws.ArgumentException.With.Message.Contains("expected a file name that ends in .png or .svg"));
        Assert.That(pictures.Names(), Is.Empty);
    }

    [TestCase("a.png")]
    [TestCase("a.svg")]
    public void Save_WhenItFails_LeavesTheOldFile(string name)
    {
        using var pictures = new Pictures();
        File.WriteAllText(pictures.File(name), "old");

        Assert.That(() => TrainingPlot.Save(pictures.File(name), [], ""), Throws.ArgumentException);
        Assert.That(() => TrainingPlot.Save(Path.Combine(pictures.Folder, "missing", name), [Pictures.Epoch(1, 0.5)], ""), Throws.TypeOf<DirectoryNotFoundException>());

        Assert.That(File.ReadAllText(pictures.File(name)), Is.EqualTo("old"));
        Assert.That(pictures.Names(), Is.EqualTo(new[] { name }));
    }

    /// <summary>The part of a panel inside its axes, without the legend.</summary>
    private static SKColor[] Panel(SKBitmap picture, int left) =>
        [.. from y in Enumerable.Range(50, 370) from x in Enumerable.Range(left + 2, (picture.Width / 2) - 4) select picture.GetPixel(x, y)];

    private static bool IsBlue(SKColor colour) => colour.Blue - colour.Red > 100;

    private static bool IsOrange(SKColor colour) => colour.Red - colour.Blue > 100;
}
