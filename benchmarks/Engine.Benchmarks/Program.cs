using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Engine.Benchmarks.Suite;

namespace Engine.Benchmarks;

/// <summary>
/// Runs the benchmarks. <c>--check</c> runs each of them once and verifies its result; every other argument is BenchmarkDotNet's.
/// </summary>
internal static class Program
{
    private const int LongestParameter = 40;

    private static int Main(string[] arguments)
    {
        if (arguments is ["--check"])
        {
            return CheckRun.Run(typeof(Program).Assembly);
        }
        IConfig config = ManualConfig.CreateEmpty()
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(StatisticColumn.Median)
            .AddAnalyser([.. DefaultConfig.Instance.GetAnalysers()])
            .AddValidator([.. DefaultConfig.Instance.GetValidators()])
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.FullCompressed)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestParameter));
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, config)];
        return Array.TrueForAll(summaries, Succeeded) ? 0 : 1;
    }

    private static bool Succeeded(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success);
}
