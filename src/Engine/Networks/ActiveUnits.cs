using Engine.Kernels;

namespace Engine.Networks;

/// <summary>Which numbers behind a ReLU are not zero, for the rows of a minibatch: its outputs, or the gradients by its inputs.</summary>
/// <remarks>About half of them are zero, each row's own half. Products skip these as they skip zero pixels: the same bits while numbers are finite (<see cref="SparseGemm"/>). Different rows may be looked at by different threads at once.</remarks>
internal sealed class ActiveUnits
{
    private readonly ulong[] _masks;

    /// <summary>Takes memory for masks.</summary>
    /// <param name="rows">The most rows.</param>
    /// <param name="width">The most numbers in a row.</param>
    public ActiveUnits(int rows, int width)
        : this(new ulong[checked(rows * NonZeroMask.Words(width))])
    {
    }

    /// <summary>Uses memory for masks that is there.</summary>
    public ActiveUnits(ulong[] masks) => _masks = masks;

    /// <summary>The masks of some rows, one after another.</summary>
    public ReadOnlySpan<ulong> Masks(int firstRow, int rows, int width)
    {
        int words = NonZeroMask.Words(width);
        return _masks.AsSpan(firstRow * words, rows * words);
    }

    /// <summary>Makes the masks of some rows.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="block">These rows.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <returns>As <see cref="AreFew"/>.</returns>
    public bool Find(int firstRow, int rows, int width, ReadOnlySpan<float> block, int stride)
    {
        int words = NonZeroMask.Words(width);
        return IsFew(NonZeroMask.OfRows(rows, width, block, stride, _masks.AsSpan(firstRow * words, rows * words)), rows, width);
    }

    /// <summary>Whether so few are not zero that it pays to skip the others.</summary>
    public bool AreFew(int firstRow, int rows, int width) => IsFew(NonZeroMask.Count(Masks(firstRow, rows, width)), rows, width);

    private static bool IsFew(long count, int rows, int width) => count <= SparseGemm.MaximumActiveDensity * rows * width;
}
