using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class SplitMix64Tests
{
    [Test]
    public void Next_FromSeed0_GivesThePublishedNumbers()
    {
        var random = new SplitMix64(0);

        Assert.That(random.Next(), Is.EqualTo(0xE220A8397B1DCDAF));
        Assert.That(random.Next(), Is.EqualTo(0x6E789E6AA1B965F4));
        Assert.That(random.Next(), Is.EqualTo(0x06C45D188009454F));
    }

    [Test]
    public void NextDouble_IsTheTop53Bits()
    {
        var random = new SplitMix64(0);

        Assert.That(random.NextDouble(), Is.EqualTo((0xE220A8397B1DCDAF >> 11) / 9007199254740992.0));
    }

    [Test]
    public void NextDouble_OverManyDraws_IsUniformFrom0To1()
    {
        const int draws = 1_000_000;
        var random = new SplitMix64(5);
        int[] counts = new int[64];
        for (int i = 0; i < draws; i++)
        {
            double x = random.NextDouble();
            if (!(x >= 0 && x < 1))
            {
                Assert.Fail($"{x} is not from 0 to 1");
            }
            counts[(int)(x * counts.Length)]++;
        }

        Assert.That(ChiSquare(counts), Is.LessThan(ChiSquareLimit(counts.Length)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(10)]
    [TestCase(1000)]
    public void NextInt_OverManyDraws_IsUniformBelowItsBound(int bound)
    {
        var random = new SplitMix64(6);
        int[] counts = new int[bound];
        for (int i = 0; i < 500_000; i++)
        {
            // An index out of range would throw.
            counts[random.NextInt(bound)]++;
        }

        Assert.That(ChiSquare(counts), Is.LessThanOrEqualTo(ChiSquareLimit(bound)));
    }

    [Test]
    public void NextInt_OfAHugeBound_IsUniformToo()
    {
        const int bound = int.MaxValue;
        var random = new SplitMix64(7);
        int[] counts = new int[50];
        for (int i = 0; i < 500_000; i++)
        {
            counts[random.NextInt(bound) / ((bound / counts.Length) + 1)]++;
        }

        Assert.That(ChiSquare(counts), Is.LessThan(ChiSquareLimit(counts.Length)));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(int.MinValue)]
    public void NextInt_OfABoundBelow1_Throws(int bound)
    {
        var random = new SplitMix64(0);

        Assert.That(() => random.NextInt(bound), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void NextNormal_OverManyDraws_HasTheMomentsAndTailsOfTheNormalDistribution()
    {
        const int draws = 1_000_000;
        var random = new SplitMix64(8);
        double sum = 0, sumOfSquares = 0, sumOfCubes = 0, sumOfFourths = 0, largest = 0;
        int beyond1 = 0, beyond3 = 0;
        for (int i = 0; i < draws; i++)
        {
            double x = random.NextNormal();
            sum += x;
            sumOfSquares += x * x;
            sumOfCubes += x * x * x;
            sumOfFourths += x * x * x * x;
            largest = Math.Max(largest, Math.Abs(x));
            beyond1 += Math.Abs(x) > 1 ? 1 : 0;
            beyond3 += Math.Abs(x) > 3 ? 1 : 0;
        }

        // Each limit is about 5 standard errors.
        Assert.That(sum / draws, Is.Zero.Within(0.005), "mean");
        Assert.That(sumOfSquares / draws, Is.EqualTo(1).Within(0.007), "variance");
        Assert.That(sumOfCubes / draws, Is.Zero.Within(0.02), "skewness");
        Assert.That(sumOfFourths / draws, Is.EqualTo(3).Within(0.05), "kurtosis");
        Assert.That((double)beyond1 / draws, Is.EqualTo(0.317311).Within(0.0024), "share beyond 1");
        Assert.That((double)beyond3 / draws, Is.EqualTo(0.0026998).Within(0.00026), "share beyond 3");
        Assert.That(largest, Is.InRange(4.2, 6.5));
    }

    /// <summary>The first number is 0: its low half is one of those that would favour a result.</summary>
    [Test]
    public void NextInt_ANumberThatWouldFavourAResult_IsDrawnAgain()
    {
        var random = new SplitMix64(unchecked(0UL - 0x9E3779B97F4A7C15));
        Assert.That(random.NextInt(3), Is.EqualTo(2), "the second number is 0xE220A8397B1DCDAF");
    }

    [Test]
    public void Next_FromTheSameSeed_Repeats()
    {
        var first = new SplitMix64(123);
        var second = new SplitMix64(123);
        for (int i = 0; i < 100; i++)
        {
            Assert.That(first.NextNormal(), Is.EqualTo(second.NextNormal()));
        }
    }

    private static double ChiSquare(int[] counts)
    {
        double expected = (double)counts.Sum() / counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    /// <summary>Mean plus 4 standard deviations of chi-square; a fixed seed either passes for good or fails for good.</summary>
    private static double ChiSquareLimit(int cells) => cells - 1 + (4 * Math.Sqrt(2.0 * (cells - 1)));
}
