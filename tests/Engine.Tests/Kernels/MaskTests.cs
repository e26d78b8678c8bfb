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

public sealed class BitTransposeTests
{
    [Test]
    public void Run_OfRandomBits_ExchangesRowsAndColumns([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        ulong[] words = [.. Enumerable.Range(0, 64).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
        ulong[] transposed = [.. words];
        BitTranspose.Run(transposed);
        for (int i = 0; i < 64; i++)
        {
            for (int j = 0; j < 64; j++)
            {
                Assert.That(transposed[j] >> i & 1, Is.EqualTo(words[i] >> j & 1), $"row {i}, column {j}");
            }
        }
    }
}

public sealed class FiniteKernelTests
{
    [Test]
    public void All_OfEveryLength_FindsOneThatIsNotFiniteAnywhere([Range(0, 70)] int length)
    {
        float[] values = [.. Enumerable.Range(0, length).Select(i => (i % 4) switch { 0 => float.MaxValue, 1 => float.MinValue, 2 => float.Epsilon, _ => -0f })];
        Assert.That(FiniteKernel.All(values), Is.True);
        foreach (float wrong in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            for (int i = 0; i < length; i++)
            {
                float right = values[i];
                values[i] = wrong;
                Assert.That(FiniteKernel.All(values), Is.False, $"{wrong} at {i}");
                values[i] = right;
            }
        }
    }
}
