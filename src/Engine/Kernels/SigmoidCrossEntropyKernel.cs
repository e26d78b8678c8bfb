using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Sigmoid and binary cross-entropy in one, from logits.</summary>
/// <remarks>
/// Formula, mean over the outputs of a row: with p = sigmoid(y), <c>loss = max(y, 0) − y·t + log(1 + exp(−|y|))</c>; <c>dY = p − t</c>.
/// Range 0 and up. Neither overflows nor saturates.
/// Shapes: rows x columns, <c>stride</c> floats from row to row; see <see cref="ElementwiseLoss"/> for the loops and the aliasing rule.
/// </remarks>
public static class SigmoidCrossEntropyKernel
{
    /// <summary>losses[i] ← the loss of row i, a mean over its outputs.</summary>
    /// <param name="rows">Rows: samples.</param>
    /// <param name="columns">Columns: outputs.</param>
    /// <param name="stride">Row stride of both matrices.</param>
    /// <param name="outputs">y, rows x columns.</param>
    /// <param name="targets">t, rows x columns.</param>
    /// <param name="losses">One number per row.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public static void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        ElementwiseLoss.Forward(default(Operator), rows, columns, stride, outputs, targets, losses);

    /// <summary>dOutputs ← the derivative by y, divided by columns · divisor.</summary>
    /// <param name="rows">Rows: samples.</param>
    /// <param name="columns">Columns: outputs.</param>
    /// <param name="stride">Row stride of all three matrices.</param>
    /// <param name="outputs">y, rows x columns.</param>
    /// <param name="targets">t, rows x columns.</param>
    /// <param name="divisor">The batch size for a mean over the batch, 1 for a sum.</param>
    /// <param name="dOutputs">The gradient by y; may be <paramref name="outputs"/> itself.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the spans overlap in part.</exception>
    public static void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs) =>
        ElementwiseLoss.Backward(default(Operator), rows, columns, stride, outputs, targets, divisor, dOutputs);

    private readonly struct Operator : ILossOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector<double> Low, Vector<double> High) Values(Vector<float> y, Vector<float> t)
        {
            Vector.Widen(y, out Vector<double> lowY, out Vector<double> highY);
            Vector.Widen(t, out Vector<double> lowT, out Vector<double> highT);
            Vector.Widen(Exponential.Exp(-Vector.Abs(y)), out Vector<double> lowExp, out Vector<double> highExp);
            return (Value(lowY, lowT, lowExp), Value(highY, highT, highExp));
        }

        public double Value(float y, float t)
        {
            return Math.Max(y, 0.0) - ((double)y * t) + Logarithm.Log(1.0 + Exponential.Exp(-MathF.Abs(y)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector t)
            where TVector : struct
        {
            return (Simd.Broadcast<TVector>(1f) / (Simd.Broadcast<TVector>(1f) + Exponential.Exp(-y))) - t;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float t)
        {
            return (1f / (1f + Exponential.Exp(-y))) - t;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<double> Value(Vector<double> y, Vector<double> t, Vector<double> exponential) =>
            Vector.Max(y, Vector<double>.Zero) - (y * t) + Logarithm.Log(Vector<double>.One + exponential);
    }
}
