using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>Softmax and cross-entropy in one, from logits.</summary>
/// <remarks>
/// <para>Formula, for a row of logits x and a target distribution t (one-hot for a label):
/// <c>loss = Σ t[j]·(log Σ exp(x[i] − max) + max − x[j])</c>; <c>dX[j] = (softmax(x)[j]·Σ t − t[j]) / divisor</c>.</para>
/// <para>Shapes: rows x columns, <c>stride</c> floats from row to row. Nothing beyond the columns is read or written.
/// Aliasing: dX may be the logits themselves, not the targets.</para>
/// <code>
/// for each row, or each vector of rows where there are few columns:
///   max; exponentials; their sum, columns ascending
///   forward:  log of the sum, in double precision; t[j]·(log + max − x[j]) added up, columns ascending
///   backward: weight = Σ t[j], columns ascending; exponential / sum · weight − t[j], divided
/// </code>
/// <list type="number">
/// <item>The gradient is a difference of two numbers between 0 and Σ t, which is 1 for a label: no logarithm, no division by a small probability.</item>
/// <item>The row's maximum is subtracted first, so no exponential overflows.</item>
/// <item>With few classes a row is hardly a vector, and its sum is a chain of additions: so a vector of rows is transposed and taken
/// at once. The sums are still in index order, and the bits are the same.</item>
/// <item>A label is one class, anywhere: with few classes all are added up, without a branch; with many a mask finds those that count.</item>
/// </list>
/// </remarks>
public static class SoftmaxCrossEntropyKernel
{
    private const int ChunkLength = 64;

    private const int FewColumns = SoftmaxKernel.FewColumns;

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
        if (columns <= FewColumns)
        {
            ForwardFewColumns(rows, columns, stride, logits, targets, losses);
            return;
        }
        Span<float> chunk = stackalloc float[ChunkLength];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> x = logits.Slice(row * stride, columns);
            float maximum = SoftmaxKernel.Maximum(x);
            losses[row] = Loss(x, targets.Slice(row * stride, columns), Logarithm.Log(SumOfExponentials(x, maximum, chunk)) + maximum);
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
        if (columns <= FewColumns)
        {
            BackwardFewColumns(rows, columns, stride, logits, targets, divisor, dLogits);
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

    private static double Loss(ReadOnlySpan<float> x, ReadOnlySpan<float> t, double logSum)
    {
        double loss = 0;
        Span<ulong> word = stackalloc ulong[1];
        for (int first = 0; first < t.Length; first += NonZeroMask.WordBits)
        {
            // A class of no weight counts nothing, even where its logit is −∞.
            NonZeroMask.Of(t.Slice(first, Math.Min(NonZeroMask.WordBits, t.Length - first)), word);
            for (ulong mask = word[0]; mask != 0; mask &= mask - 1)
            {
                int j = first + BitOperations.TrailingZeroCount(mask);
                loss += t[j] * (logSum - x[j]);
            }
        }
        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardFewColumns(
        int rows, int columns, int stride, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<double> losses)
    {
        nint lanes = Vector<float>.Count;
        Span<float> memory = stackalloc float[2 * FewColumns * Vector<float>.Count];
        ref float logit = ref MemoryMarshal.GetReference(memory);
        ref float target = ref Unsafe.Add(ref logit, FewColumns * lanes);
        Span<double> ofRows = stackalloc double[Vector<float>.Count];
        for (int first = 0; first < rows; first += (int)lanes)
        {
            int count = Math.Min((int)lanes, rows - first);
            ref float x = ref MemoryMarshal.GetReference(logits[(first * stride)..]);

            // The target's memory holds the exponentials before.
            Vector<float> sum = SoftmaxKernel.TransposedExponentials(count, columns, ref x, stride, ref target, out Vector<float> maximum);
            Transpose.Run(count, columns, ref x, stride, ref logit, lanes);
            Transpose.Run(count, columns, ref MemoryMarshal.GetReference(targets[(first * stride)..]), stride, ref target, lanes);
            Vector.Widen(sum, out Vector<double> lowSum, out Vector<double> highSum);
            Vector.Widen(maximum, out Vector<double> lowMaximum, out Vector<double> highMaximum);
            Vector<double> lowLogSum = Logarithm.Log(lowSum) + lowMaximum;
            Vector<double> highLogSum = Logarithm.Log(highSum) + highMaximum;
            Vector<double> lowLoss = default, highLoss = default;
            for (nint j = 0; j < columns; j++)
            {
                Vector.Widen(Vector.LoadUnsafe(ref logit, (nuint)(j * lanes)), out Vector<double> lowX, out Vector<double> highX);
                Vector.Widen(Vector.LoadUnsafe(ref target, (nuint)(j * lanes)), out Vector<double> lowT, out Vector<double> highT);
                lowLoss = Add(lowLoss, lowT, lowLogSum - lowX);
                highLoss = Add(highLoss, highT, highLogSum - highX);
            }
            lowLoss.CopyTo(ofRows);
            highLoss.CopyTo(ofRows[Vector<double>.Count..]);
            ofRows[..count].CopyTo(losses[first..]);
        }
    }

    /// <summary>loss + t·difference. A class of no weight counts nothing, even where its logit is −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Add(Vector<double> loss, Vector<double> t, Vector<double> difference) =>
        Vector.ConditionalSelect(Vector.Equals(t, Vector<double>.Zero), loss, loss + (t * difference));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardFewColumns(
        int rows, int columns, int stride, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, float divisor, Span<float> dLogits)
    {
        nint lanes = Vector<float>.Count;
        Span<float> memory = stackalloc float[2 * FewColumns * Vector<float>.Count];
        ref float exponentials = ref MemoryMarshal.GetReference(memory);
        ref float target = ref Unsafe.Add(ref exponentials, FewColumns * lanes);
        for (int first = 0; first < rows; first += (int)lanes)
        {
            int count = Math.Min((int)lanes, rows - first);
            Vector<float> sum = SoftmaxKernel.TransposedExponentials(
                count, columns, ref MemoryMarshal.GetReference(logits[(first * stride)..]), stride, ref exponentials, out _);
            Transpose.Run(count, columns, ref MemoryMarshal.GetReference(targets[(first * stride)..]), stride, ref target, lanes);
            Vector<float> weight = default;
            for (nint j = 0; j < columns; j++)
            {
                weight += Vector.LoadUnsafe(ref target, (nuint)(j * lanes));
            }
            for (nint j = 0; j < columns; j++)
            {
                nuint offset = (nuint)(j * lanes);
                Vector<float> probability = Vector.LoadUnsafe(ref exponentials, offset) / sum;
                (((probability * weight) - Vector.LoadUnsafe(ref target, offset)) / new Vector<float>(divisor)).StoreUnsafe(ref exponentials, offset);
            }
            Transpose.Run(columns, count, ref exponentials, lanes, ref MemoryMarshal.GetReference(dLogits[(first * stride)..]), stride);
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
        public TVector Invoke<TVector>(TVector exponential, TVector target)
            where TVector : struct =>
            ((exponential / Simd.Broadcast<TVector>(sum) * Simd.Broadcast<TVector>(weight)) - target) / Simd.Broadcast<TVector>(divisor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float exponential, float target) => ((exponential / sum * weight) - target) / divisor;
    }
}
