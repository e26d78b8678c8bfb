using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Tests.Training;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Several activations in a row: only the one right behind a dense layer works in place.</summary>
public class ActivationStackTests
{
    private const int Samples = 5;
    private static readonly string[] Activations = ["ReLU", "LeakyReLU 0.3", "Sigmoid", "Tanh", "Softmax"];

    private static IEnumerable<string> Stacks()
    {
        string[] pairs = [.. Activations.SelectMany(first => Activations.Select(second => $"{first} -> {second}"))];
        return [.. pairs, .. pairs.Select(pair => $"{pair} -> ReLU"), .. pairs.Select(pair => $"Tanh -> {pair}")];
    }

    [TestCaseSource(nameof(Stacks))]
    public void Backpropagation_OfAStack_AgreesWithTheReference(string stack)
    {
        string[] descriptions =
        [
            $"9 -> Dense 17 -> {stack} -> Dense 6", $"9 -> Dense 17 -> {stack} -> Dense 20 -> {stack} -> Dense 3", $"9 -> {stack} -> Dense 4",
            $"9 -> Dense 4 -> {stack}",
        ];
        foreach (string description in descriptions)
        {
            var network = new Network(NetworkDescription.Parse(description), new InitializationOptions { Seed = 8 });
            var loss = new MeanSquaredError();
            VectorDataset data = TestDatasets.Vectors(Samples, network.Inputs, network.Outputs);
            int[] samples = [.. Enumerable.Range(0, Samples)];
            ScalarGradients expected = new ScalarNetwork(network, loss).Backward(data.Minibatch(samples, network.Outputs));
            var pass = new Backpropagation(network, loss, Samples);

            // Twice: the second time the workspace is full of what the first has left.
            for (int run = 0; run < 2; run++)
            {
                Assert.That(pass.Run(data, samples), Is.EqualTo(expected.Loss).Within(1e-6), description);
                for (int dense = 0; dense < network.DenseLayers.Count; dense++)
                {
                    Dense layer = network.DenseLayers[dense];
                    Assert.That(PaddedMatrix.Unpad(pass.WeightGradient(dense), layer), Is.EqualTo(expected.Weights[dense]).Within(1e-6), $"{description}: weights {dense}");
                    Assert.That(pass.BiasGradient(dense)[..layer.Outputs].ToArray(), Is.EqualTo(expected.Biases[dense]).Within(1e-6), $"{description}: biases {dense}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Stacks))]
    [TestCase("ReLU -> BinaryStep")]
    [TestCase("BinaryStep -> ReLU")]
    [TestCase("Tanh -> BinaryStep -> Sigmoid")]
    public void Predict_OfAStack_AgreesWithTheReference(string stack)
    {
        foreach (string description in new[] { $"9 -> Dense 17 -> {stack} -> Dense 6 -> {stack}", $"9 -> {stack} -> Dense 4", $"9 -> {stack}" })
        {
            var network = new Network(NetworkDescription.Parse(description), new InitializationOptions { Seed = 8 });
            var reference = new ScalarNetwork(network, new MeanSquaredError());
            float[] inputs = new Random(9).Uniform(Samples * 9, 2);
            double[] expected = [.. inputs.Chunk(9).SelectMany(input => reference.Forward(input)[^1])];
            foreach (int rows in new[] { 1, 3, Samples })
            {
                float[] outputs = new float[expected.Length];
                network.Predict(inputs, outputs, new Workspace(network, rows));
                Assert.That(outputs, Is.EqualTo(expected).Within(1e-6), $"{description}, {rows} rows");
            }
        }
    }
}
