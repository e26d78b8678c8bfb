using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Benchmarks;

/// <summary>
/// The most fused multiply-adds that one core can do, measured: the bound that no matrix product can pass.
/// </summary>
/// <remarks>
/// 12 chains that do not depend on one another are more than the 8 that two FMA units of latency 4 keep busy, and with
/// the two factors they fit the 16 registers of AVX2. A multiply-add counts as two operations.
/// </remarks>
internal static class FmaPeak
{
    private const int Chains = 12;
    private const int Rounds = 100_000;
    private const int Repeats = 60;

    /// <summary>The best of all measurements in this process so far, in GFLOP/s; 0 if there is none.</summary>
    public static double Best { get; private set; }

    /// <summary>Measures for some milliseconds; a moment without disturbance is enough.</summary>
    /// <returns><see cref="Best"/>.</returns>
    public static double Measure()
    {
        double flops = 2.0 * Chains * Rounds * Vector<float>.Count;
        for (int i = 0; i < Repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Vector<float> sum = Run(Rounds, new Vector<float>(1e-3f), new Vector<float>(1e-3f));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!(sum[0] > 0f))
            {
                throw new InvalidOperationException($"Sums of positive numbers are positive; found {sum[0]}.");
            }
            Best = Math.Max(Best, flops / seconds / 1e9);
        }
        return Best;
    }

    /// <summary>The loop. It calls nothing: at a call the JIT would move every accumulator to the stack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector<float> Run(int rounds, Vector<float> a, Vector<float> b)
    {
        Vector<float> acc0 = default, acc1 = default, acc2 = default, acc3 = default, acc4 = default, acc5 = default;
        Vector<float> acc6 = default, acc7 = default, acc8 = default, acc9 = default, acc10 = default, acc11 = default;
        for (int i = rounds; i != 0; i--)
        {
            acc0 = Vector.FusedMultiplyAdd(a, b, acc0);
            acc1 = Vector.FusedMultiplyAdd(a, b, acc1);
            acc2 = Vector.FusedMultiplyAdd(a, b, acc2);
            acc3 = Vector.FusedMultiplyAdd(a, b, acc3);
            acc4 = Vector.FusedMultiplyAdd(a, b, acc4);
            acc5 = Vector.FusedMultiplyAdd(a, b, acc5);
            acc6 = Vector.FusedMultiplyAdd(a, b, acc6);
            acc7 = Vector.FusedMultiplyAdd(a, b, acc7);
            acc8 = Vector.FusedMultiplyAdd(a, b, acc8);
            acc9 = Vector.FusedMultiplyAdd(a, b, acc9);
            acc10 = Vector.FusedMultiplyAdd(a, b, acc10);
            acc11 = Vector.FusedMultiplyAdd(a, b, acc11);
        }
        return acc0 + acc1 + acc2 + acc3 + acc4 + acc5 + acc6 + acc7 + acc8 + acc9 + acc10 + acc11;
    }
}
