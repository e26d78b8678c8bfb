using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Kernels;

namespace Engine.Benchmarks.Cost;

/// <summary>The matrix products of the networks and squares of growing size on one core, each in turns with independent multiply-adds, and with OpenBLAS where the system has it.</summary>
/// <remarks>Products are verified: the last row has the bits of the textbook loops, and where there is OpenBLAS all elements agree with its.</remarks>
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
        var operands = new GemmOperands(shape);
        var theirs = new AlignedBuffer(operands.C.Length);
        double burst = FmaPeak.Burst();
        Action[] work = [operands.Multiply, () => FmaPeak.Burst(), .. OpenBlas.IsAvailable ? [() => operands.MultiplyOpenBlas(theirs.Span)] : Array.Empty<Action>()];
        double[][] seconds = Sampler.InTurns(Samples, work);
        double[] peaks = [.. seconds[1].Select(one => burst / one / 1e9)];

        // The last row by the textbook: the same bits.
        int last = shape.M - 1;
        float[] row = new float[operands.Stride];
        operands.MultiplyScalar(last, 1, row);
        Verify.SameBits(row, operands.C.Span.Slice(last * operands.Stride, operands.Stride), shape.ToString());
        string name = shape.Name == "square" ? $"square {shape.M}" : shape.ToString();
        double bytes = sizeof(float) * ((shape.M * (double)shape.K) + (shape.K * (double)shape.N) + (shape.M * (double)shape.N));
        yield return new Measurement($"gemm/Engine/{name}", seconds[0], shape.Flops, bytes, PeakRates: peaks);
        if (OpenBlas.IsAvailable)
        {
            Verify.Close(theirs.Span, operands.C.Span, TolerancePerStep * shape.K, $"{shape} against OpenBLAS");
            yield return new Measurement($"gemm/OpenBLAS/{name}", seconds[2], shape.Flops, bytes, PeakRates: peaks);
        }
    }
}
