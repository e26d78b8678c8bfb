using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Engine.Benchmarks.Measuring;

/// <summary>
/// How long a signal takes from one core to another: a thread writes a number that another waits for, and back again.
/// </summary>
/// <remarks>
/// What threads that share a minibatch pay for each cache line that goes from one to the other depends on it. On virtual machines it changes, as the host moves cores:
/// 30 to 100 ns where both are in the same core complex, 150 to 550 where they are not. Written by an exchange, which waits until the line is there; a plain write takes half as long on Zen 5, far.
/// </remarks>
internal static class CoreSignal
{
    private const int RoundTrips = 4_000;
    private const int Attempts = 3;

    /// <summary>Measures for some milliseconds.</summary>
    /// <returns>Seconds from one core to the other, the least of some attempts: the system may put both threads on one core at first. Null with one core.</returns>
    public static double? Measure() => Environment.ProcessorCount < 2 ? null : Enumerable.Range(0, Attempts).Min(_ => Attempt());

    private static double Attempt()
    {
        var lines = new Lines();
        var other = new Thread(() => Answer(lines));
        other.Start();
        RoundTrip(lines, 1);
        long start = Stopwatch.GetTimestamp();
        for (int i = 2; i <= RoundTrips; i++)
        {
            RoundTrip(lines, i);
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        other.Join();
        return seconds / (RoundTrips - 1) / 2;
    }

    private static void RoundTrip(Lines lines, int number)
    {
        Interlocked.Exchange(ref lines.There, number);
        Wait(ref lines.Back, number);
    }

    private static void Answer(Lines lines)
    {
        for (int i = 1; i <= RoundTrips; i++)
        {
            Wait(ref lines.There, i);
            Interlocked.Exchange(ref lines.Back, i);
        }
    }

    /// <summary>Waits without giving the core away, unless it takes so long that both threads must be on the same one.</summary>
    private static void Wait(ref int line, int number)
    {
        for (int spins = 1; Volatile.Read(ref line) != number; spins++)
        {
            if (spins % 100_000 == 0)
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>Two numbers on cache lines of their own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private sealed class Lines
    {
        [FieldOffset(128)]
        public int There;

        [FieldOffset(320)]
        public int Back;
    }
}
