using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Threads;

/// <summary>How far a worker has got, for others to wait for: a count of rows or steps that only grows. In a cache line of its own.</summary>
/// <remarks>One worker publishes; what it wrote before is visible to whoever has waited for it. No lock, no allocation.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 3 * RowLayout.LineBytes)]
internal sealed class SharedProgress
{
    [FieldOffset(RowLayout.LineBytes)]
    private long _done;

    /// <summary>Tells that all below <paramref name="count"/> are done.</summary>
    public void Publish(long count) => Volatile.Write(ref _done, count);

    /// <summary>Whether all below <paramref name="count"/> are done.</summary>
    public bool Has(long count) => Volatile.Read(ref _done) >= count;
}
