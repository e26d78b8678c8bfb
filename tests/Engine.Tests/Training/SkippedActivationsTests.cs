using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Zeros that a ReLU leaves, skipped or not: the same bits, losses and predictions, on any number of threads and however a step is divided.</summary>
public sealed class SkippedActivationsTests
{
    private const int Samples = 300;
    private static readonly ImageDataset Images = TestDatasets.Images(Samples, 12, 12, density: 0.3, classes: 4);

    /// <summary>The same, and one more image without pixels.</summary>
    private static readonly ImageDataset BlankImages = new([.. Images.Pixels, .. new byte[144]], [.. Images.Labels, 0], 12, 12);
    private static readonly int[] Order = [.. Enumerable.Range(0, Samples)];

    private static readonly string[] Networks =
    [
        "144 -> Dense 100 -> ReLU -> Dense 90 -> ReLU -> Dense 4",
        "144 -> Dense 70 -> ReLU -> Dense 130 -> ReLU -> Dense 64 -> ReLU -> Dense 4",
        "144 -> Dense 64 -> Tanh -> Dense 70 -> ReLU -> Dense 80 -> Sigmoid -> Dense 4",
        "144 -> ReLU -> Dense 70 -> ReLU -> Dense 70 -> ReLU -> ReLU -> Dense 64",
    ];

    /// <summary>Batches of 5 are too few for a transposed copy, and so are the last 10 of 29; those of 100 take two words of a column's mask.</summary>
    [Test]
    public void Train_WithoutZeros_EndsAsWithAll([ValueSource(nameof(Networks))] string description, [Values(1, 2, 3)] int threads, [Values(5, 29, 64, 100)] int batchSize, [Values] bool sparse)
    {
        var start = new Network(NetworkDescription.Parse(description));
        sparse &= start.TakesSparseInputs;
        Network expected = start.Clone();
        List<double> losses = Train(expected, 1, batchSize, sparse: false, skip: false, divided: null);
        var plan = new WorkPlan(start, threads, Hardware.VectorLanes, skipsZeros: true);
        IEnumerable<Roles?> divisions = threads == 1 || !start.TakesSparseInputs ? [null] :
        [
            null, new Roles(1, OwnersKeepToColumns: false), new Roles(1, OwnersKeepToColumns: true), new Roles(1, OwnersKeepToColumns: true, PastCaches: true),
            .. Enumerable.Range(1, plan.MostLinesApart).Select(lines => new Roles(threads, OwnersKeepToColumns: true, LinesApart: lines)),
        ];
        foreach (Roles? division in divisions)
        {
            Network actual = start.Clone();
            Assert.That(Train(actual, threads, batchSize, sparse, skip: true, division), Is.EqualTo(losses), $"{division}");
            Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)), $"{division}");
        }
    }

    /// <summary>The copies of Wᵀ that a run's last update has left are not the next run's, whose weights may be others.</summary>
    [Test]
    public void Train_AgainFromTheSameWeights_EndsAsBefore([Values(1, 2)] int threads)
    {
        Network start = new(NetworkDescription.Parse(Networks[0])), network = start.Clone();
        using var runner = new StepRunner(new Backpropagation(network, new SoftmaxCrossEntropy(), 64, keepGradients: false, skipsZeros: true), [0.1f, 0.1f, 0.1f], threads, profile: null);
        var ends = new List<uint[]>();
        for (int run = 0; run < 2; run++)
        {
            start.ParameterMemory.CopyTo(network.ParameterMemory);
            runner.Train(Images, Order, 0, Samples, sparse: true, new Roles(threads - 1, OwnersKeepToColumns: threads > 1), () => true);
            ends.Add(Parameters.Bits(network));
        }
        Assert.That(ends[1], Is.EqualTo(ends[0]));
    }

    /// <summary>Minibatches by turns whose gradients are zero in part, so that copies of Wᵀ are updated, and nowhere.</summary>
    [Test]
    public void Train_WhereSomeMinibatchesHaveFewZeros_EndsAsWithAll([Values(1, 2)] int threads)
    {
        const int BatchSize = 32;
        int[] order = [.. Enumerable.Range(0, 8 * BatchSize).Select(i => i / BatchSize % 2 == 0 ? i : BlankImages.Count - 1)];
        Network expected = Alternating(), actual = Alternating();
        Train(expected, 1, skip: false);

        List<bool> few = Train(actual, threads, skip: true);

        Assert.That(few, threads > 1 ? Has.Exactly(8).Items : Is.EqualTo(Enumerable.Range(0, 8).Select(step => step % 2 == 0)), "with more, another thread may be at the next step");
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));

        // Images with pixels leave half of the second layer's outputs, those without all.
        static Network Alternating()
        {
            var network = new Network(NetworkDescription.Parse("144 -> Dense 96 -> ReLU -> Dense 90 -> ReLU -> Dense 4"));
            float[] ofFirst = new float[144 * 96], ofSecond = [.. Enumerable.Range(0, 96 * 90).Select(i => i % 2 == 0 ? 0.5f : -0.5f)];
            ofFirst.AsSpan().Fill(0.01f);
            network.DenseLayers[0].SetParameters(ofFirst, [.. Enumerable.Repeat(0.01f, 96)]);
            network.DenseLayers[1].SetParameters(ofSecond, [.. Enumerable.Repeat(1f, 90)]);
            return network;
        }

        List<bool> Train(Network network, int team, bool skip)
        {
            var pass = new Backpropagation(network, new SoftmaxCrossEntropy(), BatchSize, keepGradients: false, skip);
            var found = new List<bool>();
            using var runner = new StepRunner(pass, [0.01f, 0.01f, 0.01f], team, profile: null);
            runner.Train(BlankImages, order, 0, order.Length, sparse: true, new Roles(team - 1, OwnersKeepToColumns: team > 1), () =>
            {
                found.Add(skip && pass.ActiveGradients(1)!.AreFew(0, BatchSize, 90));
                return true;
            });
            return found;
        }
    }

    [TestCase(InputPath.Automatic, ExpectedResult = true)]
    [TestCase(InputPath.Sparse, ExpectedResult = true)]
    [TestCase(InputPath.Dense, ExpectedResult = false)]
    public bool SkipsActivations_OfATrainer_UnlessThePathIsDense(InputPath path)
    {
        using var trainer = new Trainer(new Network(NetworkDescription.Parse(Networks[0])), new SoftmaxCrossEntropy(), new TrainerOptions { Threads = 1, InputPath = path });
        return trainer.SkipsActivations;
    }

    /// <summary>
    /// 512 x 512 with its padding is more than 1 MB: zeros are skipped forward only. Narrow layers skip none, those of fewer than 64 columns, or 80 where the processor does 512 bits at once; updates never skip inputs there.
    /// </summary>
    [TestCase(100, 200, true)]
    [TestCase(512, 496, true)]
    [TestCase(512, 512, false)]
    [TestCase(40, 40, true)]
    [TestCase(63, 64, true)]
    [TestCase(64, 79, true)]
    [TestCase(79, 80, true)]
    [TestCase(80, 63, true)]
    public void Create_OfSomeWidths_HasMasksWhereSkippingPays(int inputs, int outputs, bool isSmall)
    {
        var network = new Network(new NetworkDescription(20, LayerDescription.Dense(inputs), LayerDescription.ReLU, LayerDescription.Dense(outputs), LayerDescription.ReLU, LayerDescription.Dense(4)));
        int fewest = VectorWidth.IsFull ? 80 : 64;

        Assert.That(Masks(skip: true), Is.EqualTo((outputs >= fewest, outputs >= fewest && isSmall && !VectorWidth.IsFull, inputs >= fewest && isSmall)));
        Assert.That(Masks(skip: false), Is.EqualTo((false, false, false)));

        (bool Forward, bool Update, bool Back) Masks(bool skip)
        {
            var pass = new Backpropagation(network, new SoftmaxCrossEntropy(), 8, keepGradients: false, skip);
            Assert.That((pass.ActiveInputs(0), pass.ActiveInputs(2), pass.ActiveGradients(0), pass.ActiveGradients(2)), Is.EqualTo(((ActiveUnits?)null, (ActiveUnits?)null, (ActiveUnits?)null, (ActiveUnits?)null)));
            return (pass.ActiveInputs(1) is not null, pass.ActiveInputsOfUpdate(1) is not null, pass.ActiveGradients(1) is not null);
        }
    }

    /// <summary>Many images at once skip zeros of hidden layers where that is faster, one by one always: the bits of dense products.</summary>
    [Test]
    public void Predict_ManyAtOnce_AreWhatDenseProductsGive([ValueSource(nameof(Networks))] string description, [Values(1, 2, 7, 64)] int rows)
    {
        var network = new Network(NetworkDescription.Parse(description));
        byte[] pixels = Images.Pixels[..(64 * 144)].ToArray();
        float[] expected = new float[64 * network.Outputs];
        var dense = new Backpropagation(network, new SoftmaxCrossEntropy(), 64, keepGradients: false, skipsZeros: false);
        for (int i = 0; i < 64; i++)
        {
            PixelKernel.Scale(pixels.AsSpan(i * 144, 144), dense.Input(i));
        }
        dense.ForwardFirst(0, 64);
        dense.ForwardRest(0, 64);
        for (int i = 0; i < 64; i++)
        {
            dense.Output(i).CopyTo(expected.AsSpan(i * network.Outputs));
        }
        float[] outputs = new float[expected.Length];

        network.Predict(pixels, outputs, new Workspace(network, rows));

        Assert.That(outputs, Is.EqualTo(expected));
    }

    private static List<double> Train(Network network, int threads, int batchSize, bool sparse, bool skip, Roles? divided)
    {
        var losses = new List<double>();
        float[] rates = [.. network.DenseLayers.Select((_, i) => 0.1f + (0.01f * i))];
        using var runner = new StepRunner(
            new Backpropagation(network, new SoftmaxCrossEntropy(), batchSize, keepGradients: false, skip), rates, threads, profile: null);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            if (divided is { } roles)
            {
                runner.Train(Images, Order, 0, Samples, sparse, roles, GoOn);
            }
            else
            {
                runner.Train(Images, Order, 0, Samples, sparse, GoOn);
            }
        }
        return losses;

        bool GoOn()
        {
            losses.AddRange(runner.Losses);
            return true;
        }
    }
}
