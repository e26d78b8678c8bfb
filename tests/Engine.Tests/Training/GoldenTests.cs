using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>
/// Training on MNIST against golden values in double precision.
/// </summary>
/// <remarks>
/// The network with ReLU layers is chaotic: once a number in front of a ReLU rounds to the other side of zero, two
/// trajectories drift apart. Even double precision from weights that differ by 6e-8 ends up to 1.6e-2 away at single steps.
/// So the first 200 steps are compared tightly and the whole epoch loosely; what the loose comparison cannot see is left to
/// the last test, which compares single steps tightly all along the epoch, each from the engine's own weights.
/// </remarks>
public class GoldenTests
{
    private GoldenValues _deepGolden = null!;
    private Network _deep = null!;
    private double[] _deepLosses = null!;
    private Evaluation _deepEvaluation;

    private GoldenValues _shallowGolden = null!;
    private Network _shallow = null!;
    private double[] _shallowLosses = null!;
    private Evaluation _shallowEvaluation;

    [OneTimeSetUp]
    public void TrainBothNetworks()
    {
        _deepGolden = GoldenValues.Read("mnist-784-100-200-10-epoch1.json");
        _shallowGolden = GoldenValues.Read("mnist-784-10-100steps.json");
        (_deep, _deepLosses, _deepEvaluation) = Train(_deepGolden);
        (_shallow, _shallowLosses, _shallowEvaluation) = Train(_shallowGolden);
    }

    [Test]
    public void Mnist_BesideTheTests_IsComplete()
    {
        Assert.That(Mnist.Training.Count, Is.EqualTo(60_000));
        Assert.That(Mnist.Test.Count, Is.EqualTo(10_000));
        Assert.That(_deepGolden.Losses, Has.Length.EqualTo(938));
        Assert.That(_shallowGolden.Losses, Has.Length.EqualTo(100));
    }

    [Test]
    public void Shallow_Losses_AreGolden() => Assert.That(WorstError(_shallowLosses, _shallowGolden.Losses), Is.LessThan(1e-6));

    [Test]
    public void Shallow_FinalParameters_AreGolden()
    {
        Dense layer = _shallow.DenseLayers[0];
        Assert.That(Norm(layer.Weights), Is.EqualTo(_shallowGolden.NormW[0]).Within(1e-6));
        Assert.That(Norm(layer.Bias), Is.EqualTo(_shallowGolden.NormB[0]).Within(1e-6));
        Assert.That(Sum(layer.Weights), Is.EqualTo(_shallowGolden.SumW[0]).Within(1e-5));
        Assert.That(_shallowEvaluation.Hits, Is.EqualTo(_shallowGolden.TestCorrect));
    }

    [Test]
    public void Deep_First200Losses_AreGolden() => Assert.That(WorstError(_deepLosses[..200], _deepGolden.Losses[..200]), Is.LessThan(2e-6));

    [Test]
    public void Deep_LossesOfTheEpoch_AreNearGolden()
    {
        Assert.That(WorstError(_deepLosses, _deepGolden.Losses), Is.LessThan(5e-2));
        Assert.That(_deepLosses.Average(), Is.EqualTo(_deepGolden.Losses.Average()).Within(3e-5));
    }

    [Test]
    public void Deep_FinalParameters_AreNearGolden()
    {
        // Measured: weights 1.9e-4, biases 1.6e-3, sums 0.49 at most.
        for (int i = 0; i < 3; i++)
        {
            Dense layer = _deep.DenseLayers[i];
            Assert.That(Norm(layer.Weights), Is.EqualTo(_deepGolden.NormW[i]).Within(4e-4 * _deepGolden.NormW[i]));
            Assert.That(Norm(layer.Bias), Is.EqualTo(_deepGolden.NormB[i]).Within(3.2e-3 * _deepGolden.NormB[i]));
            Assert.That(Sum(layer.Weights), Is.EqualTo(_deepGolden.SumW[i]).Within(1.0));
        }
        Assert.That(_deepEvaluation.Hits, Is.EqualTo(_deepGolden.TestCorrect).Within(5));
    }

    [TestCase("mnist-784-100-200-10-epoch1.json")]
    [TestCase("mnist-784-10-100steps.json")]
    public void FirstStep_WeightsAndGradients_AreGolden(string file)
    {
        var golden = GoldenValues.Read(file);
        Network network = golden.CreateNetwork();
        var pass = new Backpropagation(network, new SoftmaxCrossEntropy(), golden.Batch);
        pass.Run(Mnist.Training, Mnist.Samples(0, golden.Batch));

        for (int i = 0; i < network.DenseLayers.Count; i++)
        {
            Dense layer = network.DenseLayers[i];
            Assert.That(layer.Weights[0], Is.EqualTo((float)golden.FirstWeights[i]), "the float itself");
            Assert.That(Norm(pass.WeightGradient(i)), Is.EqualTo(golden.FirstGradNorm[i]).Within(1e-6 * golden.FirstGradNorm[i]));
            double[] bias = [.. pass.BiasGradient(i)[..layer.Outputs].ToArray()];
            Assert.That(Distance(bias, golden.FirstGradBias[i]), Is.LessThan(1e-6 * Norm(golden.FirstGradBias[i])));
        }
    }

    [Test]
    public void Deep_EveryTwentyFifthStep_AgreesWithTheReferenceFromTheSameWeights()
    {
        Network network = _deepGolden.CreateNetwork();
        var loss = new SoftmaxCrossEntropy();
        using var trainer = new Trainer(network, loss, _deepGolden.CreateOptions());
        double worstLoss = 0, worstGradient = 0;
        for (int step = 0; step < _deepGolden.Steps; step += 25)
        {
            int[] samples = Mnist.Samples(step, _deepGolden.Batch);
            ScalarGradients expected = new ScalarNetwork(network, loss).Backward(Mnist.Training.Minibatch(samples, 10));
            var pass = new Backpropagation(network, loss, samples.Length);
            double found = pass.Run(Mnist.Training, samples);
            Network updated = network.Clone();
            Update(updated, pass, _deepGolden.LearningRates);

            Assert.That(Mnist.Steps(trainer, 1, step)[0], Is.EqualTo(found), $"loss of the trainer's step {step}");
            Assert.That(Parameters.Hash(network), Is.EqualTo(Parameters.Hash(updated)), $"parameters after the trainer's step {step}");
            worstLoss = Math.Max(worstLoss, Math.Abs(found / expected.Loss - 1));
            for (int i = 0; i < 3; i++)
            {
                double[] dW = [.. PaddedMatrix.Unpad(pass.WeightGradient(i), network.DenseLayers[i])];
                double[] dB = [.. pass.BiasGradient(i)[..network.DenseLayers[i].Outputs].ToArray()];
                worstGradient = Math.Max(worstGradient, Distance(dW, expected.Weights[i]) / Norm(expected.Weights[i]));
                worstGradient = Math.Max(worstGradient, Distance(dB, expected.Biases[i]) / Norm(expected.Biases[i]));
            }
            Mnist.Steps(trainer, Math.Min(24, _deepGolden.Steps - step - 1), step + 1);
        }
        Assert.That(worstLoss, Is.LessThan(1e-6));
        Assert.That(worstGradient, Is.LessThan(1e-5));
    }

    private static (Network Network, double[] Losses, Evaluation Evaluation) Train(GoldenValues golden)
    {
        Network network = golden.CreateNetwork();
        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), golden.CreateOptions());
        double[] losses = Mnist.Steps(trainer, golden.Steps);
        Evaluation evaluation = trainer.Evaluate(Mnist.Test);
        return (network, losses, evaluation);
    }

    /// <summary>The trainer's update, w ← fma(−rate, dW, w), written once more.</summary>
    private static void Update(Network network, Backpropagation pass, float[] rates)
    {
        for (int i = 0; i < rates.Length; i++)
        {
            Dense layer = network.DenseLayers[i];
            float rate = rates[i];
            float[] weights = [.. PaddedMatrix.Unpad(layer.Weights, layer).Zip(
                PaddedMatrix.Unpad(pass.WeightGradient(i), layer), (w, d) => MathF.FusedMultiplyAdd(-rate, d, w))];
            float[] bias = [.. layer.Bias[..layer.Outputs].ToArray().Zip(pass.BiasGradient(i).ToArray(), (b, d) => MathF.FusedMultiplyAdd(-rate, d, b))];
            layer.SetParameters(weights, bias);
        }
    }

    private static double WorstError(double[] found, double[] golden) => found.Zip(golden, (a, b) => Math.Abs(a - b) / b).Max();

    private static double Distance(double[] a, double[] b) => Norm(a.Zip(b, (x, y) => x - y));

    private static double Norm(IEnumerable<double> numbers) => Math.Sqrt(numbers.Sum(x => x * x));

    private static double Norm(ReadOnlySpan<float> numbers) => Norm(Array.ConvertAll(numbers.ToArray(), x => (double)x));

    private static double Sum(ReadOnlySpan<float> numbers) => numbers.ToArray().Sum(x => (double)x);
}
