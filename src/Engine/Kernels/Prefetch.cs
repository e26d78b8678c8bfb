using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Asks for cache lines that will be needed soon, without waiting for them.</summary>
/// <remarks>Nothing is read as far as the program is concerned. Where there is no instruction for it, nothing happens.</remarks>
internal static class Prefetch
{
    /// <summary>Memory that will be read in some microseconds: into the second-level cache.</summary>
    public static void Memory(ReadOnlySpan<byte> memory)
    {
        // It need not start with a line: so its last byte too.
        for (int i = 0; i < memory.Length + RowLayout.LineBytes - 1; i += RowLayout.LineBytes)
        {
            Line(ref Unsafe.Add(ref MemoryMarshal.GetReference(memory), Math.Min(i, memory.Length - 1)));
        }
    }

    /// <summary>The cache line of an element that will be read soon: into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Line(ref byte element)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(Unsafe.AsPointer(ref element));
        }
    }
}
