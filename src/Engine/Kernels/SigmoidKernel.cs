using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The logistic function.</summary>
/// <remarks>
/// Formula: <c>y = 1 / (1 + exp(−x))</c>; <c>dX = dY·y·(1 − y)</c>, the derivative from the output.
/// Range 0 to 1; sigmoid(0) is ½, so padding has to be cleared after it.
/// Shapes: any length. Aliasing: the destination may be an operand itself. See <see cref="Elementwise"/> for the loop.
/// </remarks>
public static class SigmoidKernel
{
    /// <summary>output ← 1 / (1 + exp(−input)).</summary>
    /// <param name="input">x, any length.</param>
    /// <param name="output">y, of the same length; may be <paramref name="input"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    public static void Forward(ReadOnlySpan<float> input, Span<float> output)
    {
        Elementwise.Validate(input, output);
        Elementwise.Map(default(ForwardOperator), input, output);
    }

    /// <summary>dInput ← dOutput · y · (1 − y).</summary>
    /// <param name="output">y, as the forward pass left it.</param>
    /// <param name="dOutput">The gradient by y.</param>
    /// <param name="dInput">The gradient by x; may be <paramref name="dOutput"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    public static void Backward(ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        Elementwise.Validate(output, dOutput, dInput);
        Elementwise.Map(default(BackwardOperator), output, dOutput, dInput);
    }

    private readonly struct ForwardOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : struct
        {
            TVector one = Simd.Broadcast<TVector>(1f);
            return one / (one + Exponential.Exp(-x));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float x) => 1f / (1f + Exponential.Exp(-x));
    }

    private readonly struct BackwardOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector dY)
            where TVector : struct => dY * (y * (Simd.Broadcast<TVector>(1f) - y));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float dY) => dY * (y * (1f - y));
    }
}
