using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>The evaluation of a network on some data: what it comes to, and how threads share it.</summary>
public class EvaluateTests
{
    private static readonly NetworkDescription Small = NetworkDescription.Parse("4 -> Dense 3 -> Tanh -> Dense 3");
    private static readonly NetworkDescription Seed = NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU);

    private static readonly Lazy<Evaluation> OfOneBackpropagation = new(() =>
    {
        int samples = Mnist.Test.Count;
        var pass = new Backpropagation(new Network(Seed), new SoftmaxCrossEntropy(), samples);
        for (int i = 0; i < samples; i++)
        {
            Mnist.Test.CopyInput(i, pass.Input(i));
            Mnist.Test.CopyTarget(i, pass.Target(i));
        }
        double loss = pass.Run(samples);
        return new Evaluation(loss, Enumerable.Range(0, samples).Count(i => ArgMax.Of(pass.Output(i)) == Mnist.Test.Labels[i]), samples);
    });

    [Test]
    public void Evaluate_OfData_IsTheReferencesLossAndHits([Values] LossReduction reduction)
    {
        var network = new Network(Small);
        var loss = new SoftmaxCrossEntropy(reduction);
        var data = new ImageDataset(new Random(1).Bytes(44), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1], 2, 2);
        var reference = new ScalarNetwork(network, loss);
        Minibatch all = data.Minibatch([.. Enumerable.Range(0, 11)], 3);
        int hits = all.Inputs.Zip(all.Targets, (x, t) => reference.Forward(x)[^1] is var y && Array.IndexOf(y, y.Max()) == Array.IndexOf(t, 1f)).Count(hit => hit);
        ulong before = Parameters.Hash(network);
        using var trainer = new Trainer(network, loss, new TrainerOptions { BatchSize = 4, Threads = 3 });
        Evaluation evaluation = trainer.Evaluate(data);

        Assert.That(evaluation.Loss, Is.EqualTo(reference.Loss(all)).Within(1e-6));
        Assert.That((evaluation.Hits, evaluation.Count), Is.EqualTo((hits, 11)));
        Assert.That(evaluation.Accuracy, Is.EqualTo(hits / 11.0));
        Assert.That(Parameters.Hash(network), Is.EqualTo(before));
        Assert.That(trainer.Evaluate(new ImageDataset([], [], 2, 2)), Is.EqualTo(new Evaluation(0, 0, 0)));
        Assert.That(default(Evaluation).Accuracy, Is.Zero);
    }

    [Test]
    public void Evaluate_AnyThreadsAndMinibatches_IsThatOfOneBackpropagation([Values(1, 2, 3, 8)] int threads, [Values(1, 3, 64, 10_000)] int batchSize, [Values] bool zerosSkipped)
    {
        var options = new TrainerOptions { Threads = threads, BatchSize = batchSize, InputPath = zerosSkipped ? InputPath.Sparse : InputPath.Dense };
        using var trainer = new Trainer(new Network(Seed), new SoftmaxCrossEntropy(), options);
        Assert.That(trainer.Evaluate(Mnist.Test), Is.EqualTo(OfOneBackpropagation.Value));
    }

    [Test]
    public void Evaluate_OneThreadIsAtASample_AnotherTakesTheNext()
    {
        using var other = new ManualResetEventSlim();
        int first = 0;
        bool came = false;
        var data = new WatchedDataset(TestDatasets.Vectors(20, 4, 3), _ =>
        {
            int thread = Environment.CurrentManagedThreadId;
            if (Interlocked.CompareExchange(ref first, thread, 0) is var seen && seen != 0 && seen != thread)
            {
                other.Set();
            }
            else if (seen == 0)
            {
                came = other.Wait(TimeSpan.FromSeconds(30));
            }
        });
        using var trainer = new Trainer(new Network(Small), new MeanSquaredError(), new TrainerOptions { BatchSize = 4, Threads = 2 });

        trainer.Evaluate(data);

        Assert.That(came, "while the first to come is at a sample");
    }
}
