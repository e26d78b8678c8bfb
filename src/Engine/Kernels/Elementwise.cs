using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>y = f(x), once on a vector and once on a number; both must give the same bits.</summary>
internal interface IUnaryOperator
{
    TVector Invoke<TVector>(TVector x)
        where TVector : struct;

    float Invoke(float x);
}

/// <summary>z = f(x, y), once on vectors and once on numbers; both must give the same bits.</summary>
internal interface IBinaryOperator
{
    TVector Invoke<TVector>(TVector x, TVector y)
        where TVector : struct;

    float Invoke(float x, float y);
}

/// <summary>
/// The two loops behind every kernel that treats each element by itself.
/// </summary>
/// <remarks>
/// Formula: <c>destination[i] = f(x[i])</c> or <c>f(x[i], y[i])</c>, any length from 0.
/// Aliasing: the destination may be an operand itself, but not overlap one at another offset.
/// <code>
/// end = f(the last vector)
/// for whole vectors: destination = f(x)
/// the last vector of the destination = end
/// </code>
/// Fewer elements than a vector are taken one by one, in the scalar form of f.
/// <list type="number">
/// <item>The operator is a struct type argument: the JIT compiles one loop per operator, with the call inlined.</item>
/// <item>The last vector overlaps the one before it instead of leaving a rest: 10 elements are 2 vectors, not 1 and 2 numbers. It is
/// computed first, since the destination may be an operand.</item>
/// <item>Compiled by itself, never within a caller: with tiered compilation, as most apps run, the JIT takes a hot loop into its caller, and there
/// calls the operator for each vector. Sigmoid and tanh then took 1.5 times as long.</item>
/// </list>
/// </remarks>
internal static class Elementwise
{
    /// <summary>destination ← f(x), with vectors as wide as is best.</summary>
    public static void Map<TOperator>(TOperator f, ReadOnlySpan<float> x, Span<float> destination)
        where TOperator : struct, IUnaryOperator
    {
        if (VectorWidth.IsWideFor(destination.Length))
        {
            Map<Vector512<float>, TOperator>(f, x, destination);
        }
        else
        {
            Map<Vector<float>, TOperator>(f, x, destination);
        }
    }

    /// <summary>destination ← f(x, y), with vectors as wide as is best.</summary>
    public static void Map<TOperator>(TOperator f, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> destination)
        where TOperator : struct, IBinaryOperator
    {
        if (VectorWidth.IsWideFor(destination.Length))
        {
            Map<Vector512<float>, TOperator>(f, x, y, destination);
        }
        else
        {
            Map<Vector<float>, TOperator>(f, x, y, destination);
        }
    }

    /// <summary>The same with vectors of a certain width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Map<TVector, TOperator>(TOperator f, ReadOnlySpan<float> x, Span<float> destination)
        where TVector : struct
        where TOperator : struct, IUnaryOperator
    {
        Debug.Assert(x.Length == destination.Length);
        ref float sourceX = ref MemoryMarshal.GetReference(x);
        ref float target = ref MemoryMarshal.GetReference(destination);
        int lanes = Simd.Count<TVector>();
        int last = destination.Length - lanes;
        if (last < 0)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = f.Invoke(x[i]);
            }
            return;
        }
        TVector end = f.Invoke(Simd.Load<TVector>(ref sourceX, last));
        for (int i = 0; i < last; i += lanes)
        {
            Simd.Store(f.Invoke(Simd.Load<TVector>(ref sourceX, i)), ref target, i);
        }
        Simd.Store(end, ref target, last);
    }

    /// <summary>The same with vectors of a certain width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Map<TVector, TOperator>(TOperator f, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> destination)
        where TVector : struct
        where TOperator : struct, IBinaryOperator
    {
        Debug.Assert(x.Length == destination.Length && y.Length == destination.Length);
        ref float sourceX = ref MemoryMarshal.GetReference(x);
        ref float sourceY = ref MemoryMarshal.GetReference(y);
        ref float target = ref MemoryMarshal.GetReference(destination);
        int lanes = Simd.Count<TVector>();
        int last = destination.Length - lanes;
        if (last < 0)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = f.Invoke(x[i], y[i]);
            }
            return;
        }
        TVector end = f.Invoke(Simd.Load<TVector>(ref sourceX, last), Simd.Load<TVector>(ref sourceY, last));
        for (int i = 0; i < last; i += lanes)
        {
            Simd.Store(f.Invoke(Simd.Load<TVector>(ref sourceX, i), Simd.Load<TVector>(ref sourceY, i)), ref target, i);
        }
        Simd.Store(end, ref target, last);
    }

    /// <summary>Validates the operands of a unary kernel.</summary>
    public static void Validate(ReadOnlySpan<float> x, ReadOnlySpan<float> destination)
    {
        Check.Length(x, destination.Length);
        Check.SameOrDisjoint(x, destination);
    }

    /// <summary>Validates the operands of a binary kernel.</summary>
    public static void Validate(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> destination)
    {
        Validate(x, destination);
        Validate(y, destination);
    }
}
