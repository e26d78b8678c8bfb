namespace Engine.Formats;

/// <summary>
/// A file's content is not what its format requires: damaged, cut short, or of another kind.
/// </summary>
public sealed class InvalidFileException : IOException
{
    /// <summary>Describes the fault.</summary>
    /// <param name="fileName">The file.</param>
    /// <param name="expected">What the format requires.</param>
    /// <param name="found">What is there.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public InvalidFileException(string fileName, string expected, string found, Exception? innerException = null)
        : base($"{fileName}: expected {expected}; found {found}.", innerException)
    {
        FileName = fileName;
        Expected = expected;
        Found = found;
    }

    /// <summary>The file.</summary>
    public string FileName { get; }

    /// <summary>What the format requires.</summary>
    public string Expected { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }
}
