using ScottPlot;

namespace Engine.Benchmarks.Reports;

/// <summary>The colours of a chart, for a light or a dark page.</summary>
/// <param name="Name">What its files' names end in.</param>
/// <param name="Background">Behind everything.</param>
/// <param name="Foreground">Letters and axes.</param>
/// <param name="Grid">Lines behind the data.</param>
/// <param name="Series">The series in order; they differ in lightness too.</param>
internal sealed record ChartStyle(string Name, Color Background, Color Foreground, Color Grid, Color[] Series)
{
    /// <summary>For a light page.</summary>
    public static readonly ChartStyle Light = new(
        "light", Color.FromHex("#ffffff"), Color.FromHex("#1f2328"), Color.FromHex("#d8dee4"),
        Hex("#0b5cad", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be123c", "#4d7c0f", "#6b7280"));

    /// <summary>For a dark page.</summary>
    public static readonly ChartStyle Dark = new(
        "dark", Color.FromHex("#0d1117"), Color.FromHex("#e6edf3"), Color.FromHex("#30363d"),
        Hex("#58a6ff", "#ff9e64", "#4ade80", "#c084fc", "#facc15", "#22d3ee", "#fb7185", "#a3e635", "#9ca3af"));

    private static Color[] Hex(params string[] colours) => [.. colours.Select(Color.FromHex)];
}
