using System.CommandLine;
using Engine.Benchmarks.Cost;
using Engine.Cli;
using Spectre.Console;

namespace Engine.Benchmarks.Commands;

/// <summary><c>epoch</c>: the headline, what an epoch costs.</summary>
internal static class EpochCommand
{
    public static Command Create()
    {
        Option<int> seconds = CommonOptions.Number("--seconds", "Seconds to measure, about; ten epochs of each at least.", 40, 1, 3600);
        var command = new Command("epoch", "What an epoch on MNIST costs, and of what parts it consists.") { seconds };
        command.SetAction(result =>
        {
            EpochCost cost = Progress.Show("epochs", report => EpochCost.Measure(result.GetValue(seconds), report));
            EpochTable.Write(AnsiConsole.Console, cost);
            return ExitCode.Done;
        });
        return command;
    }
}
