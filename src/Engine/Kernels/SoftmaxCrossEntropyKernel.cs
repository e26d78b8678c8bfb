using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Softmax and cross-entropy in one, from logits.</summary>
/// <remarks>
/// <para>Formula, for a row of logits x and a target distribution t (one-hot for a label):
/// <c>loss = Σ t[j]·(log Σ exp(x[i] − max) + max − x[j])</c>; <c>dX[j] = (softmax(x)[j]·Σ t − t[j]) / divisor</c>.</para>
/// <para>Shapes: rows x columns, <c>stride</c> floats from row to row. Nothing beyond the columns is read or written.
/// Aliasing: dX may be the logits themselves, not the targets.</para>
/// <list type="number">
/// <item>The gradient is a difference of two numbers between 0 and 1: no logarithm, no division by a small probability.</item>
/// <item>The row's maximum is subtracted first, so no exponential overflows.</item>
/// </list>
/// </remarks>
public static class SoftmaxCrossEntropyKernel
{
    private const int ChunkLength = 64;

    /// <summary>losses[i] ← cross-entropy of row i.</summary>
    /// <param name="rows">Rows: samples.</param>
    /// <param name="columns">Columns: classes.</param>
    /// <param name="stride">Row stride of both matrices.</param>
    /// <param name="logits">x, rows x columns.</param>
    /// <param name="targets">t, rows x columns.</param>
    /// <param name="losses">One number per row.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<double> losses)
    {
        Check.Matrix(logits, rows, columns, stride);
        Check.Matrix(targets, rows, columns, stride);
        Check.Length<double>(losses, rows);
        if (columns == 0)
        {
            losses.Clear();
            return;
        }
        Span<float> chunk = stackalloc float[ChunkLength];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> x = logits.Slice(row * stride, columns);
            ReadOnlySpan<float> t = targets.Slice(row * stride, columns);
            float maximum = SoftmaxKernel.Maximum(x);
            double logSum = Logarithm.Log(SumOfExponentials(x, maximum, chunk)) + maximum;
            double loss = 0;
            for (int j = 0; j < columns; j++)
            {
                // A class of no weight counts nothing, even where its logit is −∞.
                if (t[j] != 0f)
                {
                    loss += t[j] * (logSum - x[j]);
                }
            }
            losses[row] = loss;
        }
    }

    /// <summary>dLogits ← (softmax(logits)·Σ targets − targets) / divisor, row by row.</summary>
    /// <param name="rows">Rows: samples.</param>
    /// <param name="columns">Columns: classes.</param>
    /// <param name="stride">Row stride of all three matrices.</param>
    /// <param name="logits">x, rows x columns.</param>
    /// <param name="targets">t, rows x columns.</param>
    /// <param name="divisor">The batch size for a mean over the batch, 1 for a sum.</param>
    /// <param name="dLogits">The gradient by x; may be <paramref name="logits"/> itself.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the spans overlap in part.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, float divisor, Span<float> dLogits)
    {
        Check.Matrix(logits, rows, columns, stride);
        Check.Matrix(targets, rows, columns, stride);
        Check.Matrix(dLogits, rows, columns, stride);
        Check.SameOrDisjoint(logits, dLogits);
        Check.Disjoint(targets, dLogits);
        if (columns == 0)
        {
            return;
        }
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> t = targets.Slice(row * stride, columns);
            Span<float> dX = dLogits.Slice(row * stride, columns);
            float sum = SoftmaxKernel.Exponentials(logits.Slice(row * stride, columns), dX);
            float weight = 0f;
            for (int j = 0; j < t.Length; j++)
            {
                weight += t[j];
            }
            Elementwise.Map(new GradientOperator(sum, weight, divisor), dX, t, dX);
        }
    }

    private static float SumOfExponentials(ReadOnlySpan<float> x, float maximum, Span<float> chunk)
    {
        float sum = 0f;
        for (int from = 0; from < x.Length; from += ChunkLength)
        {
            ReadOnlySpan<float> part = x.Slice(from, Math.Min(ChunkLength, x.Length - from));
            Span<float> exponentials = chunk[..part.Length];
            SoftmaxKernel.Exponentials(part, maximum, exponentials);
            foreach (float exponential in exponentials)
            {
                sum += exponential;
            }
        }
        return sum;
    }

    private readonly struct GradientOperator(float sum, float weight, float divisor) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> exponential, Vector<float> target) =>
            ((exponential / new Vector<float>(sum) * new Vector<float>(weight)) - target) / new Vector<float>(divisor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float exponential, float target) => ((exponential / sum * weight) - target) / divisor;
    }
}
