using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Networks;

/// <summary>Which numbers behind a ReLU are not zero, and the transposed weights that the way back needs to skip the others.</summary>
public sealed class ActiveUnitsTests
{
    private const int Width = 100;

    [TestCase(0, ExpectedResult = true)]
    [TestCase(75, ExpectedResult = true)]
    [TestCase(76, ExpectedResult = false)]
    [TestCase(100, ExpectedResult = false)]
    public bool Find_SoManyOfAHundred_AreFewUpToThreeQuarters(int active)
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
        return few;
    }

    [Test]
    public void Find_SomeRows_LeavesTheMasksOfTheOthers()
    {
        var units = new ActiveUnits(4, Width);
        units.Find(0, 4, Width, [.. Enumerable.Repeat(1f, 4 * Width)], Width);

        units.Find(1, 2, Width, new float[2 * Width], Width);

        Assert.That(Enumerable.Range(0, 4).Select(row => NonZeroMask.Count(units.Masks(row, 1, Width))), Is.EqualTo([100, 0, 0, 100]));
    }

    /// <summary>Made when it is asked for, and not again in the step; in the next one anew.</summary>
    [Test]
    public void TryGet_InAStep_IsTheTransposeAtItsBeginning()
    {
        var network = new Network(NetworkDescription.Parse("3 -> Dense 70 -> ReLU -> Dense 5 -> ReLU -> Dense 2"));
        Assume.That(SparseGemm.SuitsActivations(70), "zeros of activations are skipped on this machine");
        Dense layer = network.DenseLayers[1];
        var transposed = new TransposedWeights(network);
        float[] before = layer.Weights.ToArray();

        Assert.That(transposed.TryGet(1, layer.AllColumns, out _), Is.False, "no step has begun");
        transposed.BeginStep(64);
        AssertIsTransposeOf(before);
        layer.SetParameters(new float[70 * 5], new float[5]);
        AssertIsTransposeOf(before);
        transposed.BeginStep(64);
        AssertIsTransposeOf(new float[before.Length]);
        Assert.That(transposed.TryGet(0, network.DenseLayers[0].AllColumns, out _), Is.False, "nothing goes back through the first layer");
        Assert.That(transposed.TryGet(2, network.DenseLayers[2].AllColumns, out _), Is.False, "no ReLU is behind the last one");
        transposed.BeginStep(10);
        Assert.That(transposed.TryGet(1, layer.AllColumns, out _), Is.False, "too few samples");

        void AssertIsTransposeOf(float[] weights)
        {
            Assert.That(transposed.TryGet(1, layer.AllColumns, out ReadOnlySpan<float> copy), Is.True);
            for (int i = 0; i < 70; i++)
            {
                for (int j = 0; j < 5; j++)
                {
                    Assert.That(copy[(j * RowLayout.Stride(70)) + i], Is.EqualTo(weights[(i * layer.Stride) + j]), $"{i}, {j}");
                }
            }
        }
    }
}
