using Engine.Kernels;

namespace Engine.Benchmarks.Suite;

/// <summary>The operands of a matrix product of some shape, random numbers with rows padded as in the engine, and the ways to multiply them.</summary>
internal sealed class GemmOperands
{
    private readonly GemmShape _shape;
    private readonly AlignedBuffer _a;
    private readonly AlignedBuffer _b;
    private readonly int _lda;
    private readonly int _ldb;

    /// <summary>Fills the operands.</summary>
    public GemmOperands(GemmShape shape)
    {
        _shape = shape;
        (int rowsA, int columnsA) = shape.TransposedA ? (shape.K, shape.M) : (shape.M, shape.K);
        (int rowsB, int columnsB) = shape.TransposedB ? (shape.N, shape.K) : (shape.K, shape.N);
        _lda = RowLayout.Stride(columnsA);
        _ldb = RowLayout.Stride(columnsB);
        Stride = RowLayout.Stride(shape.N);
        var random = new SplitMix64(1);
        _a = Fill(rowsA, columnsA, _lda, ref random);
        _b = Fill(rowsB, columnsB, _ldb, ref random);
        C = new AlignedBuffer(shape.M * Stride);
    }

    /// <summary>Row stride of C.</summary>
    public int Stride { get; }

    /// <summary>The result of <see cref="Multiply"/>.</summary>
    public AlignedBuffer C { get; }

    /// <summary>C by the engine.</summary>
    public void Multiply()
    {
        if (_shape.TransposedA)
        {
            Gemm.MultiplyTransposedA(_shape.M, _shape.N, _shape.K, _a.Span, _lda, _b.Span, _ldb, C.Span, Stride);
        }
        else if (_shape.TransposedB)
        {
            Gemm.MultiplyTransposedB(_shape.M, _shape.N, _shape.K, _a.Span, _lda, _b.Span, _ldb, C.Span, Stride);
        }
        else
        {
            Gemm.Multiply(_shape.M, _shape.N, _shape.K, _a.Span, _lda, _b.Span, _ldb, C.Span, Stride);
        }
    }

    /// <summary>Some rows by the textbook loops.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="c">Where they go, <see cref="Stride"/> apart.</param>
    public void MultiplyScalar(int firstRow, int rows, Span<float> c) =>
        ScalarBaseline.Gemm(
            rows, _shape.N, _shape.K, _a.Span[(_shape.TransposedA ? firstRow : firstRow * _lda)..], _lda, _shape.TransposedA,
            _b.Span, _ldb, _shape.TransposedB, c, Stride);

    /// <summary>All rows by the system's OpenBLAS, which must be there.</summary>
    public void MultiplyOpenBlas(Span<float> c) =>
        Measuring.OpenBlas.Multiply(_shape.M, _shape.N, _shape.K, _a.Span, _lda, _shape.TransposedA, _b.Span, _ldb, _shape.TransposedB, c, Stride);

    /// <summary>Numbers from −1 to 1; padding stays zero.</summary>
    private static AlignedBuffer Fill(int rows, int columns, int stride, ref SplitMix64 random)
    {
        var matrix = new AlignedBuffer(rows * stride);
        for (int i = 0; i < rows; i++)
        {
            foreach (ref float value in matrix.Span.Slice(i * stride, columns))
            {
                value = (float)((2 * random.NextDouble()) - 1);
            }
        }
        return matrix;
    }
}
