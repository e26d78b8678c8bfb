using System.CommandLine;
using System.Globalization;
using Engine.Cli.Training;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Commands;

/// <summary><c>xor</c>: the smallest problem that needs a hidden layer.</summary>
internal static class XorCommand
{
    /// <summary>Most is learnt before the first of these, so some epochs before it are reported too.</summary>
    private const int ReportEvery = 5000;
    private static readonly int[] EarlyReports = [100, 200, 500, 1000, 2000];
    private const float LearningRate = 0.1f;
    private const int HiddenUnits = 3;
    private static readonly VectorDataset Xor = new([0, 0, 0, 1, 1, 0, 1, 1], [0, 1, 1, 0], inputWidth: 2, targetWidth: 1);
    private static readonly NetworkDescription Shape = NetworkDescription.Parse("2 -> Dense 3 -> Sigmoid -> Dense 1");

    public static Command Create()
    {
        Option<int> epochs = CommonOptions.Number("--epochs", "Passes over the four samples, one step each.", 60_000, 0, int.MaxValue);
        Option<ulong> seed = CommonOptions.Seed("Seed of the initial weights.");
        Option<int> seeds = CommonOptions.Number("--seeds", "Train with this many seeds, from --seed on, and count how many learn it.", 1, 1, 10_000);
        var command = new Command("xor", "Learn exclusive or: 2-3-1, sigmoid hidden layer, linear output, squared error, full batch, learning rate 0.1.") { epochs, seed, seeds };
        command.SetAction(result => result.GetValue(seeds) == 1
            ? RunOne(result.GetValue(seed), result.GetValue(epochs))
            : RunMany(result.GetValue(seed), result.GetValue(seeds), result.GetValue(epochs)));
        return command;
    }

    private static int RunOne(ulong seed, int epochs)
    {
        Network network = Fresh(seed);
        Console.WriteLine($"{Shape}, uniform initial weights, seed {seed}");
        string before = "";
        double last = Train(network, epochs, (epoch, error) =>
        {
            // Nothing new is not told. With seed 1 the last steps go to and fro between two points: at this learning rate they come no nearer.
            if (Rounded(error) != before)
            {
                before = Rounded(error);
                Report(epoch, error);
            }
        });
        Report(epochs, last);
        float[] outputs = Predict(network);
        float[] hidden = Predict(FirstLayers(network));
        for (int i = 0; i < outputs.Length; i++)
        {
            string units = string.Join("  ", hidden.Skip(i * HiddenUnits).Take(HiddenUnits).Select(unit => TrainingText.Rounded(unit, 2)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i >> 1} xor {i & 1} = {TrainingText.Rounded(outputs[i], 0)}   ({TrainingText.Rounded(outputs[i], 4)})   hidden layer  {units}"));
        }
        bool learnt = IsLearnt(outputs);
        Console.WriteLine(learnt ? "All four are right." : "Not learnt from these weights: another --seed, or more --epochs, may do.");
        return learnt ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Report(int epoch, double error) => Console.WriteLine($"epoch {epoch,6}  summed error {Rounded(error)}");

    private static string Rounded(double error) => error.ToString("0.0000e-0", CultureInfo.InvariantCulture);

    private static int RunMany(ulong firstSeed, int count, int epochs)
    {
        var failed = new List<ulong>();
        for (int i = 0; i < count; i++)
        {
            ulong seed = unchecked(firstSeed + (ulong)i);
            Network network = Fresh(seed);
            Train(network, epochs, (_, _) => { });
            if (!IsLearnt(Predict(network)))
            {
                failed.Add(seed);
            }
        }
        Console.WriteLine($"{count - failed.Count} of {count} seeds learn exclusive or in {TrainingText.Plural(epochs, "epoch")}.");
        if (failed.Count > 0)
        {
            Console.WriteLine($"Seeds that do not: {string.Join(", ", failed)}.");
        }
        return failed.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static Network Fresh(ulong seed) => new(Shape, new InitializationOptions { Scheme = Initialization.Uniform, Seed = seed });

    /// <summary>Trains and returns the summed error after the last epoch.</summary>
    private static double Train(Network network, int epochs, Action<int, double> report)
    {
        // Four samples give two threads nothing to share.
        using var trainer = new Trainer(network, new MeanSquaredError(LossReduction.Sum), new TrainerOptions { BatchSize = Xor.Count, LearningRates = [LearningRate], Threads = 1 });
        int[] all = [0, 1, 2, 3];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            double error = trainer.Step(Xor, all);
            if (epoch % ReportEvery == 0 || EarlyReports.Contains(epoch))
            {
                report(epoch, error);
            }
        }
        return trainer.Evaluate(Xor).Loss;
    }

    private static float[] Predict(Network network)
    {
        float[] inputs = new float[Xor.Count * Xor.Inputs];
        for (int i = 0; i < Xor.Count; i++)
        {
            Xor.CopyInput(i, inputs.AsSpan(i * Xor.Inputs, Xor.Inputs));
        }
        float[] outputs = new float[Xor.Count * network.Outputs];
        network.Predict(inputs, outputs, new Workspace(network, Xor.Count));
        return outputs;
    }

    /// <summary>A network that ends with the hidden layer.</summary>
    private static Network FirstLayers(Network network)
    {
        var hidden = new Network(new NetworkDescription(Shape.Inputs, [.. Shape.Layers.Take(2)]));
        float[] weights = new float[Xor.Inputs * HiddenUnits];
        network.DenseLayers[0].CopyWeightsTo(weights);
        hidden.DenseLayers[0].SetParameters(weights, network.DenseLayers[0].Bias[..HiddenUnits]);
        return hidden;
    }

    private static bool IsLearnt(float[] outputs) => MathF.Round(outputs[0]) == 0 && MathF.Round(outputs[1]) == 1 && MathF.Round(outputs[2]) == 1 && MathF.Round(outputs[3]) == 0;
}
