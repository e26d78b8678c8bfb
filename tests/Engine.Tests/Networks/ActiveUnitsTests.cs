using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Networks;

/// <summary>Which numbers behind a ReLU are not zero, and the transposed weights that the way back needs to skip the others.</summary>
public sealed class ActiveUnitsTests
{
    private const int Width = 100;

    /// <summary>Up to three quarters of them; with vectors of 512 bits that the processor does at once up to 65 in 100.</summary>
    [Test]
    public void Find_SoManyOfAHundred_AreFewUpToALimit([Values(0, 65, 66, 75, 76, 100)] int active)
    {
        var units = new ActiveUnits(5, Width);
        float[] block = new float[2 * 112];
        for (int row = 0; row < 2; row++)
        {
            block.AsSpan(row * 112, active).Fill(-1f);
        }
        bool few = units.Find(3, 2, Width, block, 112);
        Assert.That(units.AreFew(3, 2, Width), Is.EqualTo(few));
        Assert.That(NonZeroMask.Count(units.Masks(3, 2, Width)), Is.EqualTo(2 * active));
        Assert.That(few, Is.EqualTo(active <= (VectorWidth.IsFull ? 65 : 75)));
    }

    [Test]
    public void Find_SomeRows_LeavesTheMasksOfTheOthers()
    {
        var units = new ActiveUnits(4, Width);
        units.Find(0, 4, Width, [.. Enumerable.Repeat(1f, 4 * 112)], 112);

        units.Find(1, 2, Width, new float[2 * 112], 112);

        Assert.That(Enumerable.Range(0, 4).Select(row => NonZeroMask.Count(units.Masks(row, 1, Width))), Is.EqualTo([100, 0, 0, 100]));
    }

    /// <summary>Made when it is asked for, and not again in the step; in the next one anew.</summary>
    [Test]
    public void Get_InAStep_IsTheTransposeAtItsBeginning()
    {
        var network = new Network(NetworkDescription.Parse("3 -> Dense 70 -> ReLU -> Dense 5 -> ReLU -> Dense 2"));
        var pass = new Backpropagation(network, new SoftmaxCrossEntropy(), 4, keepGradients: false, skipsZeros: true);
        bool suits = SparseGemm.SuitsActivations(70);
        Assert.That(Enumerable.Range(0, 3).Select(dense => pass.ActiveGradients(dense) is not null), Is.EqualTo([false, suits, false]), "not the first layer, and not the last one, which has no ReLU behind it");
        Dense layer = network.DenseLayers[1];
        var transposed = new TransposedWeights(pass);
        float[] before = layer.Weights.ToArray();

        foreach ((int samples, bool pays) in new[] { (19, false), (20, true) })
        {
            transposed.BeginStep(samples);
            Assert.That(transposed.Pays, Is.EqualTo(pays), $"{samples} samples");
        }
        for (int step = 0; step < 2 && suits; step++)
        {
            transposed.BeginStep(64);
            AssertIsTransposeOf(before);
            layer.SetParameters(new float[70 * 5], new float[5]);
            AssertIsTransposeOf(before);
            before = layer.Weights.ToArray();
        }

        void AssertIsTransposeOf(float[] weights)
        {
            ReadOnlySpan<float> copy = transposed.Get(1, layer);
            for (int i = 0; i < 70; i++)
            {
                for (int j = 0; j < 5; j++)
                {
                    Assert.That(copy[(j * RowLayout.Stride(70)) + i], Is.EqualTo(weights[(i * layer.Stride) + j]), $"{i}, {j}");
                }
            }
        }
    }

    /// <summary>A copy that was updated with W serves in the next step too, as it is; not in another run, nor one that was not updated.</summary>
    [Test]
    public void Update_OfACopy_KeepsItForTheNextStep()
    {
        var network = new Network(NetworkDescription.Parse("3 -> Dense 80 -> ReLU -> Dense 5 -> ReLU -> Dense 2"));
        Dense layer = network.DenseLayers[1];
        var transposed = new TransposedWeights(new Backpropagation(network, new SoftmaxCrossEntropy(), 4, keepGradients: false, skipsZeros: true));
        transposed.BeginStep(64);
        Assert.That(transposed.MayUpdate(1), Is.False, "there is none");
        transposed.Get(1, layer);
        Assert.That((transposed.MayUpdate(0), transposed.MayUpdate(1)), Is.EqualTo((false, true)));

        transposed.Update(1)[0] = 42f;
        transposed.BeginStep(19);
        Assert.That(transposed.MayUpdate(1), Is.False, "too few samples: their gradients have no masks");
        transposed.BeginStep(64);
        Assert.That(transposed.Get(1, layer)[0], Is.Not.EqualTo(42f), "W was updated without it");

        transposed.Update(1)[0] = 42f;
        transposed.BeginStep(64);
        Assert.That(transposed.MayUpdate(1), Is.True);
        Assert.That(transposed.Get(1, layer)[0], Is.EqualTo(42f));

        transposed.Update(1);
        transposed.Restart();
        transposed.BeginStep(64);
        Assert.That(transposed.Get(1, layer)[0], Is.Not.EqualTo(42f), "another run");
    }

    /// <summary>W is updated by rows of Wᵀ where vectors have 512 bits that the processor does at once, by whoever updates all of it, if enough gradients are zero.</summary>
    [TestCase(0.5, 100, true)]
    [TestCase(0.5, 99, false)]
    [TestCase(1, 100, false)]
    public void UpdateWeights_WithACopy_UpdatesItWhereThatPays(double density, int inputs, bool pays)
    {
        const int Rows = 20;
        var network = new Network(NetworkDescription.Parse("3 -> Dense 100 -> ReLU -> Dense 90 -> ReLU -> Dense 2"));
        network.DenseLayers[0].SetParameters(new float[3 * 100], [.. Enumerable.Repeat(1f, 100)]);
        network.DenseLayers[1].SetParameters(new float[100 * 90], [.. Enumerable.Range(0, 90).Select(i => i < density * 90 ? 1f : -1f)]);
        var pass = new Backpropagation(network, new SoftmaxCrossEntropy(), Rows, keepGradients: false, skipsZeros: true);
        var transposed = new TransposedWeights(pass);
        for (int row = 0; row < Rows; row++)
        {
            pass.Target(row)[0] = 1f;
        }
        pass.ForwardFirst(0, Rows);
        pass.ForwardRest(0, Rows);
        pass.ForwardLoss(0, Rows);
        transposed.BeginStep(Rows);
        transposed.Get(1, network.DenseLayers[1]);
        pass.Backward(0, Rows, Rows, transposed);

        pass.UpdateWeights(1, 0, inputs, Rows, 0.1f, new ulong[SparseGemm.ScratchWords(Rows)], transposed);

        transposed.BeginStep(Rows);
        Assert.That(transposed.MayUpdate(1), Is.EqualTo(pays && VectorWidth.IsFull));
    }
}
