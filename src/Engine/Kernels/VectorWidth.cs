using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>How wide the vectors of matrix products and elementwise functions are. No result depends on it.</summary>
/// <remarks>
/// <para>
/// <see cref="Vector{T}"/> has at most 256 bits unless an environment variable widens it, which a library cannot do for its users. Where the processor adds and multiplies
/// 512 bits at once, these use them all the same: on Zen 5 a step of 784-100-200-10 takes 0.67 times as long, sigmoid and tanh 0.55 times. Zen 4 does 512 bits in two halves and is
/// 1 to 2 % faster with 256.
/// </para>
/// <para>
/// Who narrows <see cref="Vector{T}"/> to 128 bits, or forbids the runtime 512 (<c>DOTNET_PreferredVectorBitWidth=256</c>), gets what they ask for.
/// </para>
/// </remarks>
internal static class VectorWidth
{
    /// <summary>AMD's leaf on how well the processor does what it can do, and its bit for paths of 512 bits.</summary>
    private const int PerformanceLeaf = unchecked((int)0x8000001A);
    private const int HighestExtendedLeaf = unchecked((int)0x80000000);
    private const int FullWidthBit = 1 << 3;

    /// <summary>Whether they use <see cref="Vector512{T}"/>; else <see cref="Vector{T}"/>.</summary>
    public static bool IsWide { get; } = Vector<float>.Count == 8 && Vector512.IsHardwareAccelerated && HasFullWidth();

    /// <summary>Floats in a vector.</summary>
    public static int Lanes => IsWide ? Vector512<float>.Count : Vector<float>.Count;

    /// <summary>Floats in a vector whose lanes run along this many elements: fewer than a wide vector has are not worth one.</summary>
    public static int LanesFor(nint elements) => elements < Vector512<float>.Count ? Vector<float>.Count : Lanes;

    /// <summary>Whether the processor does 512 bits at once. Only AMD says so; the runtime itself knows the Intel processors that had better not use them.</summary>
    private static bool HasFullWidth()
    {
        if (!X86Base.IsSupported)
        {
            return false;
        }
        (_, int vendor, _, _) = X86Base.CpuId(0, 0);
        if (vendor != BitConverter.ToInt32("Auth"u8))
        {
            return true;
        }
        (int highest, _, _, _) = X86Base.CpuId(HighestExtendedLeaf, 0);
        (int performance, _, _, _) = X86Base.CpuId(PerformanceLeaf, 0);
        return (uint)highest >= unchecked((uint)PerformanceLeaf) && (performance & FullWidthBit) != 0;
    }
}
