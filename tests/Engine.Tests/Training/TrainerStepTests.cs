using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Single steps: the update, its errors, and what happens between steps.</summary>
public class TrainerStepTests
{
    private static readonly NetworkDescription Small = NetworkDescription.Parse("7 -> Dense 6 -> Tanh -> Dense 5 -> LeakyReLU 0.1 -> Dense 3");
    private static readonly VectorDataset Data = TestDatasets.Vectors(10, 7, 3);

    [Test]
    public void Step_LearningRatePerLayer_IsUsedForItsWeightsAndBiases([Values] LossReduction reduction, [Values(1, 2, 5)] int threads)
    {
        var network = new Network(Small);
        var loss = new MeanSquaredError(reduction);
        float[] rates = [0.5f, 0.125f, 0.03f];
        int[] samples = [0, 4, 2, 9, 4];
        var reference = new ScalarNetwork(network, loss);
        ScalarGradients gradients = reference.Backward(Data.Minibatch(samples, 3));
        using var trainer = new Trainer(network, loss, new TrainerOptions { BatchSize = 8, LearningRates = rates, Threads = threads });

        Assert.That(trainer.Step(Data, samples), Is.EqualTo(gradients.Loss).Within(1e-6));
        for (int i = 0; i < 3; i++)
        {
            Dense layer = network.DenseLayers[i];
            double[] weights = [.. reference.Weights[i].Zip(gradients.Weights[i], (w, d) => w - (rates[i] * d))];
            double[] bias = [.. reference.Biases[i].Zip(gradients.Biases[i], (b, d) => b - (rates[i] * d))];
            Assert.That(ScalarNetwork.UnpaddedWeights(layer), Is.EqualTo(weights).Within(5e-7), $"weights {i}");
            Assert.That(layer.Bias[..layer.Outputs].ToArray(), Is.EqualTo(bias).Within(5e-7), $"bias {i}");
        }
    }

    /// <summary>Two that step the same trainer at once are one too many. Whoever is refused must not have changed what the other works on.</summary>
    [Test]
    public void Step_RefusedWhileAnotherIsUnderWay_LeavesThatOneAlone()
    {
        // So small a rate changes no weight: a sample's loss is always the same.
        var options = new TrainerOptions { BatchSize = 1, LearningRates = [1e-30f], Threads = 1 };
        using var trainer = new Trainer(new Network(Small), new MeanSquaredError(), options);
        double[] losses = [trainer.Step(Data, [0]), trainer.Step(Data, [1])];
        int wrong = 0;
        Parallel.Invoke(() => Repeat(0), () => Repeat(1));
        Assert.That(wrong, Is.Zero);

        void Repeat(int sample)
        {
            for (int i = 0; i < 20_000; i++)
            {
                try
                {
                    if (trainer.Step(Data, [sample]) != losses[sample])
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
                catch (InvalidOperationException)
                {
                    // The other one is under way.
                }
            }
        }
    }

    [Test]
    public void Train_LastMinibatchIsShort_IsDividedByItsOwnSize()
    {
        var network = new Network(Small);
        var loss = new MeanSquaredError();
        var reference = new ScalarNetwork(network, loss);
        double[] expected = new double[3];
        int[][] minibatches = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]];
        for (int step = 0; step < 3; step++)
        {
            ScalarGradients gradients = reference.Backward(Data.Minibatch(minibatches[step], 3));
            expected[step] = gradients.Loss;
            Descend(reference, gradients, 0.25);
        }
        var losses = new List<double>();
        using var trainer = new Trainer(network, loss, new TrainerOptions { BatchSize = 4, LearningRates = [0.25f], Threads = 2 });
        trainer.Train(Data, new TrainingPlan { OnStep = report => losses.Add(report.Loss) });

        Assert.That(losses, Is.EqualTo(expected).Within(1e-6));
        double[] all = [.. reference.Weights.Zip(reference.Biases).SelectMany(layer => layer.First.Concat(layer.Second))];
        Assert.That(Parameters.All(network), Is.EqualTo(all).Within(1e-6));
    }

    [TestCase("23 -> Dense 37 -> Sigmoid -> Dense 5 -> Softmax -> Dense 19")]
    [TestCase("5 -> Sigmoid -> Dense 1 -> Softmax -> Dense 2")]
    [TestCase("16 -> Dense 16 -> Tanh -> Dense 48 -> Sigmoid")]
    public void Step_Many_LeavePaddingZero(string description)
    {
        var network = new Network(NetworkDescription.Parse(description));
        VectorDataset data = TestDatasets.Vectors(30, network.Inputs, network.Outputs);
        using var trainer = new Trainer(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 7, Threads = 3 });
        ulong before = Parameters.Hash(network);
        trainer.Train(data, new TrainingPlan { Epochs = 10 });
        Assert.That(Parameters.Hash(network), Is.Not.EqualTo(before));
        foreach (Dense layer in network.DenseLayers)
        {
            Assert.That(PaddedMatrix.Padding(layer), Is.All.Zero);
        }
    }

    [Test]
    public void Step_AfterSetParameters_IsThatOfAFreshTrainer([Range(0, 2)] int changedLayer)
    {
        var network = new Network(Small);
        using var trainer = CreateTrainer(network);
        trainer.Step(Data, [0, 1, 2]);
        Dense layer = network.DenseLayers[changedLayer];
        layer.SetParameters(new Random(5).Uniform(layer.Inputs * layer.Outputs), new Random(6).Uniform(layer.Outputs));
        Network copy = network.Clone();
        using var fresh = CreateTrainer(copy);

        Assert.That(trainer.Step(Data, [3, 4, 5, 6]), Is.EqualTo(fresh.Step(Data, [3, 4, 5, 6])));
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(copy)));
    }

    [Test]
    public void Step_ByTwoTrainersInTurn_IsThatOfOne()
    {
        var shared = new Network(Small);
        var alone = new Network(Small);
        using var first = CreateTrainer(shared);
        using var second = CreateTrainer(shared);
        using var only = CreateTrainer(alone);
        for (int step = 0; step < 6; step++)
        {
            int[] samples = [step, step + 1, step + 4];
            (step % 3 == 0 ? first : second).Step(Data, samples);
            only.Step(Data, samples);
        }
        Assert.That(Parameters.Bits(shared), Is.EqualTo(Parameters.Bits(alone)));
    }

    [Test]
    public void Step_DatasetThrowsOnAnyThread_SurfacesAndTheTrainerGoesOn([Values(0, 3)] int faultySample, [Values(1, 2, 4)] int threads)
    {
        var network = new Network(Small);
        using var trainer = CreateTrainer(network, threads);
        int[] samples = [0, 1, 2, 3];
        trainer.Step(Data, samples);
        Network copy = network.Clone();
        FaultyDataset faulty = new(Data, faultySample), evaluated = new(Data, faultySample);
        for (int i = 0; i < 20; i++)
        {
            Assert.That(() => trainer.Step(faulty, samples), Throws.InvalidOperationException.With.Message.EqualTo($"sample {faultySample}"));
            Assert.That(() => trainer.Evaluate(evaluated), Throws.InvalidOperationException.With.Message.EqualTo($"sample {faultySample}"));
        }
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(copy)), "a step that fails changes nothing");
        Assert.That(faulty.FaultyThread, threads == 1 ? Is.EqualTo(Environment.CurrentManagedThreadId) : Is.Not.Zero, "who takes a sample of a step first reads it");

        using Trainer fresh = CreateTrainer(copy);
        Assert.That(trainer.Step(Data, samples), Is.EqualTo(fresh.Step(Data, samples)));
        Assert.That(Parameters.Bits(network), Is.EqualTo(Parameters.Bits(copy)));
    }

    [Test]
    public void Dispose_ThenStep_Throws([Values(1, 2)] int threads)
    {
        Trainer trainer = CreateTrainer(new Network(Small), threads);
        trainer.Step(Data, [1]);
        trainer.Dispose();
        trainer.Dispose();
        Assert.That(() => trainer.Step(Data, [1]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => trainer.Evaluate(Data), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => trainer.Train(Data, new TrainingPlan()), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => trainer.Train(Data, new TrainingPlan { Epochs = 0 }), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Step_BadSamplesOrData_IsRefused()
    {
        using Trainer trainer = CreateTrainer(new Network(Small));
        Assert.That(() => trainer.Step(Data, []), Throws.ArgumentException.With.Message.Contains("Expected 1 to 4 samples; found 0"));
        Assert.That(() => trainer.Step(Data, new int[5]), Throws.ArgumentException.With.Message.Contains("found 5"));
        Assert.That(() => trainer.Step(Data, [10]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("from 0 to 9"));
        Assert.That(() => trainer.Step(Data, [0, -1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => trainer.Step(null!, [0]), Throws.ArgumentNullException);
        Assert.That(() => trainer.Step(TestDatasets.Vectors(3, 6, 3), [0]), Throws.ArgumentException.With.Message.Contains("7 inputs and 3 outputs; found 6 inputs and 3 targets"));
        Assert.That(() => trainer.Step(TestDatasets.Vectors(3, 7, 2), [0]), Throws.ArgumentException);
        Assert.That(() => trainer.Evaluate(TestDatasets.Vectors(3, 7, 4)), Throws.ArgumentException);
    }

    [Test]
    public void Trainer_BadOptions_AreRefused()
    {
        var network = new Network(Small);
        var loss = new MeanSquaredError();
        Assert.That(() => new Trainer(null!, loss), Throws.ArgumentNullException);
        Assert.That(() => new Trainer(network, null!), Throws.ArgumentNullException);
        Assert.That(() => new Trainer(network, loss, new TrainerOptions { LearningRates = null! }), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("LearningRates"));
        Assert.That(() => new Trainer(network, loss, new TrainerOptions { BatchSize = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("BatchSize"));
        Assert.That(() => new Trainer(network, loss, new TrainerOptions { Threads = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Threads"));
        TrainerOptions[] outOfRange =
        [
            new() { BatchSize = 0 }, new() { Threads = 0 }, new() { Threads = 1025 }, new() { LearningRates = [0f] }, new() { LearningRates = [-1f] },
            new() { LearningRates = [float.NaN] }, new() { LearningRates = [0.1f, 0.1f, float.PositiveInfinity] }, new() { BatchSize = int.MaxValue },
        ];
        foreach (TrainerOptions options in outOfRange)
        {
            Assert.That(() => new Trainer(network, loss, options), Throws.InstanceOf<ArgumentOutOfRangeException>(), options.ToString());
        }
        Assert.That(() => new Trainer(network, loss, new TrainerOptions { LearningRates = [0.1f, 0.1f] }), Throws.ArgumentException.With.Message.Contains("3 dense layers; found 2"));
        Assert.That(() => new Trainer(network, loss, new TrainerOptions { LearningRates = [] }), Throws.ArgumentException);
    }

    [Test]
    public void Options_ThatAreNotSet_AreTheDocumentedOnes()
    {
        var options = new TrainerOptions();
        Assert.That((options.BatchSize, options.Threads, options.InputPath, options.Profile), Is.EqualTo((64, Environment.ProcessorCount, InputPath.Automatic, false)));
        Assert.That(options.LearningRates, Is.EqualTo(new[] { 0.1f }));
    }

    [TestCase("3 -> Tanh", "no dense layer")]
    [TestCase("3 -> Dense 2 -> BinaryStep", "BinaryStep layer cannot be trained")]
    public void Trainer_NetworkThatCannotBeTrained_IsRefused(string description, string message) =>
        Assert.That(
            () => new Trainer(new Network(NetworkDescription.Parse(description)), new MeanSquaredError()),
            Throws.ArgumentException.With.Message.Contains(message));

    private static Trainer CreateTrainer(Network network, int threads = 2) =>
        new(network, new MeanSquaredError(), new TrainerOptions { BatchSize = 4, Threads = threads });

    private static void Descend(ScalarNetwork network, ScalarGradients gradients, double rate)
    {
        for (int i = 0; i < network.Weights.Length; i++)
        {
            network.Weights[i] = [.. network.Weights[i].Zip(gradients.Weights[i], (w, d) => w - (rate * d))];
            network.Biases[i] = [.. network.Biases[i].Zip(gradients.Biases[i], (b, d) => b - (rate * d))];
        }
    }
}
