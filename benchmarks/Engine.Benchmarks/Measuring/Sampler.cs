using System.Diagnostics;

namespace Engine.Benchmarks.Measuring;

/// <summary>Times short operations: each sample is as many of them as take a few milliseconds.</summary>
internal static class Sampler
{
    private const double SecondsPerSample = 3e-3;

    /// <summary>Times several operations in turns, so that a noisy machine is fair to all.</summary>
    /// <param name="samples">Samples of each.</param>
    /// <param name="operations">The operations.</param>
    /// <returns>Seconds of one operation, for each operation its samples.</returns>
    public static double[][] InTurns(int samples, params Action[] operations) => InTurns(samples, 0, operations);

    /// <summary>The same after a warm-up, which methods need that the runtime compiles for speed only after a while.</summary>
    /// <param name="samples">Samples of each.</param>
    /// <param name="warmUpSeconds">How long each operation runs before.</param>
    /// <param name="operations">The operations.</param>
    public static double[][] InTurns(int samples, double warmUpSeconds, params Action[] operations)
    {
        foreach (Action operation in operations)
        {
            long start = Stopwatch.GetTimestamp();
            do
            {
                operation();
            }
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < warmUpSeconds);
        }
        int[] repeats = [.. operations.Select(Calibrate)];
        double[][] seconds = [.. operations.Select(_ => new double[samples])];
        for (int sample = 0; sample < samples; sample++)
        {
            for (int i = 0; i < operations.Length; i++)
            {
                seconds[i][sample] = Time(operations[i], repeats[i]);
            }
        }
        return seconds;
    }

    private static int Calibrate(Action operation)
    {
        operation();
        int repeats = 1;
        for (double seconds = Time(operation, repeats); seconds * repeats < SecondsPerSample; seconds = Time(operation, repeats))
        {
            repeats = Math.Max(repeats + 1, (int)Math.Min(2.0 * repeats, Math.Ceiling(SecondsPerSample / seconds)));
        }
        return repeats;
    }

    private static double Time(Action operation, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            operation();
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }
}
