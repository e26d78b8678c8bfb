using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Threads;

/// <summary>A number that threads share, in a cache line of its own: what lies beside it does not move among the cores with it.</summary>
[StructLayout(LayoutKind.Explicit)]
internal sealed class SharedInteger
{
    /// <summary>The number.</summary>
    [FieldOffset(RowLayout.LineBytes)]
    public long Value;

    /// <summary>Keeps what comes behind at a distance: the size that a layout may name is not heeded for classes.</summary>
    [FieldOffset((3 * RowLayout.LineBytes) - sizeof(long))]
    private readonly long _end = 0;

    /// <summary>Sets it, for a single writer: what that wrote before is visible to whoever finds it with <see cref="Has"/>.</summary>
    public void Publish(long value) => Volatile.Write(ref Value, value);

    /// <summary>Sets it, for several writers, if it is still what this one has seen.</summary>
    /// <returns>False if another one was faster.</returns>
    public bool TryMove(long seen, long next) => Interlocked.CompareExchange(ref Value, next, seen) == seen;

    /// <summary>Moves it on by some, for workers that take pieces of a piece of work; it may go beyond the end.</summary>
    /// <param name="most">How many at most, 1 or more.</param>
    /// <param name="end">How many there are.</param>
    /// <param name="first">The first one taken.</param>
    /// <param name="count">How many.</param>
    /// <returns>False if none was left.</returns>
    public bool Take(int most, int end, out int first, out int count)
    {
        first = (int)Math.Min(Interlocked.Add(ref Value, most) - most, end);
        count = Math.Min(most, end - first);
        return count > 0;
    }

    /// <summary>Whether it has come to <paramref name="value"/>.</summary>
    public bool Has(long value) => Volatile.Read(ref Value) >= value;
}
