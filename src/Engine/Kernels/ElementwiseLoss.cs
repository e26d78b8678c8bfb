using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A loss that adds up over the elements of a row: its value and its derivative, each on vectors and on numbers; both must give the same bits.</summary>
internal interface ILossOperator : IBinaryOperator
{
    /// <summary>The losses of the lower and of the upper half of a vector. <c>Invoke</c> is their derivative by the output.</summary>
    (Vector<double> Low, Vector<double> High) Values(Vector<float> outputs, Vector<float> targets);

    /// <summary>The loss of one element.</summary>
    double Value(float output, float target);
}

/// <summary>
/// The loops behind the losses that treat each output by itself.
/// </summary>
/// <remarks>
/// Formula: <c>losses[i] = Σ value(y[i, j], t[i, j]) / columns</c>, j ascending; <c>dY = derivative(y, t) / (columns·divisor)</c>.
/// Shapes: rows x columns, <c>stride</c> floats from row to row. Nothing beyond the columns is read or written.
/// A row without columns has the loss 0.
/// Aliasing: dY may be the outputs themselves, not the targets.
/// <code>
/// forward:  for each row: sum = 0; for each vector of columns: its values; each is added to the sum; losses[i] = sum / columns
/// backward: for each row, for each vector of columns: its derivatives, divided
/// </code>
/// <list type="number">
/// <item>Values and derivatives are computed a vector at a time; values are added up in index order, in double precision.</item>
/// <item>Compiled by itself, never within a caller, for the reason that <see cref="Elementwise"/> gives.</item>
/// </list>
/// </remarks>
internal static class ElementwiseLoss
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward<TLoss>(
        TLoss loss, int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses)
        where TLoss : struct, ILossOperator
    {
        Check.Matrix(outputs, rows, columns, stride);
        Check.Matrix(targets, rows, columns, stride);
        Check.Length<double>(losses, rows);
        if (columns == 0)
        {
            losses.Clear();
            return;
        }
        int lanes = Vector<float>.Count;
        Span<double> values = stackalloc double[Vector<float>.Count];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> y = outputs.Slice(row * stride, columns);
            ReadOnlySpan<float> t = targets.Slice(row * stride, columns);
            double sum = 0;
            int j = 0;
            for (; j + lanes <= columns; j += lanes)
            {
                (Vector<double> low, Vector<double> high) = loss.Values(new(y[j..]), new(t[j..]));
                low.CopyTo(values);
                high.CopyTo(values[Vector<double>.Count..]);
                foreach (double value in values)
                {
                    sum += value;
                }
            }
            for (; j < columns; j++)
            {
                sum += loss.Value(y[j], t[j]);
            }
            losses[row] = sum / columns;
        }
    }

    public static void Backward<TLoss>(
        TLoss loss, int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs)
        where TLoss : struct, ILossOperator
    {
        Check.Matrix(outputs, rows, columns, stride);
        Check.Matrix(targets, rows, columns, stride);
        Check.Matrix(dOutputs, rows, columns, stride);
        Check.SameOrDisjoint(outputs, dOutputs);
        Check.Disjoint(targets, dOutputs);
        if (columns == 0)
        {
            return;
        }
        var gradient = new GradientOperator<TLoss>(loss, columns * divisor);
        for (int row = 0; row < rows; row++)
        {
            int from = row * stride;
            Elementwise.Map(gradient, outputs.Slice(from, columns), targets.Slice(from, columns), dOutputs.Slice(from, columns));
        }
    }

    private readonly struct GradientOperator<TLoss>(TLoss loss, float divisor) : IBinaryOperator
        where TLoss : struct, ILossOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector t)
            where TVector : struct => loss.Invoke(y, t) / Simd.Broadcast<TVector>(divisor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float t) => loss.Invoke(y, t) / divisor;
    }
}
