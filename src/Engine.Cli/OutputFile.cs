namespace Engine.Cli;

/// <summary>
/// A file that a command will write: checked before the work starts, so that hours of it are not lost to a typing error.
/// </summary>
internal static class OutputFile
{
    /// <summary>Requires that a file can be written there.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static void Check(string? path)
    {
        if (path is null)
        {
            return;
        }
        string full;
        try
        {
            full = Path.GetFullPath(path);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or PathTooLongException)
        {
            throw new UsageException($"Expected the name of a file to write; found \"{path}\".");
        }
        string folder = Path.GetDirectoryName(full) ?? full;
        if (Directory.Exists(full))
        {
            throw new UsageException($"{path}: expected the name of a file to write; found a folder.");
        }
        if (!Directory.Exists(folder))
        {
            throw new UsageException($"{path}: expected an existing folder to write to; found no {folder}.");
        }
        try
        {
            using var probe = new FileStream(Path.Combine(folder, $".{Guid.NewGuid():N}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: expected a folder that can be written to; {exception.Message}");
        }
    }

    /// <summary>Runs <paramref name="write"/>; a failure is reported as the result's, not the input's.</summary>
    /// <exception cref="FailedException">The file could not be written.</exception>
    public static void Write(string path, Action<string> write)
    {
        try
        {
            write(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FailedException($"{path} could not be written: {exception.Message}", exception);
        }
    }
}
