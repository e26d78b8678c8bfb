using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Engine.Kernels;

namespace Engine.Benchmarks.Suite;

/// <summary>Activations and pixel scaling on one core, each against its textbook loop.</summary>
[Config(typeof(Columns))]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class ActivationBenchmark
{
    private const int SoftmaxColumns = 10;
    private const float Tolerance = 5e-7f;
    private static readonly int SoftmaxStride = RowLayout.Stride(SoftmaxColumns);

    private readonly Dictionary<string, float[]> _expected = [];
    private AlignedBuffer _input = null!;
    private AlignedBuffer _output = null!;
    private byte[] _pixels = [];
    private string _ran = "";

    /// <summary>Elements: a minibatch of 64 rows of 208, which stays in cache, and a million, which does not.</summary>
    [Params(64 * 208, 1 << 20)]
    public int Elements { get; set; }

    private int SoftmaxRows => Elements / SoftmaxStride;

    /// <summary>Fills the input and computes what the kernels have to give.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new SplitMix64(1);
        _input = new AlignedBuffer(Elements);
        _output = new AlignedBuffer(Elements);
        _pixels = new byte[Elements];
        for (int i = 0; i < Elements; i++)
        {
            _input.Span[i] = (float)(2 * random.NextNormal());
            _pixels[i] = (byte)random.NextInt(256);
        }
        _expected[nameof(ReLU)] = Expect(output => ScalarBaseline.ReLU(_input.Span, output));
        _expected[nameof(Sigmoid)] = Expect(output => ScalarBaseline.Sigmoid(_input.Span, output));
        _expected[nameof(Tanh)] = Expect(output => ScalarBaseline.Tanh(_input.Span, output));
        _expected[nameof(Softmax)] = Expect(output => ScalarBaseline.Softmax(SoftmaxRows, SoftmaxColumns, SoftmaxStride, _input.Span, output));
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

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Softmax))]
    public void ScalarSoftmax()
    {
        ScalarBaseline.Softmax(SoftmaxRows, SoftmaxColumns, SoftmaxStride, _input.Span, _output.Span);
        _ran = nameof(Softmax);
    }

    [Benchmark, BenchmarkCategory(nameof(Softmax))]
    public void Softmax()
    {
        SoftmaxKernel.Forward(SoftmaxRows, SoftmaxColumns, SoftmaxStride, _input.Span, _output.Span);
        _ran = nameof(Softmax);
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
        if (_ran is nameof(ReLU) or nameof(Scale))
        {
            Verify.SameBits(_expected[_ran], _output.Span, _ran);
        }
        else
        {
            Verify.Close(_expected[_ran], _output.Span, Tolerance, _ran);
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
        public Columns() => AddColumn(new RateColumn("elements/ns", "Elements a nanosecond; for softmax without the padding of the rows", Count, "F2"));

        private static double Count(BenchmarkCase benchmark)
        {
            int elements = (int)benchmark.Parameters[nameof(Elements)];
            return benchmark.Descriptor.HasCategory(nameof(Softmax)) ? elements / SoftmaxStride * SoftmaxColumns : elements;
        }
    }
}
