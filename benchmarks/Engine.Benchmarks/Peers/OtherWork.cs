using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Networks;
using Engine.Training;

namespace Engine.Benchmarks.Peers;

/// <summary>What peers do that is not whole epochs: elementwise functions and softmax (TensorPrimitives), some steps of training (textbook loops), prediction (ONNX Runtime).</summary>
internal static class OtherWork
{
    private const string OnnxRuntime = "ONNX Runtime";
    private const int Samples = 15;
    private const double WarmUpSeconds = 1;

    /// <summary>Measures all that is there.</summary>
    public static async Task<(IReadOnlyList<PeerPair> Pairs, IReadOnlyList<MissingPeer> Missing)> Measure(string root)
    {
        var pairs = new List<PeerPair>(await TensorProgram.Start(Environment.ProcessPath!));
        var missing = new List<MissingPeer>();
        pairs.Add(NaiveTraining());
        await Prediction(root, pairs, missing);
        return (pairs, missing);
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

    private static async Task Prediction(string root, List<PeerPair> pairs, List<MissingPeer> missing)
    {
        if (await PeerFinder.Project(root, "OnnxRuntime") is not { } program)
        {
            missing.Add(new MissingPeer(OnnxRuntime, "not restored", "dotnet restore benchmarks/peers/OnnxRuntime (downloads some 100 MB)"));
            return;
        }
        BufferedCommandResult result = await CliWrap.Cli.Wrap("dotnet")
            .WithArguments([program, "--data", SeedNetwork.DataFolder, "--threads", $"{Environment.ProcessorCount}", "--rounds", $"{Samples}"])
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        if (result.ExitCode == PeerProgram.NotAvailable)
        {
            missing.Add(new MissingPeer(OnnxRuntime, result.StandardError.Trim(), "a system with the library that it asks for"));
            return;
        }
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{OnnxRuntime} ended with exit code {result.ExitCode}: {result.StandardError.Trim()}");
        }
        pairs.AddRange(result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Pair));
    }

    /// <summary>What ONNX Runtime's program has printed of a number of samples.</summary>
    internal static PeerPair Pair(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement fields = document.RootElement;
        int samples = fields.GetProperty("samples").GetInt32();
        return new PeerPair(
            samples == 1 ? "prediction of 1 digit" : $"prediction of {samples:N0} digits", OnnxRuntime, fields.GetProperty("threads").GetInt32(), fields.GetProperty("version").GetString()!,
            Numbers(fields.GetProperty("engineSeconds")), Numbers(fields.GetProperty("peerSeconds")));
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];
}
