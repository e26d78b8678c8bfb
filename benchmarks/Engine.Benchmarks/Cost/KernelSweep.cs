using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Kernels;

namespace Engine.Benchmarks.Cost;

/// <summary>The matrix products of the networks and squares of growing size on one core, each in turns with OpenBLAS where the system has it.</summary>
/// <remarks>Products are verified: the two agree, or, without OpenBLAS, the last row has the bits of the textbook loops.</remarks>
internal static class KernelSweep
{
    private const int Samples = 15;
    private const float TolerancePerStep = 1e-6f;

    /// <summary>Edges of the squares.</summary>
    public static readonly int[] Squares = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    private static readonly GemmShape[] Layers =
    [
        new("layer 1 forward", 64, 100, 784),
        new("layer 2 forward", 64, 200, 100),
        new("layer 2 dX", 64, 100, 200, TransposedB: true),
        new("layer 1 dX", 64, 784, 100, TransposedB: true),
        new("layer 1 dW", 784, 100, 64, TransposedA: true),
        new("layer 2 dW", 100, 200, 64, TransposedA: true),
        new("wide forward", 128, 512, 784),
        new("wide dX", 128, 512, 512, TransposedB: true),
        new("wide dW", 512, 512, 128, TransposedA: true),
    ];

    /// <summary>The name of a square's measurement.</summary>
    public static string SquareName(string who, int edge) => $"gemm/{who}/square {edge}";

    /// <summary>Measures all.</summary>
    public static IReadOnlyList<Measurement> Measure(Action<double> onProgress)
    {
        GemmShape[] shapes = [.. Layers, .. Squares.Select(edge => new GemmShape("square", edge, edge, edge))];
        var measurements = new List<Measurement>();
        for (int i = 0; i < shapes.Length; i++)
        {
            measurements.AddRange(Measure(shapes[i]));
            onProgress((i + 1.0) / shapes.Length);
        }
        return measurements;
    }

    private static IEnumerable<Measurement> Measure(GemmShape shape)
    {
        (int rowsA, int columnsA) = shape.TransposedA ? (shape.K, shape.M) : (shape.M, shape.K);
        (int rowsB, int columnsB) = shape.TransposedB ? (shape.N, shape.K) : (shape.K, shape.N);
        int lda = RowLayout.Stride(columnsA);
        int ldb = RowLayout.Stride(columnsB);
        int ldc = RowLayout.Stride(shape.N);
        AlignedBuffer a = Fill(rowsA, columnsA, lda, seed: 1);
        AlignedBuffer b = Fill(rowsB, columnsB, ldb, seed: 2);
        var ours = new AlignedBuffer(shape.M * ldc);
        var theirs = new AlignedBuffer(shape.M * ldc);
        Action engine = () => Multiply(shape, a.Span, lda, b.Span, ldb, ours.Span, ldc);
        Action[] work = OpenBlas.IsAvailable
            ? [engine, () => OpenBlas.Multiply(shape.M, shape.N, shape.K, a.Span, lda, shape.TransposedA, b.Span, ldb, shape.TransposedB, theirs.Span, ldc)]
            : [engine];
        double[][] seconds = Sampler.InTurns(Samples, work);

        // The last row by the textbook: the same bits.
        int last = shape.M - 1;
        float[] row = new float[shape.N];
        ReadOnlySpan<float> rowOfA = shape.TransposedA ? a.Span[last..] : a.Span[(last * lda)..];
        ScalarBaseline.Gemm(1, shape.N, shape.K, rowOfA, lda, shape.TransposedA, b.Span, ldb, shape.TransposedB, row, shape.N);
        Verify.SameBits(row, ours.Span.Slice(last * ldc, shape.N), shape.ToString());
        string name = shape.Name == "square" ? $"square {shape.M}" : shape.ToString();
        double bytes = 4.0 * ((shape.M * (double)shape.K) + (shape.K * (double)shape.N) + (shape.M * (double)shape.N));
        yield return new Measurement($"gemm/Engine/{name}", seconds[0], shape.Flops, bytes);
        if (OpenBlas.IsAvailable)
        {
            Verify.Close(theirs.Span, ours.Span, TolerancePerStep * shape.K, $"{shape} against OpenBLAS");
            yield return new Measurement($"gemm/OpenBLAS/{name}", seconds[1], shape.Flops, bytes);
        }
    }

    private static void Multiply(GemmShape shape, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        if (shape.TransposedA)
        {
            Gemm.MultiplyTransposedA(shape.M, shape.N, shape.K, a, lda, b, ldb, c, ldc);
        }
        else if (shape.TransposedB)
        {
            Gemm.MultiplyTransposedB(shape.M, shape.N, shape.K, a, lda, b, ldb, c, ldc);
        }
        else
        {
            Gemm.Multiply(shape.M, shape.N, shape.K, a, lda, b, ldb, c, ldc);
        }
    }

    private static AlignedBuffer Fill(int rows, int columns, int stride, ulong seed)
    {
        var matrix = new AlignedBuffer(rows * stride);
        var random = new SplitMix64(seed);
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
