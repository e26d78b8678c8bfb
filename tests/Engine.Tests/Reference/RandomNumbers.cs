namespace Engine.Tests.Reference;

/// <summary>Seeded random arrays, the same in every run.</summary>
internal static class RandomNumbers
{
    /// <summary>Floats, uniform from −<paramref name="range"/> to <paramref name="range"/>.</summary>
    public static float[] Uniform(this Random random, int count, double range = 1)
    {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = (float)(((2 * random.NextDouble()) - 1) * range);
        }
        return numbers;
    }

    /// <summary>A 1 somewhere, else zeros.</summary>
    public static float[] OneHot(this Random random, int count)
    {
        float[] numbers = new float[count];
        numbers[random.Next(count)] = 1f;
        return numbers;
    }

    /// <summary>Bytes, uniform.</summary>
    public static byte[] Bytes(this Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
