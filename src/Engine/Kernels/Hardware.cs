using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>What the kernels find on this machine.</summary>
public static class Hardware
{
    /// <summary>Floats in a vector of matrix products and activations: 4, 8 or 16.</summary>
    public static int VectorLanes => VectorWidth.Lanes;

    /// <summary>Bits in a vector of matrix products and activations: 128, 256 or 512. May be more than <see cref="System.Numerics.Vector{T}"/> has.</summary>
    public static int VectorBits => 32 * VectorLanes;

    /// <summary>
    /// Whether fused multiply-adds are instructions, for this processor and, where it was compiled ahead of time, for this program. Without them they are emulated: the same bits, but over 100 times as slowly.
    /// </summary>
    public static bool HasFusedMultiplyAdd => Fma.IsSupported || AdvSimd.IsSupported;

    /// <summary>Whether there are 32 vector registers, and not 16.</summary>
    internal static bool HasManyRegisters => Avx512F.VL.IsSupported || AdvSimd.IsSupported;

    /// <summary>The instruction sets that matter to the kernels, as far as the runtime uses them.</summary>
    public static IReadOnlyList<string> InstructionSets
    {
        get
        {
            (string Name, bool Supported)[] sets =
            [
                ("SSE4.2", Sse42.IsSupported),
                ("AVX", Avx.IsSupported),
                ("AVX2", Avx2.IsSupported),
                ("FMA", Fma.IsSupported),
                ("AVX-512F", Avx512F.IsSupported),
                ("AdvSimd", AdvSimd.IsSupported),
            ];
            return [.. sets.Where(set => set.Supported).Select(set => set.Name)];
        }
    }
}
