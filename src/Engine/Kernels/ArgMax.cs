namespace Engine.Kernels;

/// <summary>The index of the largest element.</summary>
public static class ArgMax
{
    /// <summary>The first index that holds the largest value; NaN is never larger. 0 if nothing is larger than −∞.</summary>
    /// <param name="values">One element at least.</param>
    /// <exception cref="ArgumentException"><paramref name="values"/> is empty.</exception>
    public static int Of(ReadOnlySpan<float> values)
    {
        Check.AtLeast(values, 1);
        int best = 0;
        float largest = float.NegativeInfinity;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > largest)
            {
                largest = values[i];
                best = i;
            }
        }
        return best;
    }
}
