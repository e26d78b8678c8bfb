using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Engine.Kernels;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// Functions of one number at a time on one core, each against its textbook loop, and against <see cref="TensorPrimitives"/> of
/// .NET where that has it.
/// </summary>
/// <remarks>ReLU, its gradient and pixels must be exact, sigmoid and tanh within 5·10⁻⁷ of <see cref="MathF"/>, exp within 5·10⁻⁷ of each number.</remarks>
[MemoryDiagnoser]
[Config(typeof(Columns))]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class ElementwiseBenchmark
{
    private const string ReluGradientName = "ReLU gradient";
    private const float Tolerance = 5e-7f;

    private readonly Dictionary<string, float[]> _expected = [];
    private AlignedBuffer _input = null!;
    private AlignedBuffer _gradient = null!;
    private AlignedBuffer _output = null!;
    private byte[] _pixels = [];
    private string _ran = "";

    /// <summary>Elements: no multiple of a vector; a minibatch of 64 rows of 208, which stays in cache; a million, which does not.</summary>
    [Params(1_000, 64 * 208, 1 << 20)]
    public int Elements { get; set; }

    /// <summary>Fills the input and computes what the kernels have to give.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new SplitMix64(1);
        _input = new AlignedBuffer(Elements);
        _gradient = new AlignedBuffer(Elements);
        _output = new AlignedBuffer(Elements);
        _pixels = new byte[Elements];
        for (int i = 0; i < Elements; i++)
        {
            _input.Span[i] = (float)(2 * random.NextNormal());
            _gradient.Span[i] = (float)random.NextNormal();
            _pixels[i] = (byte)random.NextInt(256);
        }
        _expected[nameof(ReLU)] = Expect(output => ScalarBaseline.ReLU(_input.Span, output));
        _expected[ReluGradientName] = Expect(output => ScalarBaseline.ReluGradient(_input.Span, _gradient.Span, output));
        _expected[nameof(Sigmoid)] = Expect(output => ScalarBaseline.Sigmoid(_input.Span, output));
        _expected[nameof(Tanh)] = Expect(output => ScalarBaseline.Tanh(_input.Span, output));
        _expected[nameof(Exp)] = Expect(output => ScalarBaseline.Exp(_input.Span, output));
        _expected[nameof(Scale)] = Expect(output => ScalarBaseline.Scale(_pixels, output));
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(ReLU))]
    public void ScalarReLU()
    {
        ScalarBaseline.ReLU(_input.Span, _output.Span);
        _ran = nameof(ReLU);
    }

    [Benchmark, BenchmarkCategory(nameof(ReLU))]
    public void ReLU()
    {
        ReluKernel.Forward(_input.Span, _output.Span);
        _ran = nameof(ReLU);
    }

    [Benchmark, BenchmarkCategory(nameof(ReLU))]
    public void TensorReLU()
    {
        TensorPrimitives.Max(_input.Span, 0f, _output.Span);
        _ran = nameof(ReLU);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(ReluGradientName)]
    public void ScalarReluGradient()
    {
        ScalarBaseline.ReluGradient(_input.Span, _gradient.Span, _output.Span);
        _ran = ReluGradientName;
    }

    [Benchmark, BenchmarkCategory(ReluGradientName)]
    public void ReluGradient()
    {
        ReluKernel.Backward(_input.Span, _gradient.Span, _output.Span);
        _ran = ReluGradientName;
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Sigmoid))]
    public void ScalarSigmoid()
    {
        ScalarBaseline.Sigmoid(_input.Span, _output.Span);
        _ran = nameof(Sigmoid);
    }

    [Benchmark, BenchmarkCategory(nameof(Sigmoid))]
    public void Sigmoid()
    {
        SigmoidKernel.Forward(_input.Span, _output.Span);
        _ran = nameof(Sigmoid);
    }

    [Benchmark, BenchmarkCategory(nameof(Sigmoid))]
    public void TensorSigmoid()
    {
        TensorPrimitives.Sigmoid(_input.Span, _output.Span);
        _ran = nameof(Sigmoid);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Tanh))]
    public void ScalarTanh()
    {
        ScalarBaseline.Tanh(_input.Span, _output.Span);
        _ran = nameof(Tanh);
    }

    [Benchmark, BenchmarkCategory(nameof(Tanh))]
    public void Tanh()
    {
        TanhKernel.Forward(_input.Span, _output.Span);
        _ran = nameof(Tanh);
    }

    [Benchmark, BenchmarkCategory(nameof(Tanh))]
    public void TensorTanh()
    {
        TensorPrimitives.Tanh(_input.Span, _output.Span);
        _ran = nameof(Tanh);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Exp))]
    public void ScalarExp()
    {
        ScalarBaseline.Exp(_input.Span, _output.Span);
        _ran = nameof(Exp);
    }

    [Benchmark, BenchmarkCategory(nameof(Exp))]
    public void Exp()
    {
        EngineExponential.Exp(_input.Span, _output.Span);
        _ran = nameof(Exp);
    }

    [Benchmark, BenchmarkCategory(nameof(Exp))]
    public void TensorExp()
    {
        TensorPrimitives.Exp(_input.Span, _output.Span);
        _ran = nameof(Exp);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Scale))]
    public void ScalarScale()
    {
        ScalarBaseline.Scale(_pixels, _output.Span);
        _ran = nameof(Scale);
    }

    [Benchmark, BenchmarkCategory(nameof(Scale))]
    public void Scale()
    {
        PixelKernel.Scale(_pixels, _output.Span);
        _ran = nameof(Scale);
    }

    /// <summary>Verifies what the last timed operation left: the same bits where a formula is exact, else within rounding.</summary>
    [GlobalCleanup]
    public void VerifyResult()
    {
        switch (_ran)
        {
            case nameof(Sigmoid) or nameof(Tanh):
                Verify.Close(_expected[_ran], _output.Span, Tolerance, _ran);
                break;
            case nameof(Exp):
                Verify.RelativelyClose(_expected[_ran], _output.Span, Tolerance, _ran);
                break;
            default:
                Verify.SameBits(_expected[_ran], _output.Span, _ran);
                break;
        }
    }

    private float[] Expect(Action<float[]> compute)
    {
        float[] expected = new float[Elements];
        compute(expected);
        return expected;
    }

    /// <summary>Elements per nanosecond.</summary>
    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(new RateColumn("elements/ns", "Elements a nanosecond", benchmark => (int)benchmark.Parameters[nameof(Elements)], "F2"));
    }
}
