using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Networks;

/// <summary>The network that docs/backpropagation.md goes through by hand: each number there.</summary>
public class SmallNetworkTests
{
    private static Network Create()
    {
        var network = new Network(NetworkDescription.Parse("2 -> Dense 2 -> ReLU -> Dense 1"));
        network.DenseLayers[0].SetParameters([0.5f, -0.4f, 0.3f, 0.1f], [0f, 0f]);
        network.DenseLayers[1].SetParameters([0.6f, 0.7f], [0.1f]);
        return network;
    }

    private static Backpropagation Pass(Network network)
    {
        var pass = new Backpropagation(network, new MeanSquaredError(), rows: 1);
        new[] { 1f, 2f }.CopyTo(pass.Input(0));
        pass.Target(0)[0] = 1f;
        return pass;
    }

    [Test]
    public void Passes_OfTheExample_GiveItsNumbers()
    {
        Network network = Create();
        Backpropagation pass = Pass(network);

        Assert.That(pass.Run(1), Is.EqualTo(0.0576).Within(1e-7));
        Assert.That(pass.Output(0)[0], Is.EqualTo(0.76f).Within(1e-6f));
        Assert.That(new[] { pass.WeightGradient(1)[0], pass.WeightGradient(1)[network.DenseLayers[1].Stride] }, Is.EqualTo(new[] { -0.528f, 0f }).Within(1e-6f));
        Assert.That(pass.BiasGradient(1)[0], Is.EqualTo(-0.48f).Within(1e-6f));
        int stride = network.DenseLayers[0].Stride;
        Assert.That(pass.WeightGradient(0)[..2].ToArray(), Is.EqualTo(new[] { -0.288f, 0f }).Within(1e-6f));
        Assert.That(pass.WeightGradient(0).Slice(stride, 2).ToArray(), Is.EqualTo(new[] { -0.576f, 0f }).Within(1e-6f));
        Assert.That(pass.BiasGradient(0)[..2].ToArray(), Is.EqualTo(new[] { -0.288f, 0f }).Within(1e-6f));
    }

    [TestCase(0.301f, 0.05702544)]
    [TestCase(0.299f, 0.05817744)]
    public void Loss_WithTheWeightMoved_IsTheExamples(float weight, double loss)
    {
        Network network = Create();
        network.DenseLayers[0].SetParameters([0.5f, -0.4f, weight, 0.1f], [0f, 0f]);
        Assert.That(Pass(network).Run(1), Is.EqualTo(loss).Within(1e-7));
    }

    [Test]
    public void Step_OfTheExample_GivesItsWeights()
    {
        Network network = Create();
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 1, LearningRates = [0.1f], Threads = 1 });
        trainer.Step(new VectorDataset([1f, 2f], [1f], inputWidth: 2, targetWidth: 1), [0]);

        float[] weights = new float[4];
        network.DenseLayers[0].CopyWeightsTo(weights);
        Assert.That(weights, Is.EqualTo(new[] { 0.5288f, -0.4f, 0.3576f, 0.1f }).Within(1e-6f));
    }
}
