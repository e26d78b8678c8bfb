using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Engine.Benchmarks.Measuring;
using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// The parts of one training step on one core: 784-100-200-10 on the first 64 training images, each part against its textbook loops.
/// </summary>
/// <remarks>
/// <para>Forward: outputs of all layers, from floats, ReLU included. Loss: the losses and their gradient. Backward: gradients by the
/// layers' inputs. Weight gradient: gradients by weights and biases. Update: the same, at once used to update, as training does it.</para>
/// <para>Each part takes what the textbook loops left of the part before, and must leave the same bits as they do; the loss, which
/// has exponentials, within rounding. Runs in the process that measures the peak.</para>
/// </remarks>
[InProcess]
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
[Config(typeof(Columns))]
public class StepBenchmark
{
    private const int Rows = SeedNetwork.BatchSize;
    private const string WeightGradientName = "Weight gradient";
    private const double LossTolerance = 1e-6;
    private const float GradientTolerance = 1e-8f;

    private readonly SoftmaxCrossEntropy _loss = new();
    private readonly float[] _rates = SeedNetwork.LearningRates;
    private Network _network = null!;
    private InitialParameters _initial = null!;
    private StepBuffers _expected = null!;
    private StepBuffers _actual = null!;
    private AlignedBuffer _targets = null!;
    private string _ran = "";

    /// <summary>Takes the images, makes the step with the textbook loops and measures the peak.</summary>
    [GlobalSetup]
    public void Setup()
    {
        ImageDataset data = SeedNetwork.ReadTraining();
        _network = SeedNetwork.Create();
        _initial = new InitialParameters(_network);
        int inputStride = RowLayout.Stride(_network.Inputs);
        int outputStride = RowLayout.Stride(_network.Outputs);
        _targets = new AlignedBuffer(Rows * outputStride);
        _expected = new StepBuffers(_network, Rows);
        for (int i = 0; i < Rows; i++)
        {
            data.CopyInput(i, _expected.Values[0].Span.Slice(i * inputStride, _network.Inputs));
            data.CopyTarget(i, _targets.Span.Slice(i * outputStride, _network.Outputs));
        }

        // The textbook step, which leaves in these buffers what every part starts from.
        _actual = _expected;
        ScalarForward();
        ScalarLoss();
        ScalarBackward();
        ScalarWeightGradient();
        _expected.CopyParameters(_network);
        ScalarUpdate();
        _actual = new StepBuffers(_network, Rows);
        _expected.Values[0].Span.CopyTo(_actual.Values[0].Span);
        _actual.CopyParameters(_network);
        _ran = "";
        FmaPeak.Measure();
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Forward))]
    public void ScalarForward()
    {
        for (int i = 0; i < _network.DenseLayers.Count; i++)
        {
            bool rectify = i < _network.DenseLayers.Count - 1;
            ScalarBaseline.Dense(Rows, _network.DenseLayers[i], rectify, _actual.Values[i].Span, _actual.Values[i + 1].Span);
        }
        _ran = nameof(ScalarForward);
    }

    [Benchmark, BenchmarkCategory(nameof(Forward))]
    public void Forward()
    {
        int last = _network.DenseLayers.Count - 1;
        for (int i = 0; i < last; i++)
        {
            _network.DenseLayers[i].ForwardRelu(Rows, _actual.Values[i].Span, _actual.Values[i + 1].Span);
        }
        _network.DenseLayers[last].Forward(Rows, _actual.Values[last].Span, _actual.Values[last + 1].Span);
        _ran = nameof(Forward);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Loss))]
    public void ScalarLoss()
    {
        int columns = _network.Outputs;
        int stride = RowLayout.Stride(columns);
        ScalarBaseline.SoftmaxCrossEntropy(Rows, columns, stride, _expected.Values[^1].Span, _targets.Span, _actual.Losses);
        ScalarBaseline.SoftmaxCrossEntropyGradient(Rows, columns, stride, _expected.Values[^1].Span, _targets.Span, Rows, _actual.Gradients[^1].Span);
        _ran = nameof(ScalarLoss);
    }

    [Benchmark, BenchmarkCategory(nameof(Loss))]
    public void Loss()
    {
        int columns = _network.Outputs;
        _loss.Forward(Rows, columns, _expected.Values[^1].Span, _targets.Span, _actual.Losses);
        _loss.Backward(Rows, columns, _expected.Values[^1].Span, _targets.Span, Rows, _actual.Gradients[^1].Span);
        _ran = nameof(Loss);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Backward))]
    public void ScalarBackward()
    {
        for (int i = _network.DenseLayers.Count - 1; i > 0; i--)
        {
            ScalarBaseline.DenseInputGradient(Rows, _network.DenseLayers[i], _expected.Values[i].Span, OutputGradient(i), _actual.Gradients[i].Span);
        }
        _ran = nameof(ScalarBackward);
    }

    [Benchmark, BenchmarkCategory(nameof(Backward))]
    public void Backward()
    {
        for (int i = _network.DenseLayers.Count - 1; i > 0; i--)
        {
            _network.DenseLayers[i].BackwardInputRelu(Rows, _expected.Values[i].Span, OutputGradient(i), _actual.Gradients[i].Span);
        }
        _ran = nameof(Backward);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(WeightGradientName)]
    public void ScalarWeightGradient()
    {
        for (int i = 0; i < _network.DenseLayers.Count; i++)
        {
            Dense layer = _network.DenseLayers[i];
            ReadOnlySpan<float> dOutput = _expected.Gradients[i + 1].Span;
            ScalarBaseline.Gemm(
                layer.Inputs, layer.Outputs, Rows, _expected.Values[i].Span, RowLayout.Stride(layer.Inputs), true, dOutput, layer.Stride, false,
                _actual.DWeights[i].Span, layer.Stride);
            ScalarBaseline.SumRows(Rows, layer.Outputs, layer.Stride, dOutput, _actual.DBias[i].Span);
        }
        _ran = nameof(ScalarWeightGradient);
    }

    [Benchmark, BenchmarkCategory(WeightGradientName)]
    public void WeightGradient()
    {
        for (int i = 0; i < _network.DenseLayers.Count; i++)
        {
            Dense layer = _network.DenseLayers[i];
            ReadOnlySpan<float> dOutput = _expected.Gradients[i + 1].Span;
            layer.BackwardWeights(Rows, _expected.Values[i].Span, dOutput, 0, layer.Inputs, _actual.DWeights[i].Span);
            layer.BackwardBias(Rows, dOutput, _actual.DBias[i].Span);
        }
        _ran = nameof(WeightGradient);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Update))]
    public void ScalarUpdate()
    {
        ScalarWeightGradient();
        for (int i = 0; i < _rates.Length; i++)
        {
            ScalarBaseline.Update(_actual.DWeights[i].Span, _rates[i], _actual.Weights[i].Span);
            ScalarBaseline.Update(_actual.DBias[i].Span, _rates[i], _actual.Bias[i].Span);
        }
        _ran = nameof(ScalarUpdate);
    }

    [Benchmark, BenchmarkCategory(nameof(Update))]
    public void Update()
    {
        for (int i = 0; i < _rates.Length; i++)
        {
            Dense layer = _network.DenseLayers[i];
            ReadOnlySpan<float> dOutput = _expected.Gradients[i + 1].Span;
            layer.UpdateWeights(Rows, _expected.Values[i].Span, dOutput, 0, layer.Inputs, _rates[i]);
            layer.UpdateBias(Rows, dOutput, _rates[i]);
        }
        _ran = nameof(Update);
    }

    /// <summary>
    /// Verifies what the last timed operation left. Each update goes on from the one before, so that part is made once more from
    /// the initial weights.
    /// </summary>
    [GlobalCleanup]
    public void VerifyResult()
    {
        _initial.Restore(_network);
        switch (_ran)
        {
            case nameof(Forward) or nameof(ScalarForward):
                SameBits(_expected.Values, _actual.Values);
                break;
            case nameof(Loss) or nameof(ScalarLoss):
                VerifyLoss();
                break;
            case nameof(Backward) or nameof(ScalarBackward):
                SameBits(_expected.Gradients[1..^1], _actual.Gradients[1..^1]);
                break;
            case nameof(WeightGradient) or nameof(ScalarWeightGradient):
                SameBits(_expected.DWeights, _actual.DWeights);
                SameBits(_expected.DBias, _actual.DBias);
                break;
            case nameof(Update):
                Update();
                _actual.CopyParameters(_network);
                VerifyUpdate();
                break;
            case nameof(ScalarUpdate):
                _actual.CopyParameters(_network);
                ScalarUpdate();
                VerifyUpdate();
                break;
            default:
                throw new InvalidOperationException("No part of a step has run.");
        }
    }

    /// <summary>The gradient by a dense layer's output: the loss's at the end, else what this pass made.</summary>
    private ReadOnlySpan<float> OutputGradient(int layer) =>
        layer == _network.DenseLayers.Count - 1 ? _expected.Gradients[^1].Span : _actual.Gradients[layer + 1].Span;

    private void VerifyLoss()
    {
        for (int i = 0; i < Rows; i++)
        {
            Verify.Close(_expected.Losses[i], _actual.Losses[i], LossTolerance, $"loss of image {i}");
        }
        Verify.Close(_expected.Gradients[^1].Span, _actual.Gradients[^1].Span, GradientTolerance, "gradient of the loss");
    }

    private void VerifyUpdate()
    {
        SameBits(_expected.Weights, _actual.Weights);
        SameBits(_expected.Bias, _actual.Bias);
    }

    private void SameBits(AlignedBuffer[] expected, AlignedBuffer[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Verify.SameBits(expected[i].Span, actual[i].Span, $"{_ran}, matrix {i}");
        }
    }

    /// <summary>GFLOP/s and the share of the peak; the loss has no matrix product.</summary>
    private sealed class Columns : ManualConfig
    {
        public Columns()
        {
            AddColumn(new RateColumn("GFLOP/s", "Billions of floating-point operations of the matrix products a second", Flops, "F1"));
            AddColumn(new RateColumn("% of peak", "Share of the best FMA rate of one core that this process measured", c => 100 * Flops(c) / FmaPeak.Best, "F0"));
        }

        private static double Flops(BenchmarkCase benchmark)
        {
            if (benchmark.Descriptor.HasCategory(nameof(Loss)))
            {
                return 0;
            }
            Network network = SeedNetwork.Create();
            bool isBackward = benchmark.Descriptor.HasCategory(nameof(Backward));
            return (double)Rows * (network.FlopsPerSample - (isBackward ? network.DenseLayers[0].FlopsPerSample : 0));
        }
    }
}
