using Engine.Formats;

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
        if (Directory.Exists(path))
        {
            throw new UsageException($"{path}: expected the name of a file to write; found a folder.");
        }
        try
        {
            string target = AtomicFile.FinalTarget(path);
            string folder = Path.GetDirectoryName(target) ?? target;
            if (!Directory.Exists(folder))
            {
                throw new UsageException($"{path}: expected an existing folder to write to; found {(File.Exists(folder) ? $"a file {folder}" : $"no {folder}")}.");
            }
            Probe(target, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{path}: expected the name of a file that can be written; {exception.Message}");
        }
    }

    /// <summary>Requires files of their own: of two results in one file the first would be lost.</summary>
    /// <param name="files">Options or arguments and the files that they name.</param>
    /// <exception cref="UsageException">Two of them name the same file.</exception>
    public static void RequireDifferent(params (string Option, string? Path)[] files)
    {
        StringComparer comparer = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
        var options = new Dictionary<string, string>(comparer);
        foreach ((string option, string? path) in files.Where(file => !string.IsNullOrEmpty(file.Path)))
        {
            string target = AtomicFile.FinalTarget(path!);
            if (!options.TryAdd(target, option))
            {
                throw new UsageException($"{options[target]} and {option}: expected files of their own; found {path} for both.");
            }
        }
    }

    /// <summary>Tries what writing will do: open what is there, make a file beside it. The file itself is not made: it might be another program's by the time it is removed.</summary>
    private static void Probe(string target, string folder)
    {
        var file = new FileInfo(target);
        if (file is { Exists: true, Length: 0 })
        {
            return; // It may be a pipe, whose reader would take an attempt for the end.
        }
        try
        {
            using var existing = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            if (!existing.CanSeek)
            {
                return; // A pipe that is somebody's output already.
            }
        }
        catch (FileNotFoundException)
        {
            // The name is one that a file can have, but none has.
        }
        string trial = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            using var created = new FileStream(trial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Of the file that was tried nobody knows.
            throw new IOException(exception.Message.Replace(trial, folder, StringComparison.Ordinal), exception);
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
