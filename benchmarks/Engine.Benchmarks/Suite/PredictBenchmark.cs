using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;

namespace Engine.Benchmarks.Suite;

/// <summary>Prediction with 784-100-200-10 from floats and from the bytes of images: on one thread, and from bytes on two.</summary>
/// <remarks>Every case must give the same bits as the textbook loops.</remarks>
[MemoryDiagnoser]
[BenchmarkCategory("Predict")]
[Config(typeof(Columns))]
public class PredictBenchmark
{
    private const int WorkspaceRows = 64;
    private const int MostSamples = 10_000;

    /// <summary>What has to come out for all test images; that of fewer is its start.</summary>
    private static readonly Lazy<float[]> Expected = new(PredictAll);

    private Network _network = null!;
    private Workspace _workspace = null!;
    private BatchPredictor _predictor = null!;
    private byte[] _pixels = [];
    private float[] _inputs = [];
    private float[] _outputs = [];

    /// <summary>Samples of one call.</summary>
    [Params(1, 64, 1024, MostSamples)]
    public int Samples { get; set; }

    /// <summary>Takes the first test images and computes what has to come out.</summary>
    [GlobalSetup]
    public void Setup()
    {
        ImageDataset data = SeedNetwork.ReadTest();
        _network = SeedNetwork.Create();
        _workspace = new Workspace(_network, Math.Min(Samples, WorkspaceRows));
        _predictor = OnTwoThreads(_network);
        _pixels = data.Pixels[..(Samples * _network.Inputs)].ToArray();
        _inputs = new float[_pixels.Length];
        PixelKernel.Scale(_pixels, _inputs);
        _outputs = new float[Samples * _network.Outputs];
        _ = Expected.Value;
    }

    /// <summary>The textbook loops.</summary>
    [Benchmark(Baseline = true)]
    public void Scalar() => ScalarBaseline.Predict(_network, _inputs, _outputs);

    /// <summary>The engine, from floats.</summary>
    [Benchmark]
    public void Floats() => _network.Predict(_inputs, _outputs, _workspace);

    /// <summary>The engine, from pixels.</summary>
    [Benchmark]
    public void Pixels() => _network.Predict(_pixels, _outputs, _workspace);

    /// <summary>The engine, from pixels on two threads.</summary>
    [Benchmark]
    public void PixelsOnTwoThreads() => _predictor.Predict(_pixels.AsMemory(), _outputs);

    /// <summary>Verifies what the last timed operation left.</summary>
    [GlobalCleanup]
    public void VerifyResult()
    {
        _predictor.Dispose();
        Verify.SameBits(Expected.Value.AsSpan(0, _outputs.Length), _outputs, "predictions");
    }

    private static BatchPredictor OnTwoThreads(Network network) => new(network, threads: 2);

    private static float[] PredictAll()
    {
        ImageDataset data = SeedNetwork.ReadTest();
        Network network = SeedNetwork.Create();
        float[] inputs = new float[MostSamples * network.Inputs];
        float[] outputs = new float[MostSamples * network.Outputs];
        ScalarBaseline.Scale(data.Pixels, inputs);
        ScalarBaseline.Predict(network, inputs, outputs);
        return outputs;
    }

    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(new RateColumn("samples/s", "Images a second", benchmark => 1e9 * (int)benchmark.Parameters[nameof(Samples)], "N0"));
    }
}
