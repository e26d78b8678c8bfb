using System.Runtime.InteropServices;

namespace Engine.Tests.Kernels;

/// <summary>
/// A matrix inside a larger array whose every other element, before, between and after the rows, is a canary: a NaN of
/// known bits. A kernel that reads one spoils its result; one that writes one is caught by <see cref="AssertGuardsIntact"/>.
/// </summary>
/// <remarks>
/// NaNs survive arithmetic with their bits, so an element computed from a canary could pass for one. Hence the canaries are
/// signalling NaNs, which arithmetic makes quiet, and each matrix has its own, so that one copied over from an operand differs.
/// </remarks>
internal sealed class GuardedMatrix
{
    private const int Margin = 131;
    private const int SmallestSignallingNaN = 0x7F800001;
    private const int SignallingNaNs = 0x3FFFFF;
    private static int _matrices;
    private readonly int _canaryBits = SmallestSignallingNaN + (_matrices++ % SignallingNaNs);
    private readonly float[] _array;

    /// <summary>rows x columns, filled by <paramref name="value"/>, rows <paramref name="stride"/> apart.</summary>
    public GuardedMatrix(int rows, int columns, int stride, Func<float> value)
        : this(rows, columns, stride)
    {
        for (int i = 0; i < rows; i++)
        {
            foreach (ref float element in Row(i))
            {
                element = value();
            }
        }
    }

    /// <summary>One row.</summary>
    public GuardedMatrix(int columns, Func<float> value)
        : this(1, columns, columns, value)
    {
    }

    /// <summary>One row that holds <paramref name="values"/>.</summary>
    public GuardedMatrix(ReadOnlySpan<float> values)
        : this(values.Length, () => 0f) => values.CopyTo(Span);

    private GuardedMatrix(int rows, int columns, int stride)
    {
        Rows = rows;
        Columns = columns;
        Stride = stride;
        _array = new float[(2 * Margin) + Length];
        Array.Fill(_array, BitConverter.Int32BitsToSingle(_canaryBits));
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Stride { get; }

    /// <summary>From the first element to the last: no longer than a kernel may ask for.</summary>
    public Span<float> Span => _array.AsSpan(Margin, Length);

    private int Length => Rows == 0 || Columns == 0 ? 0 : ((Rows - 1) * Stride) + Columns;

    public Span<float> Row(int i) => Columns == 0 ? default : Span.Slice(i * Stride, Columns);

    /// <summary>The elements without the gaps.</summary>
    public float[] ToDense()
    {
        float[] dense = new float[Rows * Columns];
        for (int i = 0; i < Rows; i++)
        {
            Row(i).CopyTo(dense.AsSpan(i * Columns));
        }
        return dense;
    }

    /// <summary>A copy with gaps and guards of its own.</summary>
    public GuardedMatrix Copy() => Corner(Rows, Columns, Stride);

    /// <summary>A copy of the first rows and columns with gaps and guards of its own.</summary>
    public GuardedMatrix Corner(int rows, int columns, int stride)
    {
        var corner = new GuardedMatrix(rows, columns, stride);
        for (int i = 0; i < rows; i++)
        {
            Row(i)[..columns].CopyTo(corner.Row(i));
        }
        return corner;
    }

    /// <summary>Fails if any element outside the matrix has been written.</summary>
    public void AssertGuardsIntact(string context)
    {
        int from = -Margin;
        for (int i = 0; i < Rows && Columns > 0; i++)
        {
            AssertGuardIntact(from, i * Stride, context);
            from = (i * Stride) + Columns;
        }
        AssertGuardIntact(from, Length + Margin, context);
    }

    private void AssertGuardIntact(int from, int to, string context)
    {
        ReadOnlySpan<float> guard = _array.AsSpan(Margin + from, to - from);
        int written = MemoryMarshal.Cast<float, int>(guard).IndexOfAnyExcept(_canaryBits);
        if (written >= 0)
        {
            Expect.Fail($"{context}: wrote {guard[written]} at {from + written}, outside {Rows} x {Columns} with stride {Stride}");
        }
    }
}
