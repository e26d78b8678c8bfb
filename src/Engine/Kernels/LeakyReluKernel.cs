using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The leaky rectified linear unit.</summary>
/// <remarks>
/// Formula: <c>y = x ≤ 0 ? slope·x : x</c>; <c>dX = y ≤ 0 ? slope·dY : dY</c>, slope ≥ 0, so y tells the sign of x.
/// Shapes: any length. Aliasing: the destination may be an operand itself. See <see cref="Elementwise"/> for the loop.
/// </remarks>
public static class LeakyReluKernel
{
    /// <summary>output ← input where positive, else slope · input.</summary>
    /// <param name="slope">The slope below 0; 0 or more.</param>
    /// <param name="input">x, any length.</param>
    /// <param name="output">y, of the same length; may be <paramref name="input"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The slope is negative, infinite or NaN.</exception>
    public static void Forward(float slope, ReadOnlySpan<float> input, Span<float> output)
    {
        ValidateSlope(slope);
        Elementwise.Validate(input, output);
        Elementwise.Map(new ForwardOperator(slope), input, output);
    }

    /// <summary>dInput ← dOutput where the output is positive, else slope · dOutput.</summary>
    /// <param name="slope">The slope below 0; 0 or more.</param>
    /// <param name="output">y, as the forward pass left it.</param>
    /// <param name="dOutput">The gradient by y.</param>
    /// <param name="dInput">The gradient by x; may be <paramref name="dOutput"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap in part.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The slope is negative, infinite or NaN.</exception>
    public static void Backward(float slope, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        ValidateSlope(slope);
        Elementwise.Validate(output, dOutput, dInput);
        Elementwise.Map(new BackwardOperator(slope), output, dOutput, dInput);
    }

    /// <summary>Requires a slope that is finite and not negative.</summary>
    internal static void ValidateSlope(float slope)
    {
        if (!(slope >= 0f && float.IsFinite(slope)))
        {
            throw new ArgumentOutOfRangeException(nameof(slope), slope, "The slope must be a finite number, 0 or more.");
        }
    }

    private readonly struct ForwardOperator(float slope) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : struct =>
            Simd.WhereLessOrEqual(x, default, Simd.Broadcast<TVector>(slope) * x, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float x) => x <= 0f ? slope * x : x;
    }

    private readonly struct BackwardOperator(float slope) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector dY)
            where TVector : struct =>
            Simd.WhereLessOrEqual(y, default, Simd.Broadcast<TVector>(slope) * dY, dY);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float dY) => y <= 0f ? slope * dY : dY;
    }
}
