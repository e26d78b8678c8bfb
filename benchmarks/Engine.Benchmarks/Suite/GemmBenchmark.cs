using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Engine.Benchmarks.Measuring;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// The matrix products of a training step on one core, against the textbook loops and against the core's FMA peak.
/// </summary>
/// <remarks>
/// Runs in the process that measures the peak, so that both see the same core, clock and vector width.
/// Every case must give the same bits as the textbook loops; of a large product, every 37th row must, so that all places of a
/// tile have their turn.
/// </remarks>
[InProcess]
[MemoryDiagnoser]
[BenchmarkCategory("Gemm")]
[Config(typeof(Columns))]
public class GemmBenchmark
{
    private const double LargeFlops = 1e9;
    private const int LargeRowStep = 37;

    private GemmOperands _operands = null!;
    private float[] _expected = [];

    /// <summary>
    /// The eight products of a step of 784-100-200-10 with minibatch 64; four of 784-512-512-10 with minibatch 128; some whose
    /// sizes are no multiple of anything; squares.
    /// </summary>
    public static IEnumerable<GemmShape> Shapes =>
    [
        new("layer 1 forward", 64, 100, 784),
        new("layer 2 forward", 64, 200, 100),
        new("layer 3 forward", 64, 10, 200),
        new("layer 2 dX", 64, 100, 200, TransposedB: true),
        new("layer 3 dX", 64, 200, 10, TransposedB: true),
        new("layer 1 dW", 784, 100, 64, TransposedA: true),
        new("layer 2 dW", 100, 200, 64, TransposedA: true),
        new("layer 3 dW", 200, 10, 64, TransposedA: true),
        new("wide layer 1 forward", 128, 512, 784),
        new("wide layer 2 forward", 128, 512, 512),
        new("wide layer 2 dX", 128, 512, 512, TransposedB: true),
        new("wide layer 2 dW", 512, 512, 128, TransposedA: true),
        new("ragged", 63, 65, 33),
        new("ragged", 31, 101, 785),
        new("square", 64, 64, 64),
        new("square", 128, 128, 128),
        new("square", 256, 256, 256),
        new("square", 512, 512, 512),
        new("square", 1024, 1024, 1024),
    ];

    /// <summary>The product.</summary>
    [ParamsSource(nameof(Shapes))]
    public GemmShape Shape { get; set; } = null!;

    private int VerifiedRowStep => Shape.Flops > LargeFlops ? LargeRowStep : 1;

    /// <summary>Fills the operands, computes the expected result and measures the peak.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _operands = new GemmOperands(Shape);
        _expected = new float[_operands.C.Length];
        for (int row = 0; row < Shape.M; row += VerifiedRowStep)
        {
            _operands.MultiplyScalar(row, 1, _expected.AsSpan(row * _operands.Stride));
        }
        FmaPeak.Measure();
    }

    /// <summary>The textbook loops.</summary>
    [Benchmark(Baseline = true)]
    public void Scalar() => _operands.MultiplyScalar(0, Shape.M, _operands.C.Span);

    /// <summary>The engine's kernel.</summary>
    [Benchmark]
    public void Kernel() => _operands.Multiply();

    /// <summary>Verifies what the last timed operation left.</summary>
    [GlobalCleanup]
    public void VerifyResult()
    {
        int stride = _operands.Stride;
        for (int row = 0; row < Shape.M; row += VerifiedRowStep)
        {
            Verify.SameBits(_expected.AsSpan(row * stride, stride), _operands.C.Span.Slice(row * stride, stride), $"{Shape}, row {row}");
        }
    }

    /// <summary>GFLOP/s and the share of the peak.</summary>
    private sealed class Columns : ManualConfig
    {
        public Columns()
        {
            AddColumn(new RateColumn("GFLOP/s", "Billions of floating-point operations a second", Flops, "F1"));
            AddColumn(new RateColumn("% of peak", "Share of the best FMA rate of one core that this process measured", c => 100 * Flops(c) / FmaPeak.Best, "F0"));
        }

        private static double Flops(BenchmarkCase benchmark) => ((GemmShape)benchmark.Parameters[nameof(Shape)]).Flops;
    }
}
