using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>y = f(x), once on a vector and once on a number; both must give the same bits.</summary>
internal interface IUnaryOperator
{
    Vector<float> Invoke(Vector<float> x);

    float Invoke(float x);
}

/// <summary>z = f(x, y), once on vectors and once on numbers; both must give the same bits.</summary>
internal interface IBinaryOperator
{
    Vector<float> Invoke(Vector<float> x, Vector<float> y);

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
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Map<TOperator>(TOperator f, ReadOnlySpan<float> x, Span<float> destination)
        where TOperator : struct, IUnaryOperator
    {
        Debug.Assert(x.Length == destination.Length);
        ref float sourceX = ref MemoryMarshal.GetReference(x);
        ref float target = ref MemoryMarshal.GetReference(destination);
        int last = destination.Length - Vector<float>.Count;
        if (last < 0)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = f.Invoke(x[i]);
            }
            return;
        }
        Vector<float> end = f.Invoke(Vector.LoadUnsafe(ref sourceX, (nuint)last));
        for (int i = 0; i < last; i += Vector<float>.Count)
        {
            f.Invoke(Vector.LoadUnsafe(ref sourceX, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        }
        end.StoreUnsafe(ref target, (nuint)last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Map<TOperator>(TOperator f, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> destination)
        where TOperator : struct, IBinaryOperator
    {
        Debug.Assert(x.Length == destination.Length && y.Length == destination.Length);
        ref float sourceX = ref MemoryMarshal.GetReference(x);
        ref float sourceY = ref MemoryMarshal.GetReference(y);
        ref float target = ref MemoryMarshal.GetReference(destination);
        int last = destination.Length - Vector<float>.Count;
        if (last < 0)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = f.Invoke(x[i], y[i]);
            }
            return;
        }
        Vector<float> end = f.Invoke(Vector.LoadUnsafe(ref sourceX, (nuint)last), Vector.LoadUnsafe(ref sourceY, (nuint)last));
        for (int i = 0; i < last; i += Vector<float>.Count)
        {
            f.Invoke(Vector.LoadUnsafe(ref sourceX, (nuint)i), Vector.LoadUnsafe(ref sourceY, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        }
        end.StoreUnsafe(ref target, (nuint)last);
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
