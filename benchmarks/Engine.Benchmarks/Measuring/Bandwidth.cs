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
            float greatest = 0f;
            for (int round = 0; round < rounds; round++)
            {
                greatest = Math.Max(greatest, Greatest(buffer.Span));
            }
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Verify.Close(1, greatest, 0, "greatest element of a buffer of ones");
            best = Math.Max(best, (double)rounds * buffer.Length * sizeof(float) / seconds / 1e9);
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Greatest(ReadOnlySpan<float> span)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(span);
        Vector<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i + 4 <= vectors.Length; i += 4)
        {
            a = Vector.Max(a, vectors[i]);
            b = Vector.Max(b, vectors[i + 1]);
            c = Vector.Max(c, vectors[i + 2]);
            d = Vector.Max(d, vectors[i + 3]);
        }
        return Vector.Max(Vector.Max(a, b), Vector.Max(c, d))[0];
    }
}
