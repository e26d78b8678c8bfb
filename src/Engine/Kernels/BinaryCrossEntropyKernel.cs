using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Binary cross-entropy of probabilities.</summary>
/// <remarks>
/// Formula, mean over the outputs of a row: <c>loss = −t·log y − (1 − t)·log(1 − y)</c>; <c>dY = (y − t) / (y·(1 − y))</c>.
/// Range 0 and up. As in PyTorch, a logarithm counts as −100 at the least and y·(1 − y) as 10⁻¹² at the least, so a wrong certainty stays finite.
/// Where the outputs come from a sigmoid, <see cref="SigmoidCrossEntropyKernel"/> on the logits is faster and cannot saturate.
/// Shapes: rows x columns, <c>stride</c> floats from row to row; see <see cref="ElementwiseLoss"/> for the loops and the aliasing rule.
/// </remarks>
public static class BinaryCrossEntropyKernel
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

    private const float Smallest = 1e-12f;

    private readonly struct Operator : ILossOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector<double> Low, Vector<double> High) Values(Vector<float> y, Vector<float> t)
        {
            Vector.Widen(y, out Vector<double> lowY, out Vector<double> highY);
            Vector.Widen(t, out Vector<double> lowT, out Vector<double> highT);
            return (Value(lowY, lowT), Value(highY, highT));
        }

        public double Value(float y, float t)
        {
            double logY = Math.Max(Logarithm.Log(y), -100);
            double logRest = Math.Max(Logarithm.Log(1.0 - y), -100);
            return -(t * logY) - ((1.0 - t) * logRest);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector t)
            where TVector : struct
        {
            TVector variance = y * (Simd.Broadcast<TVector>(1f) - y);
            variance = Simd.WhereLess(variance, Simd.Broadcast<TVector>(Smallest), Simd.Broadcast<TVector>(Smallest), variance);
            return (y - t) / variance;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float t)
        {
            float variance = y * (1f - y);
            variance = variance < Smallest ? Smallest : variance;
            return (y - t) / variance;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<double> Value(Vector<double> y, Vector<double> t)
        {
            Vector<double> logY = Vector.Max(Logarithm.Log(y), new(-100));
            Vector<double> logRest = Vector.Max(Logarithm.Log(Vector<double>.One - y), new(-100));
            return -(t * logY) - ((Vector<double>.One - t) * logRest);
        }
    }
}
