using System.CommandLine;
using Engine.Benchmarks.History;
using Engine.Benchmarks.Reports;
using Engine.Cli;

namespace Engine.Benchmarks.Commands;

/// <summary><c>report</c>: charts and tables from what is recorded.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var command = new Command("report", "Draw the charts and write the tables of both READMEs from all recorded runs.");
        command.SetAction(_ =>
        {
            foreach (string file in Report.Write(ResultStore.Root()))
            {
                Console.WriteLine(file);
            }
            return ExitCode.Done;
        });
        return command;
    }
}
