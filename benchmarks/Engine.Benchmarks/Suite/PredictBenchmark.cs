using BenchmarkDotNet.Attributes;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;

namespace Engine.Benchmarks.Suite;

/// <summary>Prediction with 784-100-200-10 on one thread, from floats and from the bytes of images.</summary>
/// <remarks>Every case must give the same bits as the textbook loops.</remarks>
[MemoryDiagnoser]
public class PredictBenchmark
{
    private const int WorkspaceRows = 64;

    private Network _network = null!;
    private Workspace _workspace = null!;
    private byte[] _pixels = [];
    private float[] _inputs = [];
    private float[] _outputs = [];
    private float[] _expected = [];

    /// <summary>Samples of one call.</summary>
    [Params(1, 64, 1024)]
    public int Samples { get; set; }

    /// <summary>Takes the first test images and computes what has to come out.</summary>
    [GlobalSetup]
    public void Setup()
    {
        ImageDataset data = SeedNetwork.ReadTest();
        _network = SeedNetwork.Create();
        _workspace = new Workspace(_network, Math.Min(Samples, WorkspaceRows));
        _pixels = data.Pixels[..(Samples * _network.Inputs)].ToArray();
        _inputs = new float[_pixels.Length];
        PixelKernel.Scale(_pixels, _inputs);
        _outputs = new float[Samples * _network.Outputs];
        _expected = new float[_outputs.Length];
        ScalarBaseline.Predict(_network, _inputs, _expected);
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

    /// <summary>Verifies what the last timed operation left.</summary>
    [GlobalCleanup]
    public void VerifyResult() => Verify.SameBits(_expected, _outputs, "predictions");
}
