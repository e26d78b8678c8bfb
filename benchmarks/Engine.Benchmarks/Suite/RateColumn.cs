using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// A column of work per time: units of work of one operation, divided by the median time in nanoseconds.
/// </summary>
/// <remarks>Floating-point operations per nanosecond are GFLOP/s.</remarks>
/// <param name="name">The column's head.</param>
/// <param name="legend">What the column says, for the legend below the table.</param>
/// <param name="work">Units of work of one operation of a case; 0 for a case that has none of the kind.</param>
/// <param name="format">The number's format.</param>
internal sealed class RateColumn(string name, string legend, Func<BenchmarkCase, double> work, string format) : IColumn
{
    public string Id => $"{nameof(RateColumn)}.{name}";

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Median;
        double units = work(benchmarkCase);
        return units == 0 ? "-" : nanoseconds > 0 ? (units / nanoseconds.Value).ToString(format, CultureInfo.InvariantCulture) : "?";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
