using Engine.Cli.Drawing;
using NUnit.Framework;
using SkiaSharp;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class PixelGridTests
{
    private const int Margin = 20;

    [TestCase(28, 28)]
    [TestCase(5, 40)]
    [TestCase(64, 64)]
    [TestCase(1, 1)]
    public void Save_ShowsEachPixelsGreyWithItsNumberOnIt(int rows, int columns)
    {
        using var pictures = new Pictures();
        byte[] pixels = Pictures.Ramp(rows, columns);

        PixelGrid.Save(pictures.File("a.png"), pixels, rows, columns);

        using SKBitmap picture = pictures.Decode("a.png");
        int cell = PixelGrid.CellSize(rows, columns);
        Assert.That(picture.Width, Is.EqualTo((columns * cell) + (2 * Margin)));
        Assert.That(picture.Height, Is.EqualTo((rows * cell) + (2 * Margin)));
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                int left = Margin + (i % columns * cell);
                int top = Margin + (i / columns * cell);
                byte grey = pixels[i];
                Assert.That(picture.GetPixel(left + 2, top + 2), Is.EqualTo(new SKColor(grey, grey, grey)), $"pixel {i}");

                byte[] inner = [.. from y in Enumerable.Range(top + 2, cell - 4) from x in Enumerable.Range(left + 2, cell - 4) select picture.GetPixel(x, y).Red];
                Assert.That(grey >= 128 ? inner.Min() : inner.Max(), grey >= 128 ? Is.LessThan(60) : Is.GreaterThan(200), $"number {i}");
                Assert.That(grey >= 128 ? inner.Max() : inner.Min(), Is.EqualTo(grey), $"background {i}");
            }
        }
    }

    [Test]
    public void Save_OfAVeryLargeImage_HasNoNumbersButTheGreys()
    {
        using var pictures = new Pictures();
        byte[] pixels = Pictures.Ramp(1200, 2);

        PixelGrid.Save(pictures.File("a.png"), pixels, 1200, 2, "Title");

        using SKBitmap picture = pictures.Decode("a.png");
        Assert.That(picture.Height, Is.LessThan(8200));
        Assert.That(picture.GetPixel(picture.Width / 2, picture.Height - Margin - 1), Is.EqualTo(SKColors.White));
        Assert.That(picture.GetPixel(picture.Width / 2, Margin + 40), Is.EqualTo(SKColors.Black));
    }

    [Test]
    public void Save_WhenItFails_LeavesTheOldFile()
    {
        using var pictures = new Pictures();
        File.WriteAllText(pictures.File("a.png"), "old");

        Assert.That(() => PixelGrid.Save(pictures.File("a.png"), new byte[5], 2, 2), Throws.ArgumentException);
        Assert.That(() => PixelGrid.Save(Path.Combine(pictures.Folder, "missing", "a.png"), new byte[4], 2, 2), Throws.TypeOf<DirectoryNotFoundException>());

        Assert.That(File.ReadAllText(pictures.File("a.png")), Is.EqualTo("old"));
    }

    [Test]
    public void Write_WithoutColours_WritesPlainNumbers()
    {
        string text = Pictures.Capture(80, colours: false, console => PixelGrid.Write(console, [0, 7, 255, 42], 2, 2, "Title"));

        Assert.That(text, Is.EqualTo("Title\n   0   7\n 255  42\n"));
    }

    [Test]
    public void Write_WithColours_WritesBlackOnLightAndWhiteOnDark()
    {
        string text = Pictures.Capture(80, colours: true, console => PixelGrid.Write(console, [127, 128], 1, 2));

        Assert.That(text, Does.Contain("\e[38;2;255;255;255;48;2;127;127;127m 127").And.Contain("\e[38;2;0;0;0;48;2;128;128;128m 128"));
    }

    [Test]
    public void Write_WhereItIsTooWide_LeavesOutZerosAtTheEdges()
    {
        byte[] pixels = new byte[28 * 28];
        pixels[(5 * 28) + 6] = 1;
        pixels[(7 * 28) + 8] = 2;

        string[] lines = Pictures.Lines(Pictures.Capture(80, colours: false, console => PixelGrid.Write(console, pixels, 28, 28)));

        Assert.That(lines, Is.EqualTo(new[] { "Rows 5-7, columns 6-8; the rest is 0.", "   1   0   0", "   0   0   0", "   0   0   2" }));
    }

    [Test]
    public void Write_WhereItIsStillTooWide_WritesColumnsInParts()
    {
        string[] lines = Pictures.Lines(Pictures.Capture(13, colours: false, console => PixelGrid.Write(console, [1, 2, 3, 4, 5], 1, 5)));

        Assert.That(lines, Is.EqualTo(new[] { "Columns 0-2:", "   1   2   3", "Columns 3-4:", "   4   5" }));
    }
}
