using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Copies rows of whole cache lines to memory that another core reads next: past the caches of this one.</summary>
/// <remarks>
/// <para>Formula: <c>to[i, j] = from[i, j]</c>.</para>
/// <para>Shapes: rows x columns, both with the same row stride; columns and stride are whole cache lines, and both start one. Aliasing: none.</para>
/// <code>
/// for each row, for each line of it: store it, without asking for the line first
/// wait until all are stored
/// </code>
/// <list type="number">
/// <item>Before an ordinary store to a line that another core has read, that core must give it up. A store past the caches does not ask. Per line of a stream of 448, between cores of Zen 5 that
/// are far apart: 2.3 ns and not 9.4, and 2.1 instead of 2.5 for the other core to read it, from memory. Where cores are near, an ordinary store takes 2.0 and reading 1.0: then this is the slower way.</item>
/// <item>The processor collects the stores to a line and writes it in one go, if all of it is written.</item>
/// <item>Such stores may become visible later than those that follow them; so there is a fence at the end, and whoever is told of the copy afterwards finds it.</item>
/// </list>
/// </remarks>
internal static class StreamCopy
{
    /// <summary>The copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Run(nint rows, nint columns, ReadOnlySpan<float> from, Span<float> to, nint stride)
    {
        Check.Matrix(from, (int)rows, (int)columns, (int)stride);
        Check.Matrix(to, (int)rows, (int)columns, (int)stride);
        Check.Disjoint(from, to);
        Debug.Assert(columns % RowLayout.LineFloats == 0 && stride % RowLayout.LineFloats == 0);
        ref float source = ref MemoryMarshal.GetReference(from);
        ref float target = ref MemoryMarshal.GetReference(to);
        Debug.Assert((nint)Unsafe.AsPointer(ref target) % RowLayout.LineBytes == 0);
        for (nint i = 0; i < rows; i++)
        {
            for (nint j = 0; j < columns; j += RowLayout.LineFloats)
            {
                Vector256<float> low = Vector256.LoadUnsafe(ref source, (nuint)j);
                Vector256<float> high = Vector256.LoadUnsafe(ref source, (nuint)(j + Vector256<float>.Count));
                float* line = (float*)Unsafe.AsPointer(ref Unsafe.Add(ref target, j));
                low.StoreAlignedNonTemporal(line);
                high.StoreAlignedNonTemporal(line + Vector256<float>.Count);
            }
            source = ref Unsafe.Add(ref source, stride);
            target = ref Unsafe.Add(ref target, stride);
        }
        if (Sse.IsSupported)
        {
            Sse.StoreFence();
        }
    }
}
