namespace Engine.Kernels;

/// <summary>Some columns of B, and where the first tile that reads them shall leave a copy, if it shall. Unchecked.</summary>
internal readonly ref struct GemmPanel
{
    /// <summary>The columns, in B or in a copy.</summary>
    public readonly MatrixRef Columns;

    private readonly MatrixRef _copy;

    /// <param name="columns">The columns.</param>
    /// <param name="copy">Where the copy shall be, rows side by side.</param>
    public GemmPanel(MatrixRef columns, MatrixRef copy = default)
    {
        Columns = columns;
        _copy = copy;
    }

    /// <summary>Whether the first tile shall leave a copy.</summary>
    public bool IsToBeCopied => !_copy.IsNone;

    /// <summary>The first element of the copy.</summary>
    public ref float Copy => ref _copy.Origin;

    /// <summary>The same when the copy, if there shall be one, has been made.</summary>
    public GemmPanel Copied => IsToBeCopied ? new(_copy) : this;
}

/// <summary>Whether a tile leaves a copy of the panel it reads.</summary>
internal interface ICopying
{
    /// <summary>Whether it does.</summary>
    static abstract bool IsCopying { get; }
}

internal readonly struct Reading : ICopying
{
    public static bool IsCopying => false;
}

internal readonly struct Copying : ICopying
{
    public static bool IsCopying => true;
}
