using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The hyperbolic tangent.</summary>
/// <remarks>
/// Formula: with e = exp(−2|x|) − 1, <c>y = sign(x)·(−e) / (e + 2)</c>; <c>dX = dY·(1 − y²)</c>, the derivative from the output.
/// exp(x) − 1 is computed without cancellation, so small x keep their relative accuracy; tanh(−0) = −0.
/// Shapes: any length. Aliasing: the destination may be an operand itself. See <see cref="Elementwise"/> for the loop.
/// </remarks>
public static class TanhKernel
{
    /// <summary>Below −2·20 the result is ±1 to the last bit; clamping keeps 2ⁿ a normal number.</summary>
    private const float Smallest = -40f;

    /// <summary>output ← tanh(input).</summary>
    /// <param name="input">x, any length.</param>
    /// <param name="output">y, of the same length; may be <paramref name="input"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    public static void Forward(ReadOnlySpan<float> input, Span<float> output)
    {
        Elementwise.Validate(input, output);
        Elementwise.Map(default(ForwardOperator), input, output);
    }

    /// <summary>dInput ← dOutput · (1 − y²).</summary>
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
            TVector minus2x = Simd.Abs(x) * Simd.Broadcast<TVector>(-2f);
            minus2x = Simd.WhereLess(minus2x, Simd.Broadcast<TVector>(Smallest), Simd.Broadcast<TVector>(Smallest), minus2x);
            TVector e = Exponential.ExpMinusOne(minus2x);
            return Simd.CopySign(e / (e + Simd.Broadcast<TVector>(2f)), x);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float x)
        {
            float minus2x = MathF.Abs(x) * -2f;
            minus2x = minus2x < Smallest ? Smallest : minus2x;
            float e = Exponential.ExpMinusOne(minus2x);
            return MathF.CopySign(e / (e + 2f), x);
        }
    }

    private readonly struct BackwardOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector dY)
            where TVector : struct => dY * Simd.FusedMultiplyAdd(-y, y, Simd.Broadcast<TVector>(1f));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float dY) => dY * MathF.FusedMultiplyAdd(-y, y, 1f);
    }
}
