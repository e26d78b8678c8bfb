using System.CommandLine;

namespace Engine.Cli;

/// <summary>
/// Parses and runs a command. Whatever goes wrong becomes one line on standard error and an exit code.
/// </summary>
internal static class CommandRunner
{
    public static int Run(Command root, string[] args)
    {
        var output = new StandardWriter(Console.Out);
        Console.SetOut(output);
        Console.SetError(new StandardWriter(Console.Error));
        int exitCode = Execute(root, args);
        if (output.Failure is not { } failure)
        {
            return exitCode;
        }
        Report($"standard output could not be written: {failure.Message}", ExitCode.Failed);
        return exitCode == ExitCode.Done ? ExitCode.Failed : exitCode;
    }

    private static int Execute(Command root, string[] args)
    {
        if (args.Length == 0)
        {
            root.Parse(["--help"]).Invoke();
            return ExitCode.BadInput;
        }
        ParseResult result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            string fault = result.CommandResult.Command == root && result.UnmatchedTokens is [string found, ..]
                ? $"Expected a command: {string.Join(", ", root.Subcommands.Select(command => command.Name))}; found \"{found}\"."
                : result.Errors[0].Message;
            return Report(fault + " Try --help.", ExitCode.BadInput);
        }
        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (FailedException exception)
        {
            return Report(exception.Message, ExitCode.Failed);
        }
        catch (Exception exception) when (exception is UsageException or ArgumentException or IOException or UnauthorizedAccessException or FormatException or NotSupportedException)
        {
            return Report(Message(exception), ExitCode.BadInput);
        }
        catch (OutOfMemoryException exception)
        {
            return Report(exception.Message, ExitCode.Failed);
        }
        catch (Exception exception)
        {
            return Report($"a fault of the program itself, please report it: {exception}", ExitCode.Failed);
        }
    }

    /// <summary>What an exception says to somebody who does not know the code: without the name of a parameter.</summary>
    public static string Message(Exception exception) => exception is ArgumentException { ParamName: { } name }
        ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : exception.Message;

    private static int Report(string message, int exitCode)
    {
        Console.Error.WriteLine("engine: " + message.ReplaceLineEndings(" "));
        return exitCode;
    }
}
