using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Engine.Cli;

namespace Engine.Benchmarks.Commands;

/// <summary>The classes of BenchmarkDotNet, with its own arguments.</summary>
internal static class BenchmarkCommand
{
    private const int LongestParameter = 40;

    /// <summary>Options that ask for something else than a run.</summary>
    private static readonly string[] Questions = ["--list", "--help", "--version", "--info"];

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>The exit code; null if the arguments are wrong or no benchmark fits them, of which BenchmarkDotNet has told already.</returns>
    public static int? Run(string[] arguments)
    {
        IConfig config = ManualConfig.CreateEmpty()
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(StatisticColumn.Median)
            .AddAnalyser([.. DefaultConfig.Instance.GetAnalysers()])
            .AddValidator([.. DefaultConfig.Instance.GetValidators()])
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.FullCompressed)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestParameter));
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, config)];
        if (summaries.Length == 0 && !arguments.Any(Questions.Contains))
        {
            return null;
        }
        return Array.TrueForAll(summaries, Succeeded) ? ExitCode.Done : ExitCode.Failed;
    }

    private static bool Succeeded(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success);
}
