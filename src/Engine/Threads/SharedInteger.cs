using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Threads;

/// <summary>A number that threads share, in a cache line of its own: what lies beside it does not move among the cores with it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 3 * RowLayout.LineBytes)]
internal sealed class SharedInteger
{
    /// <summary>The number.</summary>
    [FieldOffset(RowLayout.LineBytes)]
    public long Value;
}
