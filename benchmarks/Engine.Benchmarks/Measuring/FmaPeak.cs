using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Kernels;

namespace Engine.Benchmarks.Measuring;

/// <summary>
/// The most fused multiply-adds that one core can do, measured: the bound that no matrix product can pass.
/// </summary>
/// <remarks>
/// 12 chains that do not depend on one another are more than the 8 that two FMA units of latency 4 keep busy, and with
/// the two factors they fit the 16 registers of AVX2. A multiply-add counts as two operations. Any width of vectors can be
/// measured, whatever that of the products in this process: benchmarks may run in processes of their own.
/// </remarks>
internal static class FmaPeak
{
    private const int Chains = 12;
    private const int Rounds = 100_000;
    private const int Repeats = 60;
    private const int RepeatsTogether = 20;
    private const int AttemptsTogether = 8;
    private static readonly ConcurrentDictionary<int, double> BestByWidth = new();

    private interface IWidth<TVector>
    {
        static abstract int Lanes { get; }

        static abstract TVector Create(float value);

        static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

        static abstract float First(TVector vector);
    }

    /// <summary>The best of all measurements in this process with vectors as wide as those of matrix products, in GFLOP/s; measured if there is none.</summary>
    public static double Best => Of(Hardware.VectorBits);

    /// <summary>Measures for some milliseconds; a moment without disturbance is enough.</summary>
    /// <returns><see cref="Best"/>.</returns>
    public static double Measure()
    {
        int bits = Hardware.VectorBits;
        return BestByWidth.AddOrUpdate(bits, Measure, (_, before) => Math.Max(before, Measure(bits)));
    }

    /// <summary>The best rate with vectors of some width, in GFLOP/s; measured when it is first asked for.</summary>
    /// <param name="bits">128, 256 or 512.</param>
    public static double Of(int bits) => BestByWidth.GetOrAdd(bits, Measure);

    /// <summary>Multiply-adds for a fraction of a millisecond, to be timed in turns with other work.</summary>
    /// <returns>How many operations these were.</returns>
    public static double Burst()
    {
        int bits = Hardware.VectorBits;
        Measure(bits, 1);
        return Flops(bits);
    }

    /// <summary>The rate at this moment, over some milliseconds: what <see cref="Best"/> is at best.</summary>
    /// <returns>GFLOP/s.</returns>
    public static double Rate()
    {
        int bits = Hardware.VectorBits;
        long start = Stopwatch.GetTimestamp();
        Measure(bits, RepeatsTogether);
        return RepeatsTogether * Flops(bits) / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    /// <summary>The rate of several threads at once, as a share of as many times <see cref="Best"/>: near 1 if each has a core of its own.</summary>
    /// <remarks>Virtual machines may be given two threads of one core, or a core that others use too; their own count of time does not tell.</remarks>
    /// <param name="threads">The threads, 1 or more.</param>
    public static double ShareTogether(int threads)
    {
        int bits = Hardware.VectorBits;
        double best = Of(bits);
        double flops = Flops(bits) * RepeatsTogether;
        double leastSeconds = double.PositiveInfinity;
        long[] starts = new long[threads];
        long[] ends = new long[threads];
        using var barrier = new Barrier(threads);
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(i => new Thread(() => Run(i)))];
        Array.ForEach(others, thread => thread.Start());
        Run(0);
        Array.ForEach(others, thread => thread.Join());
        return flops / leastSeconds / 1e9 / best;

        // More than once, since the system starts new threads on one core and spreads them some milliseconds later.
        void Run(int i)
        {
            for (int attempt = 0; attempt < AttemptsTogether; attempt++)
            {
                barrier.SignalAndWait();
                starts[i] = Stopwatch.GetTimestamp();
                Measure(bits, RepeatsTogether);
                ends[i] = Stopwatch.GetTimestamp();
                barrier.SignalAndWait();
                if (i == 0)
                {
                    leastSeconds = Math.Min(leastSeconds, Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds);
                }
            }
        }
    }

    /// <summary>Operations of one run of the loop.</summary>
    private static double Flops(int bits) => 2.0 * Chains * Rounds * (bits / (8 * sizeof(float)));

    private static double Measure(int bits) => Measure(bits, Repeats);

    private static double Measure(int bits, int repeats) => bits switch
    {
        128 => Measure<Vector128<float>, Width128>(repeats),
        256 => Measure<Vector256<float>, Width256>(repeats),
        512 => Measure<Vector512<float>, Width512>(repeats),
        _ => throw new ArgumentOutOfRangeException(nameof(bits), bits, "Expected 128, 256 or 512 bits."),
    };

    private static double Measure<TVector, TWidth>(int repeats)
        where TVector : struct
        where TWidth : struct, IWidth<TVector>
    {
        double best = 0;
        double flops = Flops(8 * sizeof(float) * TWidth.Lanes);
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            float sum = Run<TVector, TWidth>(Rounds, TWidth.Create(1e-3f), TWidth.Create(1e-3f));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!(sum > 0f))
            {
                throw new InvalidOperationException($"Sums of positive numbers are positive; found {sum}.");
            }
            best = Math.Max(best, flops / seconds / 1e9);
        }
        return best;
    }

    /// <summary>The loop. It calls nothing: at a call the JIT would move every accumulator to the stack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run<TVector, TWidth>(int rounds, TVector a, TVector b)
        where TVector : struct
        where TWidth : struct, IWidth<TVector>
    {
        TVector acc0 = default, acc1 = default, acc2 = default, acc3 = default, acc4 = default, acc5 = default;
        TVector acc6 = default, acc7 = default, acc8 = default, acc9 = default, acc10 = default, acc11 = default;
        for (int i = rounds; i != 0; i--)
        {
            acc0 = TWidth.MultiplyAdd(a, b, acc0);
            acc1 = TWidth.MultiplyAdd(a, b, acc1);
            acc2 = TWidth.MultiplyAdd(a, b, acc2);
            acc3 = TWidth.MultiplyAdd(a, b, acc3);
            acc4 = TWidth.MultiplyAdd(a, b, acc4);
            acc5 = TWidth.MultiplyAdd(a, b, acc5);
            acc6 = TWidth.MultiplyAdd(a, b, acc6);
            acc7 = TWidth.MultiplyAdd(a, b, acc7);
            acc8 = TWidth.MultiplyAdd(a, b, acc8);
            acc9 = TWidth.MultiplyAdd(a, b, acc9);
            acc10 = TWidth.MultiplyAdd(a, b, acc10);
            acc11 = TWidth.MultiplyAdd(a, b, acc11);
        }
        return TWidth.First(acc0) + TWidth.First(acc1) + TWidth.First(acc2) + TWidth.First(acc3) + TWidth.First(acc4) + TWidth.First(acc5)
            + TWidth.First(acc6) + TWidth.First(acc7) + TWidth.First(acc8) + TWidth.First(acc9) + TWidth.First(acc10) + TWidth.First(acc11);
    }

    private readonly struct Width128 : IWidth<Vector128<float>>
    {
        public static int Lanes => Vector128<float>.Count;

        public static Vector128<float> Create(float value) => Vector128.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.FusedMultiplyAdd(a, b, c);

        public static float First(Vector128<float> vector) => vector[0];
    }

    private readonly struct Width256 : IWidth<Vector256<float>>
    {
        public static int Lanes => Vector256<float>.Count;

        public static Vector256<float> Create(float value) => Vector256.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);

        public static float First(Vector256<float> vector) => vector[0];
    }

    private readonly struct Width512 : IWidth<Vector512<float>>
    {
        public static int Lanes => Vector512<float>.Count;

        public static Vector512<float> Create(float value) => Vector512.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

        public static float First(Vector512<float> vector) => vector[0];
    }
}
