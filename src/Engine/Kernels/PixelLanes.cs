using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>The pixels of a row that are not zero, 16 at a time as floats in a register, from which <see cref="SparseMicroKernel"/> takes them one after another.</summary>
/// <remarks>
/// Formula: the i-th call of Next gives what the i-th pixel p of the row that is not zero stands for, p / 255, in all lanes. Shapes: up to 64 pixels of a row and the mask of those that are not zero. Aliasing: it writes nothing.
/// <code>
/// Start: rest ← the row's pixels that are not zero, one after another
/// Take:  some ← the 16 lowest bits of the mask, or all, which are then cleared; lanes ← the first 16 of rest as floats, which are then removed; next ← 0
/// Next:  lanes[next] in all lanes; next ← next + 1
/// </code>
/// <list type="number">
/// <item>What limits the kernel seems to be loads, two a cycle (inferred: in a test of its own one more for each pixel cost 1.2 to 1.9 cycles): one at a time, a pixel takes two, its byte and what that stands for, beside the seven of B for 100 columns. Here it takes none: a
/// permutation, which another unit does, brings it into all lanes. On Zen 5 the forward pass of 64 images through 100 columns took 16.4 instead of 18.3 µs, an epoch on one thread 0.97 of the time
/// (189 rounds), on two far apart 0.99 (282), 1,024 predictions 0.93.</item>
/// <item>Which one is next is a vector of its own, all lanes the same: no integer has to get into a vector.</item>
/// <item>Most rows have no more than 16 in 64. The lowest bits of a mask are found at once, by scattering 16 ones to its bits (PDEP).</item>
/// <item>An update takes pixels at one place of all images, in pairs of rows that share the loads of B. With its pixels transposed first, and one row at a time, it took 1.1 times as long.</item>
/// </list>
/// </remarks>
internal struct PixelLanes
{
    private readonly Vector512<int> _one;
    private Vector512<byte> _rest;
    private Vector512<float> _lanes;
    private Vector512<int> _next;

    /// <param name="one">1, but not as a constant: the JIT would load that anew for each pixel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PixelLanes(int one) => _one = Vector512.Create(one);

    /// <summary>Whether it is used: with vectors of 512 bits, where the values are bytes and the processor can take those of a mask out of 64. Known when a kernel is compiled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Suits<TVector, TValues>()
        where TVector : struct
        where TValues : struct, ISparseValues<TValues>, allows ref struct =>
        TValues.AreBytes && typeof(TVector) == typeof(Vector512<float>) && Avx512Vbmi2.IsSupported && Bmi2.X64.IsSupported;

    /// <summary>A row's pixels that are not zero, without gaps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(Vector512<byte> pixels) => _rest = pixels;

    /// <summary>Takes the bits of up to 16 pixels off the mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Take(ref ulong mask)
    {
        ulong some = Bmi2.X64.ParallelBitDeposit(0xFFFF, mask);
        mask ^= some;
        _lanes = PixelKernel.Scale(_rest.GetLower().GetLower());
        _rest = Avx512F.AlignRight64(_rest.AsUInt64(), _rest.AsUInt64(), 2).AsByte();
        _next = Vector512<int>.Zero;
        return some;
    }

    /// <summary>The next one of them, in all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Next<TVector>()
        where TVector : struct
    {
        Debug.Assert(typeof(TVector) == typeof(Vector512<float>));
        Vector512<float> pixel = Avx512F.PermuteVar16x32(_lanes, _next);
        _next += _one;
        return Unsafe.BitCast<Vector512<float>, TVector>(pixel);
    }
}
