using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>Validation at the public edge of the kernels; the throwing half is kept out of line.</summary>
internal static class Check
{
    /// <summary>Requires that a matrix of <paramref name="rows"/> rows, <paramref name="stride"/> apart, fits its span.</summary>
    public static void Matrix(
        ReadOnlySpan<float> span, int rows, int columns, int stride, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (rows == 0 || columns == 0)
        {
            return;
        }
        if (stride < columns)
        {
            Throw($"The row stride of {name} must be at least its {columns} columns; found {stride}.", name);
        }
        long needed = ((long)(rows - 1) * stride) + columns;
        if (span.Length < needed)
        {
            Throw($"{name} must hold {rows} rows of {columns} columns, {stride} apart: {needed} floats; found {span.Length}.", name);
        }
    }

    /// <summary>Requires a span of exactly <paramref name="expected"/> elements.</summary>
    public static void Length<T>(ReadOnlySpan<T> span, int expected, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length != expected)
        {
            Throw($"{name} must have {expected} elements; found {span.Length}.", name);
        }
    }

    /// <summary>Requires a span of at least <paramref name="expected"/> elements.</summary>
    public static void AtLeast<T>(ReadOnlySpan<T> span, long expected, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length < expected)
        {
            Throw($"{name} must have at least {expected} elements; found {span.Length}.", name);
        }
    }

    /// <summary>Requires that two spans share no element.</summary>
    public static void Disjoint(
        ReadOnlySpan<float> span, ReadOnlySpan<float> destination, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Overlaps(destination))
        {
            Throw($"{name} must not overlap the destination.", name);
        }
    }

    /// <summary>Requires that some bytes and the floats of a destination share no memory.</summary>
    public static void Disjoint(
        ReadOnlySpan<byte> span, ReadOnlySpan<float> destination, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Overlaps(MemoryMarshal.AsBytes(destination)))
        {
            Throw($"{name} must not overlap the destination.", name);
        }
    }

    /// <summary>Requires that two spans are the same memory from the same start, or share no element.</summary>
    public static void SameOrDisjoint(
        ReadOnlySpan<float> span, ReadOnlySpan<float> destination, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Overlaps(destination, out int offset) && offset != 0)
        {
            Throw($"{name} must be the destination itself or not overlap it.", name);
        }
    }

    [DoesNotReturn]
    private static void Throw(string message, string name) => throw new ArgumentException(message, name);
}
