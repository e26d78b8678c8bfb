namespace Engine.Kernels;

/// <summary>
/// The SplitMix64 generator: 64 bits of state, one addition and one mixing function for each number.
/// </summary>
/// <remarks>
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
/// Not for secrets. A mutable struct: keep it in a field or a local, and pass it by reference. Not thread-safe.
/// </remarks>
/// <param name="seed">The state before the first number; every value is as good as another.</param>
public struct SplitMix64(ulong seed)
{
    private const double TwoToMinus53 = 1.0 / (1UL << 53);
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The next number, uniform from 0 (inclusive) to 1 (exclusive): the top 53 bits times 2⁻⁵³.</summary>
    public double NextDouble() => (Next() >> 11) * TwoToMinus53;

    /// <summary>The next whole number from 0 to <paramref name="bound"/> − 1, each equally likely.</summary>
    /// <param name="bound">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is below 1.</exception>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);

        // The high half of a 64 x 64-bit product; the few low halves that would favour some results are drawn again.
        ulong range = (ulong)bound;
        ulong unfair = unchecked(0UL - range) % range;
        ulong high;
        ulong low;
        do
        {
            high = Math.BigMul(Next(), range, out low);
        }
        while (low < unfair);
        return (int)high;
    }

    /// <summary>The next number of the standard normal distribution.</summary>
    /// <remarks>
    /// Marsaglia's polar method: two uniform numbers in the unit disc, s their squared radius, <c>x·√(−2·log s / s)</c>.
    /// It needs no trigonometry, so every machine computes the same bits. The second number of the pair is not kept.
    /// </remarks>
    public double NextNormal()
    {
        double x;
        double s;
        do
        {
            x = (2 * NextDouble()) - 1;
            double y = (2 * NextDouble()) - 1;
            s = (x * x) + (y * y);
        }
        while (s >= 1 || s == 0);
        return x * Math.Sqrt(-2 * Logarithm.Log(s) / s);
    }
}
