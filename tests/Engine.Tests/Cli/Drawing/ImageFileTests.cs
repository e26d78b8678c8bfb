using Engine.Cli.Drawing;
using Engine.Formats;
using NUnit.Framework;
using SkiaSharp;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class ImageFileTests
{
    [Test]
    public void Read_OfAGreyPngOfTheSameSize_GivesItsBytes()
    {
        using var pictures = new Pictures();
        byte[] pixels = Pictures.Ramp(28, 28);
        using SKBitmap bitmap = Bitmap(28, 28, SKColorType.Gray8, (row, column) => Grey(pixels[(row * 28) + column]));

        Assert.That(ImageFile.Read(pictures.Save("a.png", bitmap), 28, 28), Is.EqualTo(pixels));
    }

    [Test]
    public void Read_OfALargerPng_AveragesAreas()
    {
        using var pictures = new Pictures();
        byte[,] greys = { { 0, 10, 100, 100 }, { 20, 30, 100, 100 } };
        using SKBitmap bitmap = Bitmap(2, 4, SKColorType.Rgba8888, (row, column) => Grey(greys[row, column]));

        Assert.That(ImageFile.Read(pictures.Save("a.png", bitmap), 1, 2), Is.EqualTo(new byte[] { 15, 100 }));
    }

    [Test]
    public void Read_ToASizeThatDoesNotDivide_WeighsPartsOfPixels()
    {
        using var pictures = new Pictures();
        using SKBitmap bitmap = Bitmap(1, 3, SKColorType.Gray8, (_, column) => Grey((byte)(90 * column)));

        // 0, 90, 180 in two halves: (0 + 90 / 2) / 1.5 and (90 / 2 + 180) / 1.5.
        Assert.That(ImageFile.Read(pictures.Save("a.png", bitmap), 1, 2), Is.EqualTo(new byte[] { 30, 150 }));
    }

    [Test]
    public void Read_OfASmallerPng_RepeatsPixels()
    {
        using var pictures = new Pictures();
        using SKBitmap bitmap = Bitmap(1, 2, SKColorType.Gray8, (_, column) => Grey((byte)(column == 0 ? 7 : 201)));

        Assert.That(ImageFile.Read(pictures.Save("a.png", bitmap), 2, 4), Is.EqualTo(new byte[] { 7, 7, 201, 201, 7, 7, 201, 201 }));
    }

    [Test]
    public void Read_OfColours_TakesTheirLumaOverBlack()
    {
        using var pictures = new Pictures();
        SKColor[] colours = [new(255, 0, 0), new(0, 255, 0), new(0, 0, 255), new(255, 255, 255, 0), new(255, 255, 255, 128), new(200, 200, 200, 255)];
        using SKBitmap bitmap = Bitmap(1, colours.Length, SKColorType.Rgba8888, (_, column) => colours[column]);

        Assert.That(ImageFile.Read(pictures.Save("a.png", bitmap), 1, colours.Length), Is.EqualTo(new byte[] { 76, 150, 29, 0, 128, 200 }));
    }

    [Test]
    public void Read_OfAnythingButAPng_SaysWhatIsWrong()
    {
        using var pictures = new Pictures();
        using SKBitmap bitmap = Bitmap(40, 40, SKColorType.Rgba8888, (row, column) => new SKColor((byte)(row * 6), (byte)(column * 6), (byte)((row * column) % 251)));
        byte[] sound = File.ReadAllBytes(pictures.Save("sound.png", bitmap));
        using SKData jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        byte[] flipped = [.. sound];
        flipped[sound.Length / 2] ^= 0xFF;
        var contents = new Dictionary<string, byte[]>
        {
            ["empty"] = [],
            ["text"] = [.. "this is no image"u8],
            ["signature"] = sound[..8],
            ["header"] = sound[..33],
            ["half"] = sound[..(sound.Length / 2)],
            ["flipped"] = flipped,
            ["jpeg"] = jpeg.ToArray(),
            ["noise"] = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i * 31))],
        };
        using (Assert.EnterMultipleScope())
        {
            foreach ((string name, byte[] content) in contents)
            {
                string path = pictures.File(name + ".png");
                File.WriteAllBytes(path, content);
                Assert.That(
                    () => ImageFile.Read(path, 28, 28),
                    Throws.TypeOf<InvalidFileException>().With.Message.Contains(path).And.Message.Contains("PNG image; found"), name);
            }
        }
    }

    [Test]
    public void Read_OfAPngWithAnyByteWrong_GivesAnImageOrTheException()
    {
        using var pictures = new Pictures();
        using SKBitmap bitmap = Bitmap(9, 7, SKColorType.Rgba8888, (row, column) => new SKColor((byte)(row * 20), (byte)(column * 30), 99));
        byte[] sound = File.ReadAllBytes(pictures.Save("a.png", bitmap));
        for (int position = 0; position < sound.Length; position++)
        {
            byte[] damaged = [.. sound];
            damaged[position] ^= 0x55;
            File.WriteAllBytes(pictures.File("b.png"), damaged);
            try
            {
                Assert.That(ImageFile.Read(pictures.File("b.png"), 4, 4), Has.Length.EqualTo(16), $"byte {position}");
            }
            catch (InvalidFileException)
            {
                // The other outcome that is right.
            }
        }
    }

    [Test]
    public void Read_OfAVeryLargePng_IsRefused()
    {
        using var pictures = new Pictures();
        using var bitmap = new SKBitmap(new SKImageInfo(8193, 4097, SKColorType.Gray8, SKAlphaType.Opaque));

        Assert.That(
            () => ImageFile.Read(pictures.Save("large.png", bitmap), 28, 28),
            Throws.TypeOf<InvalidFileException>().With.Message.Contains("expected an image of at most 33554432 pixels; found 8193 x 4097"));
    }

    [Test]
    public void Read_OfAMissingFile_SaysSo()
    {
        using var pictures = new Pictures();

        Assert.That(() => ImageFile.Read(pictures.File("a.png"), 28, 28), Throws.TypeOf<FileNotFoundException>());
    }

    private static SKColor Grey(byte grey) => new(grey, grey, grey);

    private static SKBitmap Bitmap(int rows, int columns, SKColorType type, Func<int, int, SKColor> colour)
    {
        var bitmap = new SKBitmap(new SKImageInfo(columns, rows, type, type == SKColorType.Gray8 ? SKAlphaType.Opaque : SKAlphaType.Unpremul));
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                bitmap.SetPixel(column, row, colour(row, column));
            }
        }
        return bitmap;
    }
}
