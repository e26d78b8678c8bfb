namespace Engine.Cli.Drawing;

/// <summary>
/// Writes a file as a whole or not at all: into a temporary file of the same folder first, then moved over the target.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes a file; whatever goes wrong, a file of that name stays as it was.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string fullPath = Path.GetFullPath(path);
        string? folder = Path.GetDirectoryName(fullPath);
        if (folder is null || Directory.Exists(fullPath))
        {
            throw new UnauthorizedAccessException($"{path}: expected the name of a file to write; found a folder.");
        }
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{path}: expected a file name in an existing folder; found no folder {folder}.");
        }
        string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
            }
            File.Move(temporary, fullPath, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
