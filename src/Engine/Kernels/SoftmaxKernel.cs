using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>Softmax over each row.</summary>
/// <remarks>
/// <para>Formula: <c>y[j] = exp(x[j] − max) / Σ exp(x[i] − max)</c>; <c>dX[j] = y[j]·(dY[j] − Σ dY[i]·y[i])</c>.</para>
/// <para>Shapes: rows x columns, <c>stride</c> floats from row to row. Nothing beyond the columns is read or written.
/// Aliasing: the destination may be an operand itself.</para>
/// <code>
/// forward:  for each row: max; exponentials; their sum, columns ascending; divide
/// backward: for each row: sum = fma(dY[i], y[i], sum), columns ascending; y[j]·(dY[j] − sum)
/// </code>
/// <list type="number">
/// <item>Maximum, exponentials and divisions are vectorised along the row; the two sums are chains in index order.</item>
/// <item>With few columns a row is hardly a vector: then a vector of rows is transposed and taken at once, if at least half of one is filled. The sums
/// are still in index order, and the bits are the same.</item>
/// </list>
/// </remarks>
public static class SoftmaxKernel
{
    /// <summary>The most columns for which rows are transposed: 64 vectors stay in the first-level cache.</summary>
    internal const int FewColumns = 64;

    /// <summary>The least rows that are transposed: half a vector.</summary>
    private static int LeastRows => Vector<float>.Count / 2;

    /// <summary>output ← softmax of each row of input.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns: classes.</param>
    /// <param name="stride">Row stride of both matrices.</param>
    /// <param name="input">x, rows x columns.</param>
    /// <param name="output">y, rows x columns; may be <paramref name="input"/> itself.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the spans overlap in part.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int rows, int columns, int stride, ReadOnlySpan<float> input, Span<float> output)
    {
        Check.Matrix(input, rows, columns, stride);
        Check.Matrix(output, rows, columns, stride);
        Check.SameOrDisjoint(input, output);
        if (columns == 0)
        {
            return;
        }
        int first = columns <= FewColumns && rows >= LeastRows ? ForwardFewColumns(rows, columns, stride, input, output) : 0;
        for (int row = first; row < rows; row++)
        {
            Span<float> y = output.Slice(row * stride, columns);
            float sum = Exponentials(input.Slice(row * stride, columns), y);
            Elementwise.Map(new DivideOperator(sum), y, y);
        }
    }

    /// <summary>dInput ← the gradient by x of each row.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns: classes.</param>
    /// <param name="stride">Row stride of all three matrices.</param>
    /// <param name="output">y, as the forward pass left it.</param>
    /// <param name="dOutput">The gradient by y.</param>
    /// <param name="dInput">The gradient by x; may be <paramref name="dOutput"/> or <paramref name="output"/> itself.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the spans overlap in part.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput)
    {
        Check.Matrix(output, rows, columns, stride);
        Check.Matrix(dOutput, rows, columns, stride);
        Check.Matrix(dInput, rows, columns, stride);
        Check.SameOrDisjoint(output, dInput);
        Check.SameOrDisjoint(dOutput, dInput);
        if (columns == 0)
        {
            return;
        }
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> y = output.Slice(row * stride, columns);
            ReadOnlySpan<float> dY = dOutput.Slice(row * stride, columns);
            float sum = 0f;
            for (int j = 0; j < y.Length; j++)
            {
                sum = MathF.FusedMultiplyAdd(dY[j], y[j], sum);
            }
            Elementwise.Map(new BackwardOperator(sum), y, dY, dInput.Slice(row * stride, columns));
        }
    }

    /// <summary>A vector of rows at once, as long as they fill half of one. Returns how many rows that were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ForwardFewColumns(int rows, int columns, int stride, ReadOnlySpan<float> input, Span<float> output)
    {
        int lanes = Vector<float>.Count;
        Span<float> memory = stackalloc float[FewColumns * Vector<float>.Count];
        ref float y = ref MemoryMarshal.GetReference(memory);
        int first = 0;
        for (int count; rows - first >= LeastRows; first += count)
        {
            count = Math.Min(lanes, rows - first);
            Vector<float> sum = TransposedExponentials(count, columns, ref MemoryMarshal.GetReference(input[(first * stride)..]), stride, ref y, out _);
            for (nint j = 0; j < columns; j++)
            {
                nuint offset = (nuint)(j * lanes);
                (Vector.LoadUnsafe(ref y, offset) / sum).StoreUnsafe(ref y, offset);
            }
            Transpose.Run(columns, count, ref y, lanes, ref MemoryMarshal.GetReference(output[(first * stride)..]), stride);
        }
        return first;
    }

    /// <summary>
    /// exponentials ← exp(row − max of row) for up to a vector of rows at once, transposed: lanes run along the rows, and each
    /// row's sum is added in index order.
    /// </summary>
    /// <param name="rows">Rows, at most the lanes of a vector.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="x">The first row.</param>
    /// <param name="stride">Row stride.</param>
    /// <param name="exponentials">columns x lanes; of no meaning in the lanes beyond the rows.</param>
    /// <param name="maximum">The rows' maxima.</param>
    /// <returns>The rows' sums.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static Vector<float> TransposedExponentials(
        int rows, int columns, ref float x, nint stride, ref float exponentials, out Vector<float> maximum)
    {
        nint lanes = Vector<float>.Count;
        Debug.Assert(rows <= lanes);
        Transpose.Run(rows, columns, ref x, stride, ref exponentials, lanes);
        var largest = new Vector<float>(float.NegativeInfinity);
        for (nint j = 0; j < columns; j++)
        {
            largest = Vector.Max(largest, Vector.LoadUnsafe(ref exponentials, (nuint)(j * lanes)));
        }
        Vector<float> sum = default;
        for (nint j = 0; j < columns; j++)
        {
            Vector<float> exponential = Exponential.Exp(Vector.LoadUnsafe(ref exponentials, (nuint)(j * lanes)) - largest);
            exponential.StoreUnsafe(ref exponentials, (nuint)(j * lanes));
            sum += exponential;
        }
        maximum = largest;
        return sum;
    }

    /// <summary>exponentials ← exp(row − max of row). Returns their sum, added in index order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Exponentials(ReadOnlySpan<float> row, Span<float> exponentials)
    {
        Exponentials(row, Maximum(row), exponentials);
        float sum = 0f;
        for (int j = 0; j < exponentials.Length; j++)
        {
            sum += exponentials[j];
        }
        return sum;
    }

    /// <summary>exponentials ← exp(row − maximum).</summary>
    internal static void Exponentials(ReadOnlySpan<float> row, float maximum, Span<float> exponentials) =>
        Elementwise.Map(new ShiftedExpOperator(maximum), row, exponentials);

    /// <summary>The largest element; NaN if there is one, −∞ if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Maximum(ReadOnlySpan<float> row)
    {
        int lanes = Vector<float>.Count;
        float maximum = float.NegativeInfinity;
        int j = 0;
        if (row.Length >= 2 * lanes)
        {
            Vector<float> largest = new(row);
            for (j = lanes; j + lanes <= row.Length; j += lanes)
            {
                largest = Vector.Max(largest, new Vector<float>(row[j..]));
            }
            for (int lane = 0; lane < lanes; lane++)
            {
                maximum = MathF.Max(maximum, largest[lane]);
            }
        }
        for (; j < row.Length; j++)
        {
            maximum = MathF.Max(maximum, row[j]);
        }
        return maximum;
    }

    private readonly struct ShiftedExpOperator(float shift) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : struct => Exponential.Exp(x - Simd.Broadcast<TVector>(shift));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float x) => Exponential.Exp(x - shift);
    }

    private readonly struct DivideOperator(float divisor) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : struct => x / Simd.Broadcast<TVector>(divisor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float x) => x / divisor;
    }

    private readonly struct BackwardOperator(float sum) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector y, TVector dY)
            where TVector : struct => y * (dY - Simd.Broadcast<TVector>(sum));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Invoke(float y, float dY) => y * (dY - sum);
    }
}
