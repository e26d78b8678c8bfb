using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The binary step of the perceptron.</summary>
/// <remarks>
/// Formula: <c>y = x &lt; 0 ? 0 : 1</c>; NaN stays NaN. Its derivative is 0 wherever it exists, so there is no backward pass.
/// step(0) is 1, so padding has to be cleared after it.
/// Shapes: any length. Aliasing: the destination may be the operand itself. See <see cref="Elementwise"/> for the loop.
/// </remarks>
public static class StepKernel
{
    /// <summary>output ← 1 where the input is 0 or more, else 0.</summary>
    /// <param name="input">x, any length.</param>
    /// <param name="output">y, of the same length; may be <paramref name="input"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    public static void Forward(ReadOnlySpan<float> input, Span<float> output)
    {
        Elementwise.Validate(input, output);
        Elementwise.Map(default(ForwardOperator), input, output);
    }

    /// <summary>step(x), for <see cref="PerceptronKernel"/> too.</summary>
    internal readonly struct ForwardOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : struct
        {
            TVector oneOrNaN = Simd.WhereLessOrEqual(default, x, Simd.Broadcast<TVector>(1f), x);
            return Simd.WhereLess(x, default, default, oneOrNaN);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float x) => x < 0f ? 0f : x >= 0f ? 1f : x;
    }
}
