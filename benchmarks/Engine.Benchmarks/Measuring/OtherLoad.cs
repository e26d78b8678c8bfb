using System.Diagnostics;
using System.Globalization;

namespace Engine.Benchmarks.Measuring;

/// <summary>How much of the machine others use while this process measures: programs beside it, and guests of the same host that steal time.</summary>
/// <remarks>From the system's own count in /proc/stat, less what this process used. Where there is no such file, the answer is unknown.</remarks>
internal sealed class OtherLoad
{
    private const string Source = "/proc/stat";
    private const double TicksPerSecond = 100;
    private const int Idle = 3;
    private const int WaitingForDisk = 4;
    private const int LastOfOwn = 7;
    private readonly double? _busy = BusySeconds();
    private readonly TimeSpan _own = Environment.CpuUsage.TotalTime;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>The share of all cores' time that others have used since this object was made; null if unknown.</summary>
    public double? Share()
    {
        if (_busy is not { } before || BusySeconds() is not { } now)
        {
            return null;
        }
        double own = (Environment.CpuUsage.TotalTime - _own).TotalSeconds;
        double all = Stopwatch.GetElapsedTime(_start).TotalSeconds * Environment.ProcessorCount;
        return Math.Max(0, (now - before - own) / all);
    }

    private static double? BusySeconds()
    {
        if (!File.Exists(Source))
        {
            return null;
        }
        string[] fields = File.ReadLines(Source).First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Skip(1).Take(LastOfOwn + 1).Where((_, i) => i is not (Idle or WaitingForDisk)).Sum(text => double.Parse(text, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
