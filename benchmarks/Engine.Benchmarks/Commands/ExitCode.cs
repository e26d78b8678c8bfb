namespace Engine.Benchmarks.Commands;

/// <summary>How a command ended.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A result is wrong, a benchmark got slower, or something could not be written.</summary>
    public const int Failed = 1;

    /// <summary>Bad input or usage.</summary>
    public const int BadInput = 2;
}
