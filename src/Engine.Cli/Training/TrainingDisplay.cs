using Spectre.Console;

namespace Engine.Cli.Training;

/// <summary>Chooses how a training is shown.</summary>
internal static class TrainingDisplay
{
    /// <summary>A live table and a progress bar on a terminal, else plain lines.</summary>
    public static ITrainingDisplay Create() =>
        Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? new LineDisplay(Console.Out) : new LiveDisplay(AnsiConsole.Console);
}
