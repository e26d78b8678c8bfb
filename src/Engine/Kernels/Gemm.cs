using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>
/// General matrix multiplication, C(m x n) ← start + A(m x k)·B(k x n), single precision, row-major.
/// </summary>
/// <remarks>
/// <para>
/// Formula: C[i, j] is one chain of fused multiply-adds, p ascending:
/// <c>c = start; for p in 0..k: c = fma(A[i, p], B[p, j], c)</c>. The start is zero, what is already in C, or a bias.
/// Some products pass each finished sum through an epilogue, in registers: ReLU, its gradient, or the update of a weight.
/// The result therefore does not depend on the vector width, the tile, the cache block or on how rows are shared out.
/// </para>
/// <para>Shapes: strides are in elements, from one row to the next. Any size from 0 and any stride that holds a row will do.
/// No element outside the matrices is read or written.</para>
/// <para>Aliasing: C must not overlap A, B, the bias or a second operand.</para>
/// <para>The loops, and what is optimised: <see cref="GemmLoops"/>; the innermost: <see cref="GemmMicroKernel"/>.</para>
/// <para>Thread-safe: no state but memory for copies of blocks of A and B, up to 1.3 MB that a thread takes when it first multiplies large matrices, and keeps. Threads may share a product by rows of C.</para>
/// </remarks>
public static class Gemm
{
    /// <summary>C ← A·B.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">A, m x k.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Check.Matrix(a, m, k, lda);
        Validate(m, n, k, a, b, ldb, c, ldc);
        GemmLoops.Run(m, n, k, Matrix(a, lda), Matrix(b, ldb), MatrixRef.None, default(Plain), MatrixRef.None, Matrix(c, ldc));
    }

    /// <summary>C ← C + A·B.</summary>
    /// <inheritdoc cref="Multiply"/>
    public static void MultiplyAdd(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Check.Matrix(a, m, k, lda);
        Validate(m, n, k, a, b, ldb, c, ldc);
        GemmLoops.Run(m, n, k, Matrix(a, lda), Matrix(b, ldb), Matrix(c, ldc), default(Plain), MatrixRef.None, Matrix(c, ldc));
    }

    /// <summary>C ← bias + A·B, the bias added to every row: the forward pass of a dense layer.</summary>
    /// <param name="m">Rows of A and C: samples.</param>
    /// <param name="n">Columns of B and C: outputs.</param>
    /// <param name="k">Columns of A, rows of B: inputs.</param>
    /// <param name="a">A, m x k: the inputs.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, k x n: the weights.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="bias">The bias, n elements at least.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void MultiplyAddBias(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<float> c, int ldc)
    {
        MultiplyAddBias(m, n, k, a, lda, b, ldb, bias, default(Plain), c, ldc);
    }

    /// <summary>C ← relu(bias + A·B): the forward pass of a dense layer with a ReLU behind it.</summary>
    /// <inheritdoc cref="MultiplyAddBias(int, int, int, ReadOnlySpan{float}, int, ReadOnlySpan{float}, int, ReadOnlySpan{float}, Span{float}, int)"/>
    public static void MultiplyAddBiasRelu(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<float> c, int ldc) =>
        MultiplyAddBias(m, n, k, a, lda, b, ldb, bias, default(Rectify), c, ldc);

    /// <summary>C ← Aᵀ·B, where A is stored k x m: the weight gradient of a dense layer.</summary>
    /// <param name="m">Columns of A, rows of C: inputs.</param>
    /// <param name="n">Columns of B and C: outputs.</param>
    /// <param name="k">Rows of A and B: samples.</param>
    /// <param name="a">A, k x m.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void MultiplyTransposedA(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Check.Matrix(a, k, m, lda);
        Validate(m, n, k, a, b, ldb, c, ldc);
        GemmLoops.Run(m, n, k, Transposed(a, lda), Matrix(b, ldb), MatrixRef.None, default(Plain), MatrixRef.None, Matrix(c, ldc));
    }

    /// <summary>W ← W − rate · Aᵀ·B, where A is stored k x m: the weight gradient of a dense layer, at once used to update the weights.</summary>
    /// <remarks>Two steps, as if the gradient had been stored: <c>d = Σ fma(A[p, i], B[p, j])</c> from zero, then <c>w = fma(−rate, d, w)</c>.</remarks>
    /// <param name="m">Columns of A, rows of W: inputs.</param>
    /// <param name="n">Columns of B and W: outputs.</param>
    /// <param name="k">Rows of A and B: samples.</param>
    /// <param name="a">A, k x m.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="weights">W, m x n, updated in place.</param>
    /// <param name="ldw">Row stride of W.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or W overlaps an operand.</exception>
    public static void MultiplyTransposedAUpdate(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, float rate, Span<float> weights, int ldw)
    {
        Check.Matrix(a, k, m, lda);
        Validate(m, n, k, a, b, ldb, weights, ldw);
        GemmLoops.Run(m, n, k, Transposed(a, lda), Matrix(b, ldb), MatrixRef.None, new Update(rate), Matrix(weights, ldw), Matrix(weights, ldw));
    }

    /// <summary>The same for a layer's weights, which add +0 to each sum (<see cref="LayerUpdate"/>): W ← W − rate · (sums + Aᵀ·B), the sums those of samples before these, in the shape of W, or none.</summary>
    internal static void UpdateLayer(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, float rate, ReadOnlySpan<float> sums, Span<float> weights, int ldw)
    {
        Check.Matrix(a, k, m, lda);
        Validate(m, n, k, a, b, ldb, weights, ldw);
        MatrixRef start = MatrixRef.None;
        if (!sums.IsEmpty)
        {
            Check.Matrix(sums, m, n, ldw);
            Check.Disjoint(sums, weights);
            start = Matrix(sums, ldw);
        }
        GemmLoops.Run(m, n, k, Transposed(a, lda), Matrix(b, ldb), start, new LayerUpdate(rate), Matrix(weights, ldw), Matrix(weights, ldw));
    }

    /// <summary>C ← A·Bᵀ, where B is stored n x k: the input gradient of a dense layer.</summary>
    /// <param name="m">Rows of A and C: samples.</param>
    /// <param name="n">Rows of B, columns of C: inputs.</param>
    /// <param name="k">Columns of A and B: outputs.</param>
    /// <param name="a">A, m x k.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, n x k: the weights.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void MultiplyTransposedB(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        Check.Matrix(a, m, k, lda);
        ValidateTransposedB(m, n, k, a, b, ldb, c, ldc);
        RunTransposedB(m, n, k, a, lda, b, ldb, default(Plain), MatrixRef.None, c, ldc);
    }

    /// <summary>C ← A·Bᵀ where the output of a ReLU is positive, else 0: the input gradient of a dense layer with a ReLU before it.</summary>
    /// <param name="m">Rows of A and C: samples.</param>
    /// <param name="n">Rows of B, columns of C: inputs.</param>
    /// <param name="k">Columns of A and B: outputs.</param>
    /// <param name="a">A, m x k.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B, n x k: the weights.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="activations">The output of the ReLU, m x n.</param>
    /// <param name="ldActivations">Row stride of the activations.</param>
    /// <param name="c">C, m x n, overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or C overlaps an operand.</exception>
    public static void MultiplyTransposedBReluGradient(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb,
        ReadOnlySpan<float> activations, int ldActivations, Span<float> c, int ldc)
    {
        Check.Matrix(a, m, k, lda);
        Check.Matrix(activations, m, n, ldActivations);
        Check.Disjoint(activations, c);
        ValidateTransposedB(m, n, k, a, b, ldb, c, ldc);
        RunTransposedB(m, n, k, a, lda, b, ldb, default(RectifyGradient), Matrix(activations, ldActivations), c, ldc);
    }

    /// <summary>c ← the sum of the rows of B, in row order: the bias gradient of a dense layer.</summary>
    /// <remarks>A product with a row of ones: a bias is the weight of an input that is always 1, and fma(1, b, c) is b + c.</remarks>
    /// <param name="n">Columns of B.</param>
    /// <param name="k">Rows of B.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="c">The sums, n elements at least, overwritten.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or c overlaps B.</exception>
    public static void SumRows(int n, int k, ReadOnlySpan<float> b, int ldb, Span<float> c)
    {
        ReadOnlySpan<float> one = [1f];
        Validate(1, n, k, one, b, ldb, c, n);
        GemmLoops.Run(1, n, k, Repeated(one), Matrix(b, ldb), MatrixRef.None, default(Plain), MatrixRef.None, Matrix(c, n));
    }

    /// <summary>bias ← bias − rate · the sum of the rows of B: the bias gradient of a dense layer, at once used to update the bias.</summary>
    /// <param name="n">Columns of B.</param>
    /// <param name="k">Rows of B.</param>
    /// <param name="b">B, k x n.</param>
    /// <param name="ldb">Row stride of B.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="bias">The bias, n elements at least, updated in place.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the bias overlaps B.</exception>
    public static void SumRowsUpdate(int n, int k, ReadOnlySpan<float> b, int ldb, float rate, Span<float> bias)
    {
        ReadOnlySpan<float> one = [1f];
        Validate(1, n, k, one, b, ldb, bias, n);
        GemmLoops.Run(1, n, k, Repeated(one), Matrix(b, ldb), MatrixRef.None, new Update(rate), Matrix(bias, n), Matrix(bias, n));
    }

    private static void MultiplyAddBias<TEpilogue>(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, TEpilogue epilogue, Span<float> c, int ldc)
        where TEpilogue : struct, IEpilogue
    {
        Check.Matrix(a, m, k, lda);
        Check.AtLeast(bias, n);
        Check.Disjoint(bias, c);
        Validate(m, n, k, a, b, ldb, c, ldc);
        GemmLoops.Run(m, n, k, Matrix(a, lda), Matrix(b, ldb), Matrix(bias, 0), epilogue, MatrixRef.None, Matrix(c, ldc));
    }

    private static void RunTransposedB<TEpilogue>(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, TEpilogue epilogue, MatrixRef operand, Span<float> c, int ldc)
        where TEpilogue : struct, IEpilogue
    {
        if (GemmFewSteps.Suits(n, k))
        {
            GemmFewSteps.Run(m, n, k, Matrix(a, lda), Matrix(b, ldb), epilogue, operand, Matrix(c, ldc));
        }
        else if (GemmFewRows.Suits(m, n, k))
        {
            GemmFewRows.Run(m, n, k, Matrix(a, lda), Matrix(b, ldb), epilogue, operand, Matrix(c, ldc));
        }
        else
        {
            GemmLoops.Run(m, n, k, Matrix(a, lda), Transposed(b, ldb), MatrixRef.None, epilogue, operand, Matrix(c, ldc));
        }
    }

    private static void Validate(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> c, int ldc)
    {
        Check.Matrix(b, k, n, ldb);
        Check.Matrix(c, m, n, ldc);
        Check.Disjoint(a, c);
        Check.Disjoint(b, c);
    }

    private static void ValidateTransposedB(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> c, int ldc)
    {
        Check.Matrix(b, n, k, ldb);
        Check.Matrix(c, m, n, ldc);
        Check.Disjoint(a, c);
        Check.Disjoint(b, c);
    }

    private static MatrixRef Matrix(ReadOnlySpan<float> span, int stride) => new(ref MemoryMarshal.GetReference(span), stride);

    private static MatrixRef Transposed(ReadOnlySpan<float> span, int stride) => new(ref MemoryMarshal.GetReference(span), 1, stride);

    private static MatrixRef Repeated(ReadOnlySpan<float> element) => new(ref MemoryMarshal.GetReference(element), 0, 0);
}
