using System.Diagnostics;

namespace Engine.Tests.Cli;

/// <summary>The command <c>engine</c> as a process of its own, as a user starts it.</summary>
internal static class EngineProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs the command to its end.</summary>
    public static Result Run(params string[] arguments) => Run(new Dictionary<string, string>(), arguments);

    /// <summary>Runs the command to its end with some environment variables set.</summary>
    public static Result Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        return Wait(process);
    }

    /// <summary>Runs the command to its end with a redirection of a shell, such as <c>&gt;/dev/full</c>.</summary>
    public static Result RunInShell(string redirection, params string[] arguments)
    {
        using Process process = Start("/bin/sh", ["-c", $"exec \"$@\" {redirection}", "sh", Dotnet, Program, .. arguments], new Dictionary<string, string>());
        return Wait(process);
    }

    /// <summary>Starts the command.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) => Start(Dotnet, [Program, .. arguments], environment);

    /// <summary>
    /// Starts the command such that an interrupt or a closed terminal reaches it. It keeps ignoring these if it was started so, as everything is that a shell without job control starts in the
    /// background or that nohup starts, these tests among it. Where there is no env of GNU's to undo that, it is started as it is.
    /// </summary>
    public static Process StartInterruptible(params string[] arguments)
    {
        const string Undo = "--default-signal=INT,HUP";
        var environment = new Dictionary<string, string>();
        using Process trial = Start("env", [Undo, "true"], environment);
        return Wait(trial).ExitCode == 0 ? Start("env", [Undo, Dotnet, Program, .. arguments], environment) : Start(environment, arguments);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Engine.Cli.dll");

    private static string Dotnet => Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";

    private static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end and collects what was printed.</summary>
    public static Result Wait(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The command did not end within {Limit}.");
        }
        return new Result(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>What a process left.</summary>
    public sealed record Result(int ExitCode, string Output, string Error);
}
