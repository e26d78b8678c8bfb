using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Threads;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>What an owner sums before all samples are back changes no bit of its update.</summary>
public sealed class FirstLayerTests
{
    private const int Workers = 3;

    [TestCase(64, new[] { 48 })]
    [TestCase(64, new[] { 32 }, Description = "just half")]
    [TestCase(64, new[] { 0, 16, 31 }, Description = "too little each time")]
    [TestCase(64, new[] { 16, 33, 48, 63 }, Description = "half, and once only")]
    [TestCase(200, new[] { 100 }, Description = "in the middle of a word")]
    [TestCase(200, new[] { 64, 128, 192 }, Description = "whole words")]
    [TestCase(200, new[] { 110, 199 })]
    [TestCase(40, new[] { 20, 30 })]
    [TestCase(5, new[] { 3, 4 }, Description = "a minibatch too small for it")]
    public void UpdateColumns_AfterSomeSamplesWereSummed_HasTheBitsOfOneUpdate(int batchSize, int[] back)
    {
        ImageDataset data = TestDatasets.Images(2 * batchSize, 10, 15, density: 0.3, classes: 4);
        var description = NetworkDescription.Parse("150 -> Dense 100 -> ReLU -> Dense 4");
        Roles[] divisions = [.. Enumerable.Range(1, Workers).SelectMany(owners => new Roles[] { new(owners, false), new(owners, true), new(owners, true, PastCaches: true) })];
        foreach ((Roles roles, bool sparse) in divisions.SelectMany(roles => new[] { (roles, true), (roles, false) }))
        {
            Network expected = new(description), actual = new(description);
            Update(expected, data, batchSize, new Roles(roles.Owners, OwnersKeepToColumns: false), sparse, [], out int none);
            Update(actual, data, batchSize, roles, sparse, back, out int summed);

            Assert.That(none, Is.Zero);
            int words = NonZeroMask.Words(150);
            Assert.That(summed, Is.EqualTo(back.Any(samples => samples >= Math.Max(20, batchSize / 2)) ? words * roles.Owners : 0), $"{roles}, sparse {sparse}");
            Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)), $"{roles}, sparse {sparse}");
        }
    }

    /// <summary>All samples may be back before every input has its sums.</summary>
    [Test]
    public void UpdateColumns_AfterSumsOfSomeInputs_HasTheBitsOfOneUpdate([Values(1, 2)] int most, [Values] bool sparse)
    {
        const int BatchSize = 64;
        ImageDataset data = TestDatasets.Images(BatchSize, 10, 15, density: 0.3, classes: 4);
        var description = NetworkDescription.Parse("150 -> Dense 100 -> ReLU -> Dense 4");
        Network expected = new(description), actual = new(description);
        Update(expected, data, BatchSize, new Roles(1, OwnersKeepToColumns: true), sparse, [], out _);
        Update(actual, data, BatchSize, new Roles(1, OwnersKeepToColumns: true, PastCaches: true), sparse, [48], out int summed, most: most);

        Assert.That(summed, Is.EqualTo(most));
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
    }

    /// <summary>A run may end between the two, without the update: the next one must not go on from its sums.</summary>
    [Test]
    public void Restart_AfterSomeSamplesWereSummed_ForgetsThem()
    {
        const int BatchSize = 64;
        ImageDataset data = TestDatasets.Images(BatchSize, 10, 15, density: 0.3, classes: 4);
        var description = NetworkDescription.Parse("150 -> Dense 100 -> ReLU -> Dense 4");
        Network expected = new(description), actual = new(description);
        Update(expected, data, BatchSize, new Roles(1, OwnersKeepToColumns: true), sparse: true, [], out _);
        Update(actual, data, BatchSize, new Roles(1, OwnersKeepToColumns: true), sparse: true, [48], out _, (layer, batch) =>
        {
            Assert.That(layer.SumSome(0, batch, 48), Is.False, "all of it is summed");
            layer.Restart();
            Assert.That(layer.SumSome(0, batch, 48), Is.True, "nothing is");
        });
        Assert.That(Parameters.Bits(actual), Is.EqualTo(Parameters.Bits(expected)));
    }

    /// <summary>Two steps of the first layer alone. Before each update everything is summed that can be, for each number of samples that are back.</summary>
    private static void Update(Network network, ImageDataset data, int batchSize, Roles roles, bool sparse, int[] back, out int summed, Action<FirstLayer, StepBatch>? between = null, int most = int.MaxValue)
    {
        var pass = new Backpropagation(network, new SoftmaxCrossEntropy(), batchSize);
        var plan = new WorkPlan(network, Workers, Hardware.VectorLanes, skipsZeros: true);
        var batches = new Minibatches(pass, inTurns: true, owners: plan.MostOwners);
        var layer = new FirstLayer(pass, batches, plan, 0.1f, [.. Enumerable.Range(0, Workers).Select(_ => new ApartArray<ulong>(SparseGemm.ScratchWords(batchSize)))]);
        batches.Start(data, [.. Enumerable.Range(0, data.Count)], 0, data.Count, sparse, roles);
        layer.Restart();
        summed = 0;
        for (int step = 0; step < batches.Count; step++)
        {
            StepBatch batch = batches[step];
            for (int row = 0; row < batch.Rows; row++)
            {
                batches.Read(batch, row, 1);
            }
            for (int owner = 0; owner < roles.Owners; owner++)
            {
                batches.ReadInputs(owner, batch, 0, batch.Rows);
                layer.ForwardColumns(owner, batch, 0, batch.Rows);
            }
            FirstLayer.Expect(batch, 0, batch.Rows);
            batch.Pass.ForwardRest(0, batch.Rows);
            batch.Pass.ForwardLoss(0, batch.Rows);
            batch.Pass.Backward(0, batch.Rows, batch.Rows);
            layer.Back(batch, 0, batch.Rows);
            for (int owner = 0; owner < roles.Owners; owner++)
            {
                foreach (int samples in back)
                {
                    for (int sums = 0; sums < most && layer.SumSome(owner, batch, samples); sums++, summed += step == 0 ? 1 : 0)
                    {
                    }
                }
                Assert.That(layer.SumSome(owner, batch, batch.Rows), Is.False, "all are back: then it is the update's");
                between?.Invoke(layer, batch);
                layer.UpdateColumns(owner, batch);
            }
        }
    }
}
