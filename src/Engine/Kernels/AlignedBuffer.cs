using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>
/// A block of floats that starts on a 64-byte boundary, is zero at first and never moves.
/// </summary>
/// <remarks>
/// The memory is an ordinary managed array on the pinned object heap: nothing has to be freed, and a vector load
/// never straddles two cache lines. Instances hold no other state; concurrent readers are safe.
/// </remarks>
public sealed class AlignedBuffer
{
    /// <summary>The most floats that a buffer can hold.</summary>
    public static readonly int MaximumLength = Array.MaxLength - RowLayout.LineFloats;

    private readonly float[] _array;
    private readonly int _offset;

    /// <summary>Allocates <paramref name="length"/> zeroed floats.</summary>
    /// <param name="length">The number of floats, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative, or too large for one array.</exception>
    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaximumLength);
        _array = GC.AllocateArray<float>(length + RowLayout.LineFloats, pinned: true);
        _offset = FloatsToLine(Marshal.UnsafeAddrOfPinnedArrayElement(_array, 0));
        Length = length;
    }

    /// <summary>The number of floats.</summary>
    public int Length { get; }

    /// <summary>The floats, writable.</summary>
    public Span<float> Span => _array.AsSpan(_offset, Length);

    /// <summary>The first float at or after <paramref name="memory"/>, memory that does not move, that starts a cache line.</summary>
    internal static unsafe ref float Align(ref float memory) =>
        ref Unsafe.Add(ref memory, FloatsToLine((nint)Unsafe.AsPointer(ref memory)));

    private static int FloatsToLine(nint address) => (int)(-address & (RowLayout.LineBytes - 1)) / sizeof(float);
}
