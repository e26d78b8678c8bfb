using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The perceptron criterion, from the weighted sums that a binary step decides on.</summary>
/// <remarks>
/// Formula, mean over the outputs of a row: <c>loss = −y·(t − step(y))</c>; <c>dY = step(y) − t</c>.
/// y is the weighted sum, z elsewhere. 0 where the decision is right, else |y|, how far it is on the wrong side. Its gradient descent is Rosenblatt's learning rule, which the step's own derivative, 0, could not give.
/// Shapes: rows x columns, <c>stride</c> floats from row to row; see <see cref="ElementwiseLoss"/> for the loops and the aliasing rule.
/// </remarks>
public static class PerceptronKernel
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
            Vector.Widen(Invoke(y, t), out Vector<double> low, out Vector<double> high);
            return (Value(lowY, low), Value(highY, high));
        }

        public double Value(float y, float t)
        {
            float difference = Invoke(y, t);
            return difference == 0f ? 0 : (double)y * difference;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector t)
            where TVector : struct
        {
            return default(StepKernel.ForwardOperator).Invoke(y) - t;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float t)
        {
            return default(StepKernel.ForwardOperator).Invoke(y) - t;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<double> Value(Vector<double> y, Vector<double> difference) =>
            Vector.ConditionalSelect(Vector.Equals(difference, Vector<double>.Zero), Vector<double>.Zero, y * difference);
    }
}
