using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class NonZeroMaskTests
{
    private static readonly Random Random = new(7);

    [Test]
    public void Of_BytesOfEveryLength_HasABitForEachThatIsNotZero([Range(0, 200)] int length)
    {
        byte[] row = [.. Enumerable.Range(0, length).Select(_ => (byte)(Random.Next(3) == 0 ? Random.Next(1, 256) : 0))];
        ulong[] mask = [.. Enumerable.Repeat(ulong.MaxValue, NonZeroMask.Words(length))];
        NonZeroMask.Of(row, mask);
        AssertBits(mask, [.. row.Select(value => value != 0)]);
    }

    [Test]
    public void Of_FloatsOfEveryLength_HasABitForEachThatIsNotZero([Range(0, 200)] int length)
    {
        float[] values = [0f, -0f, 1f, -1f, float.Epsilon, float.NaN, float.PositiveInfinity, 0f];
        float[] row = [.. Enumerable.Range(0, length).Select(_ => values[Random.Next(values.Length)])];
        ulong[] mask = [.. Enumerable.Repeat(ulong.MaxValue, NonZeroMask.Words(length))];
        NonZeroMask.Of(row, mask);
        AssertBits(mask, [.. row.Select(value => value != 0f)]);
    }

    /// <summary>What lies behind a row's width is not looked at: it may be another's columns.</summary>
    [Test]
    public void OfRows_RowsOfEveryWidth_AreTheMasksOfEach([Range(1, 200)] int width, [Values(1, 3)] int rows)
    {
        float[] values = [0f, -0f, 1f, -1f, float.Epsilon, float.NaN, float.PositiveInfinity, 0f];
        int stride = RowLayout.Stride(width);
        float[] matrix = [.. Enumerable.Range(0, rows * stride).Select(i => i % stride < width ? values[Random.Next(values.Length)] : 1f)];
        int words = NonZeroMask.Words(width);
        ulong[] masks = [.. Enumerable.Repeat(ulong.MaxValue, (rows * words) + 1)];

        long count = NonZeroMask.OfRows(rows, width, matrix, stride, masks.AsSpan(0, rows * words));

        for (int row = 0; row < rows; row++)
        {
            AssertBits(masks[(row * words)..((row + 1) * words)], [.. matrix[(row * stride)..].Take(width).Select(value => value != 0f)]);
        }
        Assert.That(masks[^1], Is.EqualTo(ulong.MaxValue), "nothing is written behind the masks");
        Assert.That(count, Is.EqualTo(NonZeroMask.Count(masks.AsSpan(0, rows * words))));
    }

    [TestCase(0, ExpectedResult = 0)]
    [TestCase(64, ExpectedResult = 1)]
    [TestCase(65, ExpectedResult = 2)]
    [TestCase(int.MaxValue, ExpectedResult = 33_554_432)]
    public int Words_OfAnyLength_HoldABitForEach(int length) => NonZeroMask.Words(length);

    [Test]
    public void Of_AMaskOfAnotherLength_IsRefused()
    {
        Assert.That(() => NonZeroMask.Of(new byte[65], new ulong[1]), Throws.ArgumentException);
        Assert.That(() => NonZeroMask.Of(new float[64], new ulong[2]), Throws.ArgumentException);
    }

    private static void AssertBits(ulong[] mask, bool[] expected)
    {
        bool[] bits = [.. Enumerable.Range(0, mask.Length * 64).Select(i => (mask[i / 64] >> (i % 64) & 1) != 0)];
        Assert.That(bits[..expected.Length], Is.EqualTo(expected));
        Assert.That(bits[expected.Length..], Has.All.False);
        Assert.That(NonZeroMask.Count(mask), Is.EqualTo(expected.Count(bit => bit)));
    }
}
