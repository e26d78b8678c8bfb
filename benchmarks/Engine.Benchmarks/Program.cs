using System.CommandLine;
using Engine.Benchmarks.Commands;
using Engine.Benchmarks.Peers;
using Engine.Benchmarks.Suite;
using Engine.Cli;
using Spectre.Console;

namespace Engine.Benchmarks;

/// <summary>
/// Runs the benchmarks: a command of the suite, <c>--check</c>, or, if the first argument is another option, BenchmarkDotNet with all arguments.
/// </summary>
internal static class Program
{
    /// <summary>Columns of a table that goes to a file.</summary>
    private const int WidthOfFiles = 120;

    internal static int Main(string[] arguments)
    {
        if (arguments is ["--check", ..])
        {
            return arguments.Length == 1
                ? CheckRun.Run(typeof(Program).Assembly)
                : Report($"--check: expected no other argument; found {arguments[1]}.", ExitCode.BadInput);
        }
        if (arguments is [['-', ..], ..] and not ["-h" or "--help" or "-?"])
        {
            return BenchmarkCommand.Run(arguments) ?? Report("expected options of BenchmarkDotNet and a benchmark to run; found none. Try --help.", ExitCode.BadInput);
        }
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthOfFiles;
        }
        var root = new RootCommand("""
            What an epoch on MNIST costs, why, beside peers, and over time.

            Options of BenchmarkDotNet run its classes: --filter '*' all of them, --list flat their names. --check runs each once and verifies its result.
            """)
        {
            EpochCommand.Create(),
            AccuracyCommand.Create(),
            PeersCommand.Create(),
            TrackCommand.Create(),
            CompareCommand.Create(),
            ReportCommand.Create(),
            EngineProgram.Create(),
            TensorProgram.Create(),
        };
        ParseResult result = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (result.Errors.Count > 0)
        {
            return Report(result.Errors[^1].Message + " Try --help.", ExitCode.BadInput);
        }
        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (InvalidOperationException exception)
        {
            return Report($"a result is wrong: {exception.Message}", ExitCode.Failed);
        }
        catch (Exception exception) when (exception is UsageException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            return Report(CommandRunner.Message(exception), ExitCode.BadInput);
        }
    }

    private static int Report(string message, int exitCode)
    {
        Console.Error.WriteLine("benchmarks: " + message.ReplaceLineEndings(" "));
        return exitCode;
    }
}
