namespace Engine.Formats;

/// <summary>
/// Writes a file whole or not at all: into a temporary file beside it first, which then takes its place.
/// </summary>
/// <remarks>
/// If anything fails, an older file of that name stays as it was and the temporary file is removed. A link is followed: its
/// target is replaced, not the link. A file that is replaced hands on its permissions, and one that may not be written is not
/// replaced. A device or a pipe is written to as it is.
/// </remarks>
public static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; one that exists is replaced. Its folder must exist.</param>
    /// <param name="write">Writes the content, and leaves the stream open: a writer on it wants <c>leaveOpen</c>.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        if (Directory.Exists(path))
        {
            throw new IOException($"{path}: expected the name of a file; found a folder.");
        }
        using (FileStream? special = OpenSpecial(path))
        {
            if (special is not null)
            {
                write(special);
                return;
            }
        }
        Replace(path, FinalTarget(path), write);
    }

    /// <summary>The full name of a file, or of what it links to in the end. A link to something that has no name in a folder, such as a pipe, is its own target.</summary>
    /// <exception cref="IOException">The links lead nowhere.</exception>
    public static string FinalTarget(string path)
    {
        string full = Path.GetFullPath(path);
        return File.Exists(full) && File.ResolveLinkTarget(full, returnFinalTarget: true) is { } target && (target.Exists || LeadsNowhere(full)) ? target.FullName : full;
    }

    /// <summary>Whether there is nothing behind a link: a name for a file to come, and not what has no name.</summary>
    private static bool LeadsNowhere(string link)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }
        try
        {
            File.GetUnixFileMode(link);
            return false;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
    }

    private static void Replace(string path, string target, Action<Stream> write)
    {
        string folder = Path.GetDirectoryName(target) ?? target;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{path}: expected an existing folder {folder}; found none.");
        }
        string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                if (!OperatingSystem.IsWindows() && File.Exists(target))
                {
                    File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(target));
                }
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Opens what is there if nothing can take its place: a device, a pipe. Those have no length that could be set.</summary>
    private static FileStream? OpenSpecial(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        try
        {
            if (!stream.CanSeek)
            {
                return stream;
            }
            if (stream.Length == 0)
            {
                stream.SetLength(0);
            }
        }
        catch (IOException)
        {
            return stream;
        }
        stream.Dispose();
        return null;
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
