using System.CommandLine;
using System.CommandLine.Help;

namespace Engine.Peers;

/// <summary>Parses the options of a peer and runs it. Whatever goes wrong becomes one line on standard error and an exit code.</summary>
internal static class PeerCommand
{
    public static int Run(string name, string description, Option[] options, string[] args, Action<ParseResult> action)
    {
        var command = new Command(name, description) { new HelpOption() };
        foreach (Option option in options)
        {
            command.Add(option);
        }
        command.SetAction(action);
        ParseResult result = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.UnmatchedTokens.Count > 0)
        {
            string expected = string.Join(" ", options.Select(option => $"[{option.Name} {option.HelpName}]"));
            return Report(name, $"expected {expected}; found {result.UnmatchedTokens[0]}", ExitCode.BadInput);
        }
        if (result.Errors.Count > 0)
        {
            return Report(name, result.Errors[0].Message, ExitCode.BadInput);
        }
        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UnavailableException exception)
        {
            return Report(name, exception.Message, ExitCode.Unavailable);
        }
        catch (WrongResultException exception)
        {
            return Report(name, exception.Message, ExitCode.Failed);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return Report(name, exception.Message, ExitCode.BadInput);
        }
    }

    private static int Report(string name, string message, int exitCode)
    {
        Console.Error.WriteLine($"{name}: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }
}
