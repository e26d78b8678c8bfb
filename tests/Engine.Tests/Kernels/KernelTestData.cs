using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>Reproducible operands for the kernel tests.</summary>
internal static class KernelTestData
{
    /// <summary>Past four vectors of 512 bits and a tail of 3: with every length up to here each loop starts, repeats and ends.</summary>
    public const int LongestLength = 67;

    /// <summary>The numbers that rules of thumb forget.</summary>
    public static readonly float[] SpecialValues =
    [
        0f, -0f, float.Epsilon, -float.Epsilon, 1.1754942e-38f, -1.1754942e-38f, 1.17549435e-38f, 1e-20f, -1e-20f, 0.5f, -0.5f, 1f, -1f,
        20f, -20f, 87.5f, -87.5f, 88.8f, -88.8f, 90f, -90f, 104f, -104f, 1e30f, -1e30f,
        float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, -float.NaN,
    ];

    /// <summary>A source of numbers uniform from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static Func<float> Uniform(float low, float high, ulong seed = 1)
    {
        var random = new SplitMix64(seed);
        return () => (float)(low + ((high - low) * random.NextDouble()));
    }

    /// <summary>A source that now and then, once in <paramref name="interval"/>, yields one of the <see cref="SpecialValues"/>.</summary>
    public static Func<float> WithSpecialValues(Func<float> source, ulong seed = 2, int interval = 8)
    {
        var random = new SplitMix64(seed);
        return () => random.NextInt(interval) == 0 ? SpecialValues[random.NextInt(SpecialValues.Length)] : source();
    }

    /// <summary>A source of numbers of every magnitude and both signs: sums of them round, cancel and overflow.</summary>
    public static Func<float> EveryMagnitude(ulong seed)
    {
        var random = new SplitMix64(seed);
        return () => (float)((random.NextDouble() - 0.5) * Math.ScaleB(1, random.NextInt(180) - 90));
    }

    /// <summary>A stride that holds <paramref name="columns"/>, is odd and leaves a gap.</summary>
    public static int OddStride(int columns) => (columns | 1) + 2;
}
