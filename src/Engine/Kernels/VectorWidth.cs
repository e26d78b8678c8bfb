using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>How wide the vectors of matrix products and elementwise functions are. No result depends on it.</summary>
/// <remarks>
/// <para>
/// <see cref="Vector{T}"/> has at most 256 bits unless an environment variable widens it, which a library cannot do for its users. Where the processor does
/// 512 bits at once, these use them all the same: on Zen 5 an epoch of 784-100-200-10 takes 0.67 times as long on one thread, sigmoid and tanh 0.55 times. Zen 4 does 512 bits
/// in two halves: there an epoch takes 1 to 3 % longer with them alone than with 256. But sparse products take two vectors as one of 512 there: <see cref="IsDoubled"/>.
/// </para>
/// <para>
/// Who narrows <see cref="Vector{T}"/> to 128 bits, or forbids the runtime 512 (<c>DOTNET_PreferredVectorBitWidth=256</c>), gets what they ask for.
/// </para>
/// </remarks>
internal static class VectorWidth
{
    private const int HighestExtendedLeaf = unchecked((int)0x80000000);

    /// <summary>AMD's leaf on how well the processor does what it can do.</summary>
    private const int PerformanceLeaf = unchecked((int)0x8000001A);

    /// <summary>Its bit FP512: the paths of the vector units have 512 bits.</summary>
    private const int FullWidthBit = 1 << 3;

    /// <summary>Whether they have 512 bits and the processor does these at once, be they <see cref="Vector512{T}"/> or a <see cref="Vector{T}"/> that somebody has widened.</summary>
    public static bool IsFull { get; } = Vector<float>.Count >= 8 && Vector512.IsHardwareAccelerated && HasFullWidth();

    /// <summary>Whether they may use <see cref="Vector512{T}"/>; else <see cref="Vector{T}"/>, but for sparse products where <see cref="IsDoubled"/>.</summary>
    public static bool IsWide { get; } = Vector<float>.Count == 8 && IsFull;

    /// <summary>
    /// Whether a <see cref="Vector512{T}"/> may stand for two of <see cref="Vector{T}"/>: the processor does it in two halves, but as one instruction. Of use to kernels that often have to wait for what was not foreseen: the
    /// sparse ones (<see cref="SparseMicroKernel"/>).
    /// </summary>
    public static bool IsDoubled { get; } = Vector<float>.Count == 8 && Vector512.IsHardwareAccelerated && !IsWide;

    /// <summary>Floats in a vector.</summary>
    public static int Lanes => IsWide ? Vector512<float>.Count : Vector<float>.Count;

    /// <summary>Whether <see cref="Vector512{T}"/> is used where lanes run along this many elements: as many as it has, or more.</summary>
    public static bool IsWideFor(nint elements) => IsWide && elements >= Vector512<float>.Count;

    /// <summary>Floats in a vector whose lanes run along this many elements.</summary>
    public static int LanesFor(nint elements) => IsWideFor(elements) ? Vector512<float>.Count : Vector<float>.Count;

    /// <summary>Whether a processor with AVX-512 does 512 bits at once, by what the instruction CPUID tells.</summary>
    /// <remarks>Only AMD's tell. Of others the runtime itself knows those that had better not use 512 bits: then <see cref="Vector512.IsHardwareAccelerated"/> is false.</remarks>
    /// <param name="vendor">The first four letters of the vendor's name.</param>
    /// <param name="highestExtendedLeaf">The last leaf from 0x80000000 on that there is.</param>
    /// <param name="performance">Leaf 0x8000001A, register EAX; of no meaning if there is no such leaf.</param>
    internal static bool HasFullWidth(int vendor, int highestExtendedLeaf, int performance) =>
        vendor != BitConverter.ToInt32("Auth"u8)
        || ((uint)highestExtendedLeaf >= unchecked((uint)PerformanceLeaf) && (performance & FullWidthBit) != 0);

    private static bool HasFullWidth() =>
        X86Base.IsSupported && HasFullWidth(X86Base.CpuId(0, 0).Ebx, X86Base.CpuId(HighestExtendedLeaf, 0).Eax, X86Base.CpuId(PerformanceLeaf, 0).Eax);
}
