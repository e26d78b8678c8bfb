using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>
/// What kernels need of a vector of floats, for either of two types that they may be compiled for: <see cref="Vector{T}"/>, as wide as the runtime
/// makes it, or <see cref="Vector512{T}"/>. So one source text yields a kernel for both, and a program may hold both.
/// </summary>
/// <remarks>
/// Which one is used: <see cref="VectorWidth"/>. No result depends on it. The JIT knows the type, so of each method one line is left. It is particular: with a struct
/// around the vector, every multiply-add takes a copy; with methods within these, its load becomes an instruction of its own; and if a comparison is apart from the
/// choice that it is for, both take longer. The operators are those of any <c>struct</c> as far as C# can tell; only these two types have them, anything else throws.
/// </remarks>
internal static class Simd
{
    extension<TVector>(TVector)
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector operator +(TVector x, TVector y)
        {
            if (typeof(TVector) == typeof(Vector512<float>))
            {
                return Unsafe.BitCast<Vector512<float>, TVector>(Unsafe.BitCast<TVector, Vector512<float>>(x) + Unsafe.BitCast<TVector, Vector512<float>>(y));
            }
            return Unsafe.BitCast<Vector<float>, TVector>(Unsafe.BitCast<TVector, Vector<float>>(x) + Unsafe.BitCast<TVector, Vector<float>>(y));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector operator -(TVector x, TVector y)
        {
            if (typeof(TVector) == typeof(Vector512<float>))
            {
                return Unsafe.BitCast<Vector512<float>, TVector>(Unsafe.BitCast<TVector, Vector512<float>>(x) - Unsafe.BitCast<TVector, Vector512<float>>(y));
            }
            return Unsafe.BitCast<Vector<float>, TVector>(Unsafe.BitCast<TVector, Vector<float>>(x) - Unsafe.BitCast<TVector, Vector<float>>(y));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector operator -(TVector x)
        {
            if (typeof(TVector) == typeof(Vector512<float>))
            {
                return Unsafe.BitCast<Vector512<float>, TVector>(-Unsafe.BitCast<TVector, Vector512<float>>(x));
            }
            return Unsafe.BitCast<Vector<float>, TVector>(-Unsafe.BitCast<TVector, Vector<float>>(x));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector operator *(TVector x, TVector y)
        {
            if (typeof(TVector) == typeof(Vector512<float>))
            {
                return Unsafe.BitCast<Vector512<float>, TVector>(Unsafe.BitCast<TVector, Vector512<float>>(x) * Unsafe.BitCast<TVector, Vector512<float>>(y));
            }
            return Unsafe.BitCast<Vector<float>, TVector>(Unsafe.BitCast<TVector, Vector<float>>(x) * Unsafe.BitCast<TVector, Vector<float>>(y));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector operator /(TVector x, TVector y)
        {
            if (typeof(TVector) == typeof(Vector512<float>))
            {
                return Unsafe.BitCast<Vector512<float>, TVector>(Unsafe.BitCast<TVector, Vector512<float>>(x) / Unsafe.BitCast<TVector, Vector512<float>>(y));
            }
            return Unsafe.BitCast<Vector<float>, TVector>(Unsafe.BitCast<TVector, Vector<float>>(x) / Unsafe.BitCast<TVector, Vector<float>>(y));
        }
    }

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

    /// <summary>As many of a vector's first floats as a <see cref="Vector{T}"/> has; if that has as many, all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Lower<TVector>(TVector vector)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<TVector, Vector512<float>>(vector).GetLower().AsVector();
        }
        return Unsafe.BitCast<TVector, Vector<float>>(vector);
    }

    /// <summary>The floats from an element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(ref float origin, nint element)
        where TVector : struct => Unsafe.ReadUnaligned<TVector>(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref origin, element)));

    /// <summary>Stores a vector from an element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(TVector vector, ref float origin, nint element)
        where TVector : struct => Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref origin, element)), vector);

    /// <summary>x·y + z, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FusedMultiplyAdd<TVector>(TVector x, TVector y, TVector z)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.FusedMultiplyAdd(Unsafe.BitCast<TVector, Vector512<float>>(x), Unsafe.BitCast<TVector, Vector512<float>>(y), Unsafe.BitCast<TVector, Vector512<float>>(z)));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.FusedMultiplyAdd(Unsafe.BitCast<TVector, Vector<float>>(x), Unsafe.BitCast<TVector, Vector<float>>(y), Unsafe.BitCast<TVector, Vector<float>>(z)));
    }

    /// <summary>|x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Abs<TVector>(TVector x)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.Abs(Unsafe.BitCast<TVector, Vector512<float>>(x)));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.Abs(Unsafe.BitCast<TVector, Vector<float>>(x)));
    }

    /// <summary>|x| with the sign of y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector CopySign<TVector>(TVector x, TVector y)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.CopySign(Unsafe.BitCast<TVector, Vector512<float>>(x), Unsafe.BitCast<TVector, Vector512<float>>(y)));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.CopySign(Unsafe.BitCast<TVector, Vector<float>>(x), Unsafe.BitCast<TVector, Vector<float>>(y)));
    }

    /// <summary>a where x &lt; y, else b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector WhereLess<TVector>(TVector x, TVector y, TVector a, TVector b)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.ConditionalSelect(
                Vector512.LessThan(Unsafe.BitCast<TVector, Vector512<float>>(x), Unsafe.BitCast<TVector, Vector512<float>>(y)),
                Unsafe.BitCast<TVector, Vector512<float>>(a),
                Unsafe.BitCast<TVector, Vector512<float>>(b)));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.ConditionalSelect(
            Vector.LessThan(Unsafe.BitCast<TVector, Vector<float>>(x), Unsafe.BitCast<TVector, Vector<float>>(y)),
            Unsafe.BitCast<TVector, Vector<float>>(a),
            Unsafe.BitCast<TVector, Vector<float>>(b)));
    }

    /// <summary>a where x ≤ y, else b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector WhereLessOrEqual<TVector>(TVector x, TVector y, TVector a, TVector b)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.ConditionalSelect(
                Vector512.LessThanOrEqual(Unsafe.BitCast<TVector, Vector512<float>>(x), Unsafe.BitCast<TVector, Vector512<float>>(y)),
                Unsafe.BitCast<TVector, Vector512<float>>(a),
                Unsafe.BitCast<TVector, Vector512<float>>(b)));
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.ConditionalSelect(
            Vector.LessThanOrEqual(Unsafe.BitCast<TVector, Vector<float>>(x), Unsafe.BitCast<TVector, Vector<float>>(y)),
            Unsafe.BitCast<TVector, Vector<float>>(a),
            Unsafe.BitCast<TVector, Vector<float>>(b)));
    }

    /// <summary>x with a number added to the bits of each lane, taken as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector AddToBits<TVector>(TVector x, int value)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>((Unsafe.BitCast<TVector, Vector512<float>>(x).AsInt32() + Vector512.Create(value)).AsSingle());
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.AsVectorSingle(Vector.AsVectorInt32(Unsafe.BitCast<TVector, Vector<float>>(x)) + new Vector<int>(value)));
    }

    /// <summary>x − y, both taken as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector SubtractBits<TVector>(TVector x, TVector y)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>((Unsafe.BitCast<TVector, Vector512<float>>(x).AsInt32() - Unsafe.BitCast<TVector, Vector512<float>>(y).AsInt32()).AsSingle());
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.AsVectorSingle(Vector.AsVectorInt32(Unsafe.BitCast<TVector, Vector<float>>(x)) - Vector.AsVectorInt32(Unsafe.BitCast<TVector, Vector<float>>(y))));
    }

    /// <summary>x·2ⁿ, x taken as an integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ShiftBitsLeft<TVector>(TVector x, int n)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>((Unsafe.BitCast<TVector, Vector512<float>>(x).AsInt32() << n).AsSingle());
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.AsVectorSingle(Vector.AsVectorInt32(Unsafe.BitCast<TVector, Vector<float>>(x)) << n));
    }

    /// <summary>x/2ⁿ rounded down, x taken as an integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ShiftBitsRight<TVector>(TVector x, int n)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            return Unsafe.BitCast<Vector512<float>, TVector>((Unsafe.BitCast<TVector, Vector512<float>>(x).AsInt32() >> n).AsSingle());
        }
        return Unsafe.BitCast<Vector<float>, TVector>(Vector.AsVectorSingle(Vector.AsVectorInt32(Unsafe.BitCast<TVector, Vector<float>>(x)) >> n));
    }
}
