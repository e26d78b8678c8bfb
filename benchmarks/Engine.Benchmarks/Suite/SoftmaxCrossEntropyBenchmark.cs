using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Engine.Kernels;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// Softmax of rows, and cross-entropy of that softmax with its gradient, on one core: each against its textbook loops, softmax
/// also against <see cref="TensorPrimitives"/> of .NET, a call for each row.
/// </summary>
/// <remarks>Probabilities and gradients must be within 5·10⁻⁷ of the textbook's, losses within 10⁻⁶.</remarks>
[MemoryDiagnoser]
[Config(typeof(Columns))]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class SoftmaxCrossEntropyBenchmark
{
    private const float Tolerance = 5e-7f;
    private const double LossTolerance = 1e-6;

    private AlignedBuffer _logits = null!;
    private AlignedBuffer _targets = null!;
    private AlignedBuffer _output = null!;
    private AlignedBuffer _expectedOutput = null!;
    private double[] _losses = [];
    private double[] _expectedLosses = [];
    private int _stride;
    private string _ran = "";

    /// <summary>A minibatch of MNIST, ten times the classes, and a size that is no multiple of a vector in either direction.</summary>
    public static IEnumerable<SoftmaxShape> Shapes => [new(64, 10), new(64, 100), new(63, 13)];

    /// <summary>Rows and classes.</summary>
    [ParamsSource(nameof(Shapes))]
    public SoftmaxShape Shape { get; set; } = null!;

    /// <summary>Fills logits and one-hot targets.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new SplitMix64(1);
        _stride = RowLayout.Stride(Shape.Classes);
        _logits = new AlignedBuffer(Shape.Rows * _stride);
        _targets = new AlignedBuffer(_logits.Length);
        _output = new AlignedBuffer(_logits.Length);
        _expectedOutput = new AlignedBuffer(_logits.Length);
        _losses = new double[Shape.Rows];
        _expectedLosses = new double[Shape.Rows];
        for (int row = 0; row < Shape.Rows; row++)
        {
            foreach (ref float logit in _logits.Span.Slice(row * _stride, Shape.Classes))
            {
                logit = (float)(3 * random.NextNormal());
            }
            _targets.Span[(row * _stride) + random.NextInt(Shape.Classes)] = 1f;
        }
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Softmax))]
    public void ScalarSoftmax()
    {
        ScalarBaseline.Softmax(Shape.Rows, Shape.Classes, _stride, _logits.Span, _output.Span);
        _ran = nameof(Softmax);
    }

    [Benchmark, BenchmarkCategory(nameof(Softmax))]
    public void Softmax()
    {
        SoftmaxKernel.Forward(Shape.Rows, Shape.Classes, _stride, _logits.Span, _output.Span);
        _ran = nameof(Softmax);
    }

    [Benchmark, BenchmarkCategory(nameof(Softmax))]
    public void TensorSoftmax()
    {
        for (int row = 0; row < Shape.Rows; row++)
        {
            TensorPrimitives.SoftMax(_logits.Span.Slice(row * _stride, Shape.Classes), _output.Span.Slice(row * _stride, Shape.Classes));
        }
        _ran = nameof(Softmax);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Loss))]
    public void ScalarLoss()
    {
        ScalarBaseline.SoftmaxCrossEntropy(Shape.Rows, Shape.Classes, _stride, _logits.Span, _targets.Span, _losses);
        _ran = nameof(Loss);
    }

    [Benchmark, BenchmarkCategory(nameof(Loss))]
    public void Loss()
    {
        SoftmaxCrossEntropyKernel.Forward(Shape.Rows, Shape.Classes, _stride, _logits.Span, _targets.Span, _losses);
        _ran = nameof(Loss);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Gradient))]
    public void ScalarGradient()
    {
        ScalarBaseline.SoftmaxCrossEntropyGradient(Shape.Rows, Shape.Classes, _stride, _logits.Span, _targets.Span, 1f, _output.Span);
        _ran = nameof(Gradient);
    }

    [Benchmark, BenchmarkCategory(nameof(Gradient))]
    public void Gradient()
    {
        SoftmaxCrossEntropyKernel.Backward(Shape.Rows, Shape.Classes, _stride, _logits.Span, _targets.Span, 1f, _output.Span);
        _ran = nameof(Gradient);
    }

    /// <summary>Verifies what the last timed operation left.</summary>
    [GlobalCleanup]
    public void VerifyResult()
    {
        if (_ran == nameof(Loss))
        {
            ScalarBaseline.SoftmaxCrossEntropy(Shape.Rows, Shape.Classes, _stride, _logits.Span, _targets.Span, _expectedLosses);
            for (int row = 0; row < Shape.Rows; row++)
            {
                Verify.Close(_expectedLosses[row], _losses[row], LossTolerance, $"loss of row {row}");
            }
            return;
        }
        if (_ran == nameof(Softmax))
        {
            ScalarBaseline.Softmax(Shape.Rows, Shape.Classes, _stride, _logits.Span, _expectedOutput.Span);
        }
        else
        {
            ScalarBaseline.SoftmaxCrossEntropyGradient(Shape.Rows, Shape.Classes, _stride, _logits.Span, _targets.Span, 1f, _expectedOutput.Span);
        }
        Verify.Close(_expectedOutput.Span, _output.Span, Tolerance, _ran);
    }

    /// <summary>Elements per nanosecond.</summary>
    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(new RateColumn("elements/ns", "Logits a nanosecond, without the padding of the rows", Count, "F2"));

        private static double Count(BenchmarkCase benchmark)
        {
            var shape = (SoftmaxShape)benchmark.Parameters[nameof(Shape)];
            return shape.Rows * shape.Classes;
        }
    }
}
