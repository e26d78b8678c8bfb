using Engine.Cli.Drawing;
using NUnit.Framework;
using SkiaSharp;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class GalleryTests
{
    /// <summary>28 x 28 pixels in squares of 5: 140, a frame of 3 on each side, a gap of 16.</summary>
    private const int ColumnWidth = 140 + 6 + 16;

    [Test]
    public void Save_DrawsEachPixelAsASharpSquareOfItsGrey()
    {
        using var pictures = new Pictures();
        byte[] pixels = Pictures.Ramp(28, 28);

        Gallery.Save(pictures.File("a.png"), [new GalleryItem(pixels, 28, 28, "7")], "", 1);

        using SKBitmap picture = pictures.Decode("a.png");
        int left = (picture.Width - 140) / 2;
        const int Top = 24 + 3;
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                int x = left + (i % 28 * 5);
                int y = Top + (i / 28 * 5);
                SKColor expected = new(pixels[i], pixels[i], pixels[i]);
                Assert.That(picture.GetPixel(x, y), Is.EqualTo(expected), $"pixel {i}, first corner");
                Assert.That(picture.GetPixel(x + 4, y + 4), Is.EqualTo(expected), $"pixel {i}, last corner");
            }
        }
    }

    [Test]
    public void Save_PutsSoManyImagesInARow()
    {
        using var pictures = new Pictures();
        GalleryItem[] items = [.. Enumerable.Range(0, 7).Select(i => new GalleryItem(Pictures.Ramp(28, 28), 28, 28, $"{i}"))];

        Gallery.Save(pictures.File("three.png"), items, "", 3);
        Gallery.Save(pictures.File("many.png"), items, "", 100);

        using SKBitmap three = pictures.Decode("three.png");
        using SKBitmap many = pictures.Decode("many.png");
        Assert.That(three.Width, Is.EqualTo((3 * ColumnWidth) + 48));
        Assert.That(many.Width, Is.EqualTo((7 * ColumnWidth) + 48));
        Assert.That(three.Height - 48, Is.EqualTo(3 * (many.Height - 48)));
    }

    [Test]
    public void Save_WritesCaptions_AndThoseOfWrongOnesInRed()
    {
        using var pictures = new Pictures();
        byte[] pixels = Pictures.Ramp(28, 28);

        Gallery.Save(pictures.File("a.png"), [new(pixels, 28, 28, "8", "predicted 8"), new(pixels, 28, 28, "8", "predicted 3", Wrong: true)], "", 2);

        using SKBitmap picture = pictures.Decode("a.png");
        const int Caption = 24 + 146;
        SKColor[] right = Colours(picture, 24, Caption, ColumnWidth, 44);
        SKColor[] wrong = Colours(picture, 24 + ColumnWidth, Caption, ColumnWidth, 44);
        Assert.That(right.Count(colour => colour.Red < 100), Is.GreaterThan(20));
        Assert.That(right, Has.None.Matches<SKColor>(IsRed));
        Assert.That(wrong.Count(IsRed), Is.GreaterThan(60));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Save_FramesWrongOnesInRed(bool wrong)
    {
        using var pictures = new Pictures();

        Gallery.Save(pictures.File("a.png"), [new GalleryItem(Pictures.Ramp(28, 28), 28, 28, "8", null, wrong)], "", 1);

        using SKBitmap picture = pictures.Decode("a.png");
        Assert.That(IsRed(picture.GetPixel(picture.Width / 2, 24)), Is.EqualTo(wrong), "three pixels above the image");
    }

    [Test]
    public void Save_OfATitle_WritesItAbove()
    {
        using var pictures = new Pictures();

        Gallery.Save(pictures.File("a.png"), [new GalleryItem([255], 1, 1, "")], "A title much wider than the only image", 1);

        using SKBitmap picture = pictures.Decode("a.png");
        SKColor[] title = Colours(picture, 0, 0, picture.Width, 60);
        Assert.That(title.Count(colour => colour.Red < 100), Is.GreaterThan(200));
        Assert.That(Colours(picture, 0, 0, 20, picture.Height), Has.All.EqualTo(SKColors.White));
    }

    [Test]
    public void Save_WhenItFails_LeavesTheOldFile()
    {
        using var pictures = new Pictures();
        File.WriteAllText(pictures.File("a.png"), "old");

        Assert.That(() => Gallery.Save(pictures.File("a.png"), [], "none", 1), Throws.ArgumentException);
        Assert.That(() => Gallery.Save(pictures.File("a.png"), [new GalleryItem([1, 2], 1, 1, "")], "", 1), Throws.ArgumentException);
        Assert.That(() => Gallery.Save(pictures.File("a.png"), [new GalleryItem(new byte[200_000_000], 20_000, 10_000, "")], "", 1), Throws.ArgumentException);

        Assert.That(File.ReadAllText(pictures.File("a.png")), Is.EqualTo("old"));
        Assert.That(pictures.Names(), Is.EqualTo(new[] { "a.png" }));
    }

    [TestCase(57, 1)]
    [TestCase(58, 2)]
    [TestCase(80, 2)]
    [TestCase(88, 3)]
    public void Write_PutsAsManySideBySideAsHaveRoom(int width, int columns)
    {
        GalleryItem[] items = [.. Enumerable.Range(0, 3).Select(i => new GalleryItem(Pictures.Ramp(28, 28), 28, 28, $"{i}"))];

        string[] lines = Pictures.Lines(Pictures.Capture(width, colours: true, console => Gallery.Write(console, items)));

        Assert.That(lines[0].Count(character => character == '▀'), Is.EqualTo(28 * columns));
        Assert.That(lines[14].Split(' ', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(Enumerable.Range(0, columns).Select(i => $"{i}")));
    }

    [Test]
    public void Write_WithColours_ShowsTwoPixelsInACharacter()
    {
        string text = Pictures.Capture(80, colours: true, console => Gallery.Write(console, [new GalleryItem([10, 20, 30], 3, 1, "")]));

        Assert.That(text, Does.StartWith("\e[38;2;10;10;10;48;2;20;20;20m▀").And.Contain("\e[38;2;30;30;30m▀"));
    }

    [Test]
    public void Write_WithoutColours_ShowsShadesAndNamesWhatIsWrong()
    {
        byte[] pixels = [0, 128, 255, 0, 128, 255];

        string text = Pictures.Capture(80, colours: false, console => Gallery.Write(console, [new GalleryItem(pixels, 2, 3, "5", "predicted 3", Wrong: true)]));

        Assert.That(Pictures.Lines(text), Is.EqualTo(new[] { "     +@", " 5 (wrong)", "predicted 3" }));
        Assert.That(text, Does.Not.Contain('\e'));
    }

    [TestCase(1)]
    [TestCase(10)]
    [TestCase(27)]
    public void Write_ToANarrowTerminal_ShrinksTheImage(int width)
    {
        string[] lines = Pictures.Lines(Pictures.Capture(width, colours: true, console => Gallery.Write(console, [new GalleryItem(Pictures.Ramp(28, 28), 28, 28, "a long caption")])));

        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(width));
        Assert.That(lines.Sum(line => line.Count(character => character == '▀')), Is.EqualTo(width * ((width + 1) / 2)));
    }

    private static bool IsRed(SKColor colour) => colour.Red - colour.Green > 60;

    private static SKColor[] Colours(SKBitmap picture, int left, int top, int width, int height) =>
        [.. from y in Enumerable.Range(top, height) from x in Enumerable.Range(left, width) select picture.GetPixel(x, y)];
}
