using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The update of stochastic gradient descent.</summary>
/// <remarks>
/// Formula: <c>w = fma(−rate, dW, w)</c>. Shapes: any length, both the same. Aliasing: the two must not overlap in part. See <see cref="Elementwise"/> for the loop.
/// </remarks>
public static class SgdKernel
{
    /// <summary>weights ← weights − rate · gradient.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="gradient">dW, of the same length as the weights.</param>
    /// <param name="weights">W, updated in place.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    public static void Update(float rate, ReadOnlySpan<float> gradient, Span<float> weights)
    {
        Elementwise.Validate(gradient, weights);
        Elementwise.Map(new UpdateOperator(rate), gradient, weights, weights);
    }

    internal readonly struct UpdateOperator(float rate) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> gradient, Vector<float> weight) =>
            Vector.FusedMultiplyAdd(new Vector<float>(-rate), gradient, weight);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float gradient, float weight) => MathF.FusedMultiplyAdd(-rate, gradient, weight);
    }
}
