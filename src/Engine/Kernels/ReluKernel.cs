using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The rectified linear unit.</summary>
/// <remarks>
/// Formula: <c>y = x ≤ 0 ? 0 : x</c>; <c>dX = y ≤ 0 ? 0 : dY</c>. NaN is not ≤ 0, so it passes through; −0 becomes 0.
/// Shapes: any length. Aliasing: the destination may be an operand itself. See <see cref="Elementwise"/> for the loop.
/// </remarks>
public static class ReluKernel
{
    /// <summary>output ← max(input, 0).</summary>
    /// <param name="input">x, any length.</param>
    /// <param name="output">y, of the same length; may be <paramref name="input"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    public static void Forward(ReadOnlySpan<float> input, Span<float> output)
    {
        Elementwise.Validate(input, output);
        Elementwise.Map(default(ForwardOperator), input, output);
    }

    /// <summary>dInput ← dOutput where the output is positive, else 0.</summary>
    /// <param name="output">y, as the forward pass left it.</param>
    /// <param name="dOutput">The gradient by y.</param>
    /// <param name="dInput">The gradient by x; may be <paramref name="dOutput"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    public static void Backward(ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        Elementwise.Validate(output, dOutput, dInput);
        Elementwise.Map(default(BackwardOperator), output, dOutput, dInput);
    }

    internal readonly struct ForwardOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : struct => Simd.WhereLessOrEqual(x, default, default, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float x) => x <= 0f ? 0f : x;
    }

    internal readonly struct BackwardOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector dY)
            where TVector : struct => Simd.WhereLessOrEqual(y, default, default, dY);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float dY) => y <= 0f ? 0f : dY;
    }
}
