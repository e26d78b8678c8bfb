using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Backpropagation in float against the double-precision reference, and against central differences of its loss.</summary>
public class GradientTests
{
    /// <summary>Of the largest gradient of a layer, or of 1e-3 if all are smaller: some ten roundings of a float.</summary>
    private const double FloatTolerance = 2e-6;

    /// <summary>Error of a central difference with step 1e-5 in double precision, by the same measure.</summary>
    private const double DifferenceTolerance = 1e-7;

    private const double DifferenceStep = 1e-5;
    private const int DifferencesPerLayer = 25;

    private static readonly LayerDescription[] Activations =
    [
        LayerDescription.ReLU, LayerDescription.LeakyReLU(0.1f), LayerDescription.Sigmoid, LayerDescription.Tanh, LayerDescription.Softmax,
    ];

    private static readonly Func<LossReduction, Loss>[] Losses =
    [
        reduction => new SoftmaxCrossEntropy(reduction),
        reduction => new SigmoidCrossEntropy(reduction),
        reduction => new BinaryCrossEntropy(reduction),
        reduction => new MeanSquaredError(reduction),
        reduction => new PerceptronCriterion(reduction),
    ];

    private static IEnumerable<TestCaseData> EveryActivationWithEveryLoss()
    {
        int seed = 0;
        foreach (LayerDescription activation in Activations)
        {
            foreach (Func<LossReduction, Loss> loss in Losses)
            {
                foreach (LossReduction reduction in Enum.GetValues<LossReduction>())
                {
                    int batchSize = 1 + (seed % 9);
                    int width = 1 + (seed * 7 % 40);
                    int outputs = 1 + (seed * 3 % 11);
                    LayerDescription[] hidden = [LayerDescription.Dense(width), activation, LayerDescription.Dense(outputs)];
                    yield return Case(1 + (seed * 5 % 40), hidden, loss(reduction), batchSize, seed++);
                }
            }
        }
    }

    private static IEnumerable<TestCaseData> ActivationsFirstAndLast()
    {
        int seed = 1000;
        foreach (LayerDescription activation in Activations)
        {
            yield return Case(17, [activation, LayerDescription.Dense(9), LayerDescription.Tanh, LayerDescription.Dense(5)], new SoftmaxCrossEntropy(), 6, seed++);
            yield return Case(7, [activation, LayerDescription.Dense(16)], new SigmoidCrossEntropy(), 4, seed++);
            yield return Case(13, [LayerDescription.Dense(33), activation], new MeanSquaredError(), 9, seed++);
            yield return Case(5, [LayerDescription.Sigmoid, LayerDescription.Tanh, LayerDescription.Dense(3), activation, LayerDescription.Sigmoid], new BinaryCrossEntropy(), 3, seed++);
        }
        yield return Case(11, [LayerDescription.Dense(6), LayerDescription.Softmax], new BinaryCrossEntropy(), 5, seed++);
        yield return Case(11, [LayerDescription.Dense(6), LayerDescription.Dense(4), LayerDescription.Dense(2)], new MeanSquaredError(), 5, seed);
    }

    private static IEnumerable<TestCaseData> RandomNetworks()
    {
        for (int seed = 2000; seed < 2060; seed++)
        {
            var random = new Random(seed);
            var layers = new List<LayerDescription>();
            int length = random.Next(1, 6);
            for (int i = 0; i < length; i++)
            {
                // A ReLU makes exact zeros, so no other kink may follow it directly.
                LayerDescription activation = Activations[random.Next(Activations.Length)];
                bool kinkBehindReLU = layers.LastOrDefault()?.Kind == LayerKind.ReLU && activation.Kind is LayerKind.ReLU or LayerKind.LeakyReLU;
                layers.Add(random.Next(2) == 0 || kinkBehindReLU ? LayerDescription.Dense(random.Next(1, 41)) : activation);
            }
            layers.Add(LayerDescription.Dense(random.Next(1, 41)));
            Loss loss = Losses[random.Next(Losses.Length)]((LossReduction)random.Next(2));
            yield return Case(random.Next(1, 41), [.. layers], loss, random.Next(1, 10), seed);
        }
    }

    [TestCaseSource(nameof(EveryActivationWithEveryLoss))]
    [TestCaseSource(nameof(ActivationsFirstAndLast))]
    [TestCaseSource(nameof(RandomNetworks))]
    public void Backpropagation_OfANetwork_AgreesWithTheReference(string description, Loss loss, int batchSize, int seed)
    {
        var gradientCase = new GradientCase(NetworkDescription.Parse(description), loss, batchSize, seed);
        Backpropagation pass = gradientCase.Run(out double found);
        ScalarGradients expected = gradientCase.Reference.Backward(gradientCase.Batch);

        Assert.That(found, Is.EqualTo(expected.Loss).Within(FloatTolerance * Math.Max(1, Math.Abs(expected.Loss))));
        for (int dense = 0; dense < expected.Weights.Length; dense++)
        {
            double scale = Scale(expected, dense);
            Assert.That(
                WorstDifference(Unpadded(pass, dense), expected.Weights[dense]) / scale, Is.LessThan(FloatTolerance), $"weights of dense layer {dense}");
            Assert.That(
                WorstDifference(Bias(pass, dense), expected.Biases[dense]) / scale, Is.LessThan(FloatTolerance), $"biases of dense layer {dense}");
        }
    }

    [TestCaseSource(nameof(EveryActivationWithEveryLoss))]
    [TestCaseSource(nameof(ActivationsFirstAndLast))]
    [TestCaseSource(nameof(RandomNetworks))]
    public void Gradients_OfANetwork_AreTheCentralDifferencesOfItsLoss(string description, Loss loss, int batchSize, int seed)
    {
        var gradientCase = new GradientCase(NetworkDescription.Parse(description), loss, batchSize, seed);
        Backpropagation pass = gradientCase.Run(out _);
        ScalarNetwork reference = gradientCase.Reference;
        ScalarGradients expected = reference.Backward(gradientCase.Batch);
        var random = new Random(seed);
        for (int dense = 0; dense < expected.Weights.Length; dense++)
        {
            double scale = Scale(expected, dense);
            float[] weights = Unpadded(pass, dense);
            float[] bias = Bias(pass, dense);
            for (int n = 0; n < DifferencesPerLayer; n++)
            {
                int i = random.Next(weights.Length);
                int j = random.Next(bias.Length);
                double byWeight = CentralDifference(gradientCase, ref reference.Weights[dense][i]);
                double byBias = CentralDifference(gradientCase, ref reference.Biases[dense][j]);
                Assert.That(expected.Weights[dense][i], Is.EqualTo(byWeight).Within(DifferenceTolerance * scale), $"reference, weight {i} of layer {dense}");
                Assert.That(expected.Biases[dense][j], Is.EqualTo(byBias).Within(DifferenceTolerance * scale), $"reference, bias {j} of layer {dense}");
                Assert.That(weights[i], Is.EqualTo(byWeight).Within(FloatTolerance * scale), $"engine, weight {i} of layer {dense}");
                Assert.That(bias[j], Is.EqualTo(byBias).Within(FloatTolerance * scale), $"engine, bias {j} of layer {dense}");
            }
        }
    }

    [Test]
    public void Backpropagation_OfFewerRowsThanItHasRoomFor_IsThatOfASmallerOne()
    {
        var gradientCase = new GradientCase(NetworkDescription.Parse("9 -> Dense 7 -> Tanh -> Dense 3"), new SoftmaxCrossEntropy(), 4, 5);
        Backpropagation small = gradientCase.Run(out double expected);
        var large = new Backpropagation(gradientCase.Network, gradientCase.Loss, 9);
        for (int row = 0; row < 9; row++)
        {
            gradientCase.Batch.Inputs[row % 4].CopyTo(large.Input(row));
            gradientCase.Batch.Targets[row % 4].CopyTo(large.Target(row));
        }
        large.Run(9);

        Assert.That(large.Run(4), Is.EqualTo(expected));
        for (int dense = 0; dense < 2; dense++)
        {
            Assert.That(large.WeightGradient(dense).ToArray(), Is.EqualTo(small.WeightGradient(dense).ToArray()));
            Assert.That(large.BiasGradient(dense).ToArray(), Is.EqualTo(small.BiasGradient(dense).ToArray()));
        }
        Assert.That(() => large.Run(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => large.Run(10), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static TestCaseData Case(int inputs, LayerDescription[] layers, Loss loss, int batchSize, int seed)
    {
        // Binary cross-entropy needs probabilities.
        bool needsSigmoid = loss is BinaryCrossEntropy && layers[^1].Kind is not (LayerKind.Sigmoid or LayerKind.Softmax);
        LayerDescription[] all = needsSigmoid ? [.. layers, LayerDescription.Sigmoid] : layers;
        string description = new NetworkDescription(inputs, all).ToString();
        return new TestCaseData(description, loss, batchSize, seed).SetArgDisplayNames(
            description, $"{loss.GetType().Name} {loss.Reduction}", $"{batchSize} samples", $"seed {seed}");
    }

    private static double CentralDifference(GradientCase gradientCase, ref double parameter)
    {
        double saved = parameter;
        parameter = saved + DifferenceStep;
        double above = gradientCase.Reference.Loss(gradientCase.Batch);
        parameter = saved - DifferenceStep;
        double below = gradientCase.Reference.Loss(gradientCase.Batch);
        parameter = saved;
        return (above - below) / (2 * DifferenceStep);
    }

    private static double Scale(ScalarGradients gradients, int dense) =>
        Math.Max(1e-3, gradients.Weights[dense].Concat(gradients.Biases[dense]).Max(Math.Abs));

    private static double WorstDifference(float[] found, double[] expected) => found.Zip(expected, (a, b) => Math.Abs(a - b)).Max();

    private static float[] Bias(Backpropagation pass, int dense) => pass.BiasGradient(dense)[..pass.Network.DenseLayers[dense].Outputs].ToArray();

    private static float[] Unpadded(Backpropagation pass, int dense) => PaddedMatrix.Unpad(pass.WeightGradient(dense), pass.Network.DenseLayers[dense]);
}
