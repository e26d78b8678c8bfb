using System.Numerics.Tensors;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;
using Engine.Training;

namespace Engine.Benchmarks.Peers;

/// <summary>What peers do that is not whole epochs: elementwise functions and softmax (TensorPrimitives), some steps of training (textbook loops), prediction (ONNX Runtime).</summary>
internal static class OtherWork
{
    private const int Samples = 15;
    private const float Tolerance = 1e-6f;

    /// <summary>Long enough for the runtime to compile a method twice, the second time for speed.</summary>
    private const double WarmUpSeconds = 1;
    private const int Rows = 64;
    private const int Columns = 200;

    /// <summary>Measures all that is there.</summary>
    public static async Task<(IReadOnlyList<PeerPair> Pairs, IReadOnlyList<MissingPeer> Missing)> Measure(string root)
    {
        var pairs = new List<PeerPair>(Elementwise());
        var missing = new List<MissingPeer>();
        pairs.Add(Softmax());
        pairs.Add(NaiveTraining());
        await Prediction(root, pairs, missing);
        return (pairs, missing);
    }

    private static List<PeerPair> Elementwise()
    {
        (string, Action<float[], float[]>, Action<float[], float[]>)[] work =
        [
            ("ReLU", (x, y) => ReluKernel.Forward(x, y), (x, y) => TensorPrimitives.Max(x, 0f, y)),
            ("sigmoid", (x, y) => SigmoidKernel.Forward(x, y), (x, y) => TensorPrimitives.Sigmoid<float>(x, y)),
            ("tanh", (x, y) => TanhKernel.Forward(x, y), (x, y) => TensorPrimitives.Tanh<float>(x, y)),
        ];
        var random = new SplitMix64(1);
        float[] input = new float[Rows * Columns];
        foreach (ref float value in input.AsSpan())
        {
            value = (float)(2 * random.NextNormal());
        }
        var pairs = new List<PeerPair>();
        foreach ((string name, Action<float[], float[]> engine, Action<float[], float[]> peer) in work)
        {
            float[] ours = new float[input.Length];
            float[] theirs = new float[input.Length];
            double[][] seconds = Sampler.InTurns(Samples, WarmUpSeconds, () => engine(input, ours), () => peer(input, theirs));
            Verify.Close(theirs, ours, Tolerance, name);
            pairs.Add(Tensors($"{name}, {Rows} x {Columns}", seconds));
        }
        return pairs;
    }

    private static PeerPair Softmax()
    {
        const int Classes = 10;
        int stride = RowLayout.Stride(Classes);
        var random = new SplitMix64(2);
        var input = new AlignedBuffer(Rows * stride);
        var ours = new AlignedBuffer(Rows * stride);
        var theirs = new AlignedBuffer(Rows * stride);
        for (int i = 0; i < input.Length; i++)
        {
            input.Span[i] = i % stride < Classes ? (float)random.NextNormal() : 0;
        }
        double[][] seconds = Sampler.InTurns(
            Samples,
            WarmUpSeconds,
            () => SoftmaxKernel.Forward(Rows, Classes, stride, input.Span, ours.Span),
            () =>
            {
                for (int row = 0; row < Rows; row++)
                {
                    TensorPrimitives.SoftMax<float>(input.Span.Slice(row * stride, Classes), theirs.Span.Slice(row * stride, Classes));
                }
            });
        Verify.Close(theirs.Span, ours.Span, Tolerance, "softmax");
        return Tensors($"softmax, {Rows} x {Classes}", seconds);
    }

    /// <summary>Ten steps of the textbook loops: an epoch of them would take some 20 seconds.</summary>
    private static PeerPair NaiveTraining()
    {
        const int Rounds = 5;
        const double LossTolerance = 1e-4;
        TrainingProblem problem = TrainingProblem.Seed with { Images = 10 * SeedNetwork.BatchSize };
        ImageDataset data = SeedNetwork.ReadTraining();
        Network initial = problem.CreateNetwork();
        var parameters = new InitialParameters(initial);
        var naive = new ScalarNetwork(initial);
        using Trainer trainer = problem.CreateTrainer(threads: 1);
        int[] order = [.. Enumerable.Range(0, problem.Images)];
        float[] rates = [.. problem.LearningRates];
        double[] ours = new double[problem.Steps];
        double[] theirs = new double[problem.Steps];
        double[][] seconds = Sampler.InTurns(
            Rounds,
            WarmUpSeconds,
            () =>
            {
                parameters.Restore(trainer.Network);
                problem.RunEpoch(trainer, data, order, ours);
            },
            () =>
            {
                naive.SetParameters(initial);
                for (int step = 0; step < theirs.Length; step++)
                {
                    theirs[step] = naive.Step(data, step * problem.BatchSize, problem.BatchSize, rates);
                }
            });
        for (int step = 0; step < ours.Length; step++)
        {
            Verify.Close(ours[step], theirs[step], LossTolerance, $"naive loss of step {step}");
        }
        return new PeerPair("training, 10 steps of 64", "naive C#", 1, "textbook loops in C#", seconds[0], seconds[1]);
    }

    private static PeerPair Tensors(string work, double[][] seconds) =>
        new(work, "TensorPrimitives", 1, $"System.Numerics.Tensors {typeof(TensorPrimitives).Assembly.GetName().Version?.ToString(3)}", seconds[0], seconds[1]);

    private static async Task Prediction(string root, List<PeerPair> pairs, List<MissingPeer> missing)
    {
        const string Name = "ONNX Runtime";
        if (await PeerFinder.Project(root, "OnnxRuntime") is not { } program)
        {
            missing.Add(new MissingPeer(Name, "not restored", "dotnet restore benchmarks/peers/OnnxRuntime (downloads some 100 MB)"));
            return;
        }
        BufferedCommandResult result = await CliWrap.Cli.Wrap("dotnet")
            .WithArguments([program, "--data", SeedNetwork.DataFolder, "--threads", $"{Environment.ProcessorCount}", "--rounds", $"{Samples}"])
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        if (result.ExitCode == PeerProgram.NotAvailable)
        {
            missing.Add(new MissingPeer(Name, result.StandardError.Trim(), "a system with the library that it asks for"));
            return;
        }
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Name} ended with exit code {result.ExitCode}: {result.StandardError.Trim()}");
        }
        foreach (string line in result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement fields = document.RootElement;
            int samples = fields.GetProperty("samples").GetInt32();
            pairs.Add(new PeerPair(
                samples == 1 ? "prediction of 1 digit" : $"prediction of {samples:N0} digits", Name, fields.GetProperty("threads").GetInt32(), fields.GetProperty("version").GetString()!,
                Numbers(fields.GetProperty("engineSeconds")), Numbers(fields.GetProperty("peerSeconds"))));
        }
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];
}
