using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>
/// What matrix products need of a vector of floats, for either of two types that a kernel may be compiled for: <see cref="Vector{T}"/>, as wide as the runtime
/// makes it, or <see cref="Vector512{T}"/>. So one source text yields a kernel for both, and a program may hold both.
/// </summary>
/// <remarks>
/// Which one is used: <see cref="VectorWidth"/>. No result depends on it: lanes run along the output. The JIT knows the type, so of each method one line is
/// left. A struct around the vector, with these as its methods, reads better, but then every multiply-add takes a copy.
/// </remarks>
internal static class Simd
{
    /// <summary>Floats in a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count<TVector>()
        where TVector : struct => Unsafe.SizeOf<TVector>() / sizeof(float);

    /// <summary>The same number in all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Broadcast<TVector>(float value)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.Create(value));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(new Vector<float>(value));
    }

    /// <summary>The floats from an element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(ref float origin, nint element)
        where TVector : struct => Unsafe.ReadUnaligned<TVector>(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref origin, element)));

    /// <summary>Stores a vector from an element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(TVector vector, ref float origin, nint element)
        where TVector : struct => Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref origin, element)), vector);

    /// <summary>a·b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FusedMultiplyAdd<TVector>(TVector a, TVector b, TVector c)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.FusedMultiplyAdd(
                Unsafe.BitCast<TVector, Vector512<float>>(a), Unsafe.BitCast<TVector, Vector512<float>>(b), Unsafe.BitCast<TVector, Vector512<float>>(c)));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.FusedMultiplyAdd(
            Unsafe.BitCast<TVector, Vector<float>>(a), Unsafe.BitCast<TVector, Vector<float>>(b), Unsafe.BitCast<TVector, Vector<float>>(c)));
    }

    /// <summary>0 where x ≤ 0, else y: with y = x the ReLU, with a gradient its backward pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Rectify<TVector>(TVector x, TVector y)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            Vector512<float> mask = Vector512.LessThanOrEqual(Unsafe.BitCast<TVector, Vector512<float>>(x), Vector512<float>.Zero);
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.ConditionalSelect(mask, Vector512<float>.Zero, Unsafe.BitCast<TVector, Vector512<float>>(y)));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(
            default(ReluKernel.BackwardOperator).Invoke(Unsafe.BitCast<TVector, Vector<float>>(x), Unsafe.BitCast<TVector, Vector<float>>(y)));
    }
}
