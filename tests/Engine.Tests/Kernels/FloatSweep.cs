using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>A function on one float after another, a fixed number of bit patterns apart, so that each magnitude gets its share.</summary>
internal static class FloatSweep
{
    public delegate void Kernel(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Every <paramref name="step"/>-th float from <paramref name="low"/> to <paramref name="high"/>, and both ends.</summary>
    public static float[] Between(float low, float high, int step)
    {
        var values = new List<float>();
        for (long order = Order(low); order < Order(high); order += step)
        {
            values.Add(Value(order));
        }
        values.Add(high);
        return [.. values];
    }

    /// <summary>Requires that a kernel is within an error of its reference all over a range; reports the largest error found.</summary>
    public static void Check(
        float low, float high, int step, Kernel kernel, Func<double, double> reference, double maximumUlps, double floor = 0)
    {
        float[] x = Between(low, high, step);
        float[] y = new float[x.Length];
        kernel(x, y);
        double worst = 0;
        float worstAt = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double expected = reference(x[i]);
            double error = Expect.UlpError(y[i], expected);
            if (!(error <= worst) && !(Math.Abs(y[i] - expected) <= floor))
            {
                worst = error;
                worstAt = x[i];
            }
        }
        TestContext.Out.WriteLine($"largest error {worst:F3} ulp at {worstAt:R}, {x.Length} numbers");
        Assert.That(worst, Is.LessThanOrEqualTo(maximumUlps), $"largest error at {worstAt:R}");
    }

    // Floats in ascending order are consecutive integers if the negative ones are mirrored.
    private static long Order(float x)
    {
        int bits = BitConverter.SingleToInt32Bits(x);
        return bits >= 0 ? bits : int.MinValue - (long)bits;
    }

    private static float Value(long order) => BitConverter.Int32BitsToSingle(order >= 0 ? (int)order : (int)(int.MinValue - order));
}
