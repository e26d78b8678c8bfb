namespace Engine.Cli;

/// <summary>A file that a command will read.</summary>
internal static class InputFile
{
    /// <summary>Requires that it is no folder, of which a system says only that access is denied.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="UsageException">It is a folder.</exception>
    public static string Require(string path) =>
        Directory.Exists(path) ? throw new UsageException($"{path}: expected a file; found a folder.") : path;
}
