using System.CommandLine;
using Engine.Tests.Cli.Drawing;
using NUnit.Framework;
using Spectre.Console;

namespace Engine.Tests.Cli;

/// <summary>Commands inside the process of the tests: far faster than an <see cref="EngineProcess"/>, and what they throw is seen as it is.</summary>
internal static class EngineCommand
{
    private const int Width = 100;

    /// <summary>Runs a command as if its output went into a pipe.</summary>
    public static (int ExitCode, string Output) Run(Command command, params string[] arguments)
    {
        TextWriter output = Console.Out;
        IAnsiConsole terminal = AnsiConsole.Console;
        ParseResult parsed = command.Parse(arguments);
        Assert.That(parsed.Errors, Is.Empty);
        int exitCode = -1;
        try
        {
            string text = Pictures.Capture(Width, colours: false, console =>
            {
                AnsiConsole.Console = console;
                Console.SetOut(console.Profile.Out.Writer);
                exitCode = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
            });
            return (exitCode, text);
        }
        finally
        {
            AnsiConsole.Console = terminal;
            Console.SetOut(output);
        }
    }

    /// <summary>What is wrong with a command line, or nothing.</summary>
    public static string Fault(Command command, string line) => string.Join(" ", command.Parse(line).Errors.Select(error => error.Message));
}
