using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Threads;

/// <summary>How far a worker has got, for others to wait for: a count of rows that only grows. In a cache line of its own.</summary>
/// <remarks>One worker publishes; what it wrote before is visible to whoever has waited for it. No lock, no allocation.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 3 * RowLayout.LineBytes)]
internal sealed class RowProgress
{
    [FieldOffset(RowLayout.LineBytes)]
    private long _rows;

    /// <summary>Tells that all rows below <paramref name="rows"/> are done.</summary>
    public void Publish(long rows) => Volatile.Write(ref _rows, rows);

    /// <summary>Waits until all rows below <paramref name="rows"/> are done.</summary>
    /// <param name="rows">The count to wait for.</param>
    /// <param name="patience">How to wait.</param>
    public void Wait(long rows, Patience patience)
    {
        for (int i = 0; Volatile.Read(ref _rows) < rows; i++)
        {
            patience.Pause(i);
        }
    }
}
