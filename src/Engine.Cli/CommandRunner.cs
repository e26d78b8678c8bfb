using System.CommandLine;

namespace Engine.Cli;

/// <summary>
/// Parses and runs a command. Whatever goes wrong becomes one line on standard error and an exit code.
/// </summary>
internal static class CommandRunner
{
    public static int Run(Command root, string[] args)
    {
        if (args.Length == 0)
        {
            root.Parse(["--help"]).Invoke();
            return ExitCode.BadInput;
        }
        ParseResult result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            return Report(result.Errors[0].Message + " Try --help.", ExitCode.BadInput);
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
            return Report(exception.Message, ExitCode.BadInput);
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

    private static int Report(string message, int exitCode)
    {
        Console.Error.WriteLine("engine: " + message.ReplaceLineEndings(" "));
        return exitCode;
    }
}
