using System.CommandLine;
using System.Globalization;
using Engine.Cli.Training;
using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Commands;

/// <summary><c>perceptron</c>: what a single neuron can learn, and what it cannot.</summary>
internal static class PerceptronCommand
{
    private const float LearningRate = 0.5f;
    private static readonly NetworkDescription Neuron = NetworkDescription.Parse("2 -> Dense 1");
    private static readonly float[] Inputs = [0, 0, 0, 1, 1, 0, 1, 1];
    private static readonly int[] All = [0, 1, 2, 3];

    private static readonly (string Name, float[] Targets)[] Problems =
    [
        ("AND", [0, 0, 0, 1]),
        ("OR", [0, 1, 1, 1]),
        ("XOR", [0, 1, 1, 0]),
    ];

    public static Command Create()
    {
        Option<int> epochs = CommonOptions.Number("--epochs", "Passes over the four samples, one step each.", 1000, 1, int.MaxValue);
        Option<ulong> seed = CommonOptions.Seed("Seed of the initial weights.");
        var command = new Command("perceptron", "A single neuron, with a step and with a sigmoid, learns AND and OR but never XOR.") { epochs, seed };
        command.SetAction(result => Run(result.GetValue(epochs), result.GetValue(seed)));
        return command;
    }

    private static int Run(int epochs, ulong seed)
    {
        bool asExpected = true;
        foreach ((string name, float[] targets) in Problems)
        {
            Console.WriteLine(name);
            asExpected &= Learn("step", new PerceptronCriterion(), targets, epochs, seed) == (name != "XOR");
            asExpected &= Learn("sigmoid", new SigmoidCrossEntropy(), targets, epochs, seed) == (name != "XOR");
            Console.WriteLine();
        }
        Console.WriteLine("A single neuron decides by one straight line: w1*x1 + w2*x2 + bias = 0.");
        Console.WriteLine("AND and OR have such a line between their zeros and ones. XOR has none, so no weights can be right:");
        Console.WriteLine("it takes a hidden layer. See the command xor.");
        if (!asExpected)
        {
            Console.WriteLine($"AND or OR is not learnt yet in {TrainingText.Plural(epochs, "epoch")}: more --epochs will do.");
        }
        return asExpected ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Trains a neuron by gradient descent and prints it; true if all four decisions are right.</summary>
    private static bool Learn(string activation, Loss loss, float[] targets, int epochs, ulong seed)
    {
        var data = new VectorDataset(Inputs, targets, inputWidth: 2, targetWidth: 1);
        var network = new Network(Neuron, new InitializationOptions { Scheme = Initialization.Uniform, Seed = seed });
        using var trainer = new Trainer(network, loss, new TrainerOptions { BatchSize = All.Length, LearningRates = [LearningRate], Threads = 1 });
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            trainer.Step(data, All);
        }

        Dense neuron = network.DenseLayers[0];
        Network active = network.WithDescription(new NetworkDescription(2, LayerDescription.Dense(1), loss.OutputActivation!));
        float[] outputs = new float[All.Length];
        active.Predict(Inputs, outputs, new Workspace(active, All.Length));
        int[] decisions = [.. outputs.Select(output => output >= 0.5f ? 1 : 0)];
        int hits = decisions.Zip(targets).Count(pair => pair.First == (int)pair.Second);
        ReadOnlySpan<float> weights = neuron.Weights;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {activation,-8} w1 {TrainingText.Rounded(weights[0], 4),8}  w2 {TrainingText.Rounded(weights[neuron.Stride], 4),8}  bias {TrainingText.Rounded(neuron.Bias[0], 4),8}   {hits} of 4 right"));
        for (int i = 0; i < outputs.Length; i++)
        {
            string mark = decisions[i] == (int)targets[i] ? "" : "   wrong";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {Inputs[2 * i]} {Inputs[(2 * i) + 1]}  ->  {decisions[i]}   (output {outputs[i]:F4}){mark}"));
        }
        return hits == All.Length;
    }
}
