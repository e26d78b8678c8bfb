namespace Engine.Formats;

/// <summary>
/// Writes a file whole or not at all: into a temporary file beside it first, which then takes its place.
/// </summary>
/// <remarks>If anything fails, an older file of that name stays as it was and the temporary file is removed.</remarks>
public static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; one that exists is replaced. Its folder must exist.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? full;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{path}: expected an existing folder {folder}; found none.");
        }
        if (Directory.Exists(full))
        {
            throw new IOException($"{path}: expected the name of a file; found a folder.");
        }
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The reason why writing failed is what the caller has to know.
        }
    }
}
