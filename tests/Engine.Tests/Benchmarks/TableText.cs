using Engine.Tests.Cli.Drawing;
using Spectre.Console;

namespace Engine.Tests.Benchmarks;

/// <summary>What tables say, whatever their widths and borders.</summary>
internal static class TableText
{
    /// <summary>The words that are written, with one space between them.</summary>
    public static string Of(Action<IAnsiConsole> write) =>
        string.Join(' ', Pictures.Capture(200, colours: false, write).Split([' ', '│', '|', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
