using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class PixelBlocksTests
{
    [Test]
    public void Fill_ImagesOfEveryLength_PutsEachPixelAndItsBitInPlace([Range(1, 200)] int columns)
    {
        const int rows = 6;
        var random = new Random(columns);
        byte[][] images = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (byte)(random.Next(3) == 0 ? random.Next(1, 256) : 0)).ToArray())];
        var blocks = new PixelBlocks(rows, columns);

        // In an order of their own, each after another image in the same place.
        foreach (int row in new[] { 3, 0, 5, 1, 4, 2 })
        {
            blocks.Fill(row, [.. Enumerable.Repeat(byte.MaxValue, columns)]);
            blocks.Fill(row, images[row]);
        }

        for (int word = 0; word < blocks.Words; word++)
        {
            for (int row = 0; row < rows; row++)
            {
                byte[] expected = [.. images[row].Skip(word * 64).Take(64), .. new byte[64]];
                Assert.That(blocks.Pixels.Slice(((word * blocks.RowsBetween) + row) * 64, 64).ToArray(), Is.EqualTo(expected[..64]), $"word {word}, row {row}");
                ulong bits = expected[..64].Select((pixel, i) => pixel == 0 ? 0 : 1UL << i).Aggregate(0UL, (x, y) => x | y);
                Assert.That(blocks.Masks(word, row, 1)[0], Is.EqualTo(bits), $"word {word}, row {row}");
            }
        }
        Assert.That(blocks.RowsBetween % 2, Is.EqualTo(1), "an image's blocks are in different places of the cache");
    }

    [Test]
    public void Used_OfTheFirstImages_HasABitForEachPixelThatOneOfThemHas([Range(1, 9)] int rows)
    {
        const int columns = 70;
        var random = new Random(rows);
        byte[][] images = [.. Enumerable.Range(0, 9).Select(_ => Enumerable.Range(0, columns).Select(_ => (byte)(random.Next(8) == 0 ? random.Next(1, 256) : 0)).ToArray())];
        var blocks = new PixelBlocks(images.Length, columns);
        for (int row = 0; row < images.Length; row++)
        {
            blocks.Fill(row, images[row]);
        }
        for (int pixel = 0; pixel < columns; pixel++)
        {
            bool isUsed = (blocks.Used(pixel / 64, rows) >> (pixel % 64) & 1) == 1;
            Assert.That(isUsed, Is.EqualTo(images[..rows].Any(image => image[pixel] != 0)), $"pixel {pixel}");
        }
    }

    [Test]
    public void Fill_AnImageOfAnotherLength_IsRefused()
    {
        var blocks = new PixelBlocks(2, 65);
        Assert.That(() => blocks.Fill(0, new byte[64]), Throws.ArgumentException);
        Assert.That(() => blocks.Fill(0, new byte[66]), Throws.ArgumentException);
    }
}
