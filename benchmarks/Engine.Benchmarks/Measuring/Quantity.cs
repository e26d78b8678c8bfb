using System.Globalization;

namespace Engine.Benchmarks.Measuring;

/// <summary>Numbers with their units, as people read them.</summary>
internal static class Quantity
{
    /// <summary>A time with three digits that count.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 1e-6 => Text(seconds * 1e9, "ns"),
        < 1e-3 => Text(seconds * 1e6, "µs"),
        < 1 => Text(seconds * 1e3, "ms"),
        _ => Text(seconds, "s"),
    };

    /// <summary>Bytes as KB or MB.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes:F0} B"),
        < 1e6 => Text(bytes / 1e3, "KB"),
        _ => Text(bytes / 1e6, "MB"),
    };

    /// <summary><c>1 thread</c>, <c>2 threads</c>.</summary>
    public static string Threads(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";

    /// <summary>A number with three digits that count.</summary>
    public static string Number(double value)
    {
        int digits = value <= 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(value)), 0, 6);
        return value.ToString("N" + digits, CultureInfo.InvariantCulture);
    }

    private static string Text(double value, string unit) => $"{Number(value)} {unit}";
}
