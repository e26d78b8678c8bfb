using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Copies rows of whole cache lines to memory that another core reads next: past the caches of this one.</summary>
/// <remarks>
/// <para>Formula: <c>to[i, j] = from[i, j]</c>.</para>
/// <para>Shapes: rows x columns, both with the same row stride; columns and stride are whole cache lines, and the target starts one. Aliasing: none. Unchecked but for assertions: internal.</para>
/// <code>
/// for each row, for each line of it: store it, without asking for the line first
/// wait until all are stored
/// </code>
/// <list type="number">
/// <item>Before an ordinary store to a line that another core has read, that core must give it up. A store past the caches does not ask. 448 lines back and forth between cores of Zen 5 that
/// are far apart: 1 ns a line, fence included, and not 11.7; the other core, which then reads them from memory, takes as long either way. Where cores are near it is the slower way: in a small C program
/// 2.3 instead of 2.0, and reading 2.1 instead of 1.0. So two threads that are near do without.</item>
/// <item>The processor collects the stores to a line and writes it in one go, if all of it is written.</item>
/// <item>Such stores may become visible later than those that follow them; so there is a fence at the end, and whoever is told of the copy afterwards finds it. On other processors the release with which that is told is enough.</item>
/// </list>
/// </remarks>
internal static class StreamCopy
{
    /// <summary>The copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Run(nint rows, nint columns, ReadOnlySpan<float> from, Span<float> to, nint stride)
    {
        Validate((int)rows, (int)columns, from, to, (int)stride);
        ref float source = ref MemoryMarshal.GetReference(from);
        ref float target = ref MemoryMarshal.GetReference(to);
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

    [Conditional("DEBUG")]
    private static unsafe void Validate(int rows, int columns, ReadOnlySpan<float> from, ReadOnlySpan<float> to, int stride)
    {
        Check.Matrix(from, rows, columns, stride);
        Check.Matrix(to, rows, columns, stride);
        Check.Disjoint(from, to);
        Debug.Assert(columns % RowLayout.LineFloats == 0 && stride % RowLayout.LineFloats == 0);
        Debug.Assert((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(to)) % RowLayout.LineBytes == 0);
    }
}
