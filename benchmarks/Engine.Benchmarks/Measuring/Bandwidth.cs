using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Benchmarks.Measuring;

/// <summary>How fast one core reads memory, measured: the bound of kernels that compute little for each byte.</summary>
internal static class Bandwidth
{
    private const int Repeats = 7;
    private const double BytesPerRepeat = 1.5e8;

    /// <summary>The best rate at which some bytes are read over and over, GB/s.</summary>
    /// <param name="bytes">How many; they decide which cache they are in.</param>
    public static double Measure(int bytes)
    {
        var buffer = new AlignedBuffer(bytes / sizeof(float));
        buffer.Span.Fill(1f);
        int rounds = (int)Math.Max(1, BytesPerRepeat / bytes);
        double best = 0;
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            long start = Stopwatch.GetTimestamp();
            int bits = 0;
            for (int round = 0; round < rounds; round++)
            {
                bits |= Union(buffer.Span);
            }
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Verify.Close(1, BitConverter.Int32BitsToSingle(bits), 0, "the bits of a buffer of ones");
            best = Math.Max(best, (double)rounds * buffer.Length * sizeof(float) / seconds / 1e9);
        }
        return best;
    }

    /// <summary>All bits of all elements: the least that can be done with what was read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Union(ReadOnlySpan<float> span)
    {
        ReadOnlySpan<Vector<int>> vectors = MemoryMarshal.Cast<float, Vector<int>>(span);
        Vector<int> a = default, b = default, c = default, d = default;
        for (; vectors.Length >= 4; vectors = vectors[4..])
        {
            a |= vectors[0];
            b |= vectors[1];
            c |= vectors[2];
            d |= vectors[3];
        }
        return (a | b | c | d)[0];
    }
}
