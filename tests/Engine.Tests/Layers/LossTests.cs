using Engine.Kernels;
using Engine.Layers;
using NUnit.Framework;

namespace Engine.Tests.Layers;

public class LossTests
{
    [Test]
    public void Reduce_OfLosses_IsTheirMeanOrSum()
    {
        double[] losses = [1, 2, 6];
        Assert.That(new MeanSquaredError().Reduce(losses), Is.EqualTo(3));
        Assert.That(new MeanSquaredError(LossReduction.Sum).Reduce(losses), Is.EqualTo(9));
        Assert.That(new MeanSquaredError().Reduce([]), Is.Zero);
        Assert.That(() => new MeanSquaredError((LossReduction)7), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void IsHit_ManyOutputs_ComparesTheLargest()
    {
        var loss = new SoftmaxCrossEntropy();
        Assert.That(loss.IsHit([-1f, -0.5f, -2f], [0f, 1f, 0f]));
        Assert.That(loss.IsHit([3f, 3f, 1f], [1f, 0f, 0f]), "of equal outputs the first counts");
        Assert.That(loss.IsHit([3f, 4f, 1f], [1f, 0f, 0f]), Is.False);
        Assert.That(() => loss.IsHit([], []), Throws.ArgumentException);
        Assert.That(() => loss.IsHit([3f, 4f, 1f], [1f, 0f]), Throws.ArgumentException);
    }

    [Test]
    public void IsHit_OneOutput_ComparesTheSideOfTheThreshold()
    {
        foreach ((Loss loss, float threshold) in new (Loss, float)[]
        {
            (new MeanSquaredError(), 0.5f), (new BinaryCrossEntropy(), 0.5f), (new SigmoidCrossEntropy(), 0f), (new PerceptronCriterion(), 0f),
        })
        {
            Assert.That(loss.DecisionThreshold, Is.EqualTo(threshold));
            Assert.That(loss.IsHit([threshold], [1f]));
            Assert.That(loss.IsHit([threshold - 0.01f], [0f]));
            Assert.That(loss.IsHit([threshold - 0.01f], [1f]), Is.False);
            Assert.That(loss.IsHit([threshold], [0f]), Is.False);
            Assert.That(() => loss.IsHit([threshold], []), Throws.ArgumentException);
            Assert.That(() => loss.Backward(1, 1, new float[16], new float[16], 0, new float[16]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void FindHits_OfManyRows_IsIsHitOfEach([Values(1, 2, 10, 70)] int columns, [Values(0, 1, 7, 64, 131)] int rows)
    {
        var random = new Random(columns + rows);
        foreach (Loss loss in new Loss[] { new MeanSquaredError(), new BinaryCrossEntropy(), new SigmoidCrossEntropy(), new SoftmaxCrossEntropy(), new PerceptronCriterion() })
        {
            int stride = RowLayout.Stride(columns);
            float[] outputs = [.. Enumerable.Range(0, rows * stride).Select(_ => random.Next(4) - 1f)];
            float[] targets = [.. Enumerable.Range(0, rows * stride).Select(_ => (float)random.Next(2))];
            bool[] hits = new bool[rows];

            loss.FindHits(rows, columns, outputs, targets, hits);

            Assert.That(hits, Is.EqualTo(Enumerable.Range(0, rows).Select(row => loss.IsHit(outputs.AsSpan(row * stride, columns), targets.AsSpan(row * stride, columns)))), loss.GetType().Name);
        }
    }

    [Test]
    public void OutputActivation_OfEachLoss_TurnsOutputsIntoWhatIsReported()
    {
        Assert.That(new SoftmaxCrossEntropy().OutputActivation, Is.EqualTo(LayerDescription.Softmax));
        Assert.That(new SigmoidCrossEntropy().OutputActivation, Is.EqualTo(LayerDescription.Sigmoid));
        Assert.That(new PerceptronCriterion().OutputActivation, Is.EqualTo(LayerDescription.BinaryStep));
        Assert.That(new BinaryCrossEntropy().OutputActivation, Is.Null);
        Assert.That(new MeanSquaredError().OutputActivation, Is.Null);
    }

    [Test]
    public void BinaryStep_Backward_IsNotSupported()
    {
        Assert.That(new BinaryStep(3).IsDifferentiable, Is.False);
        Assert.That(() => new BinaryStep(1).Backward(1, new float[16], new float[16], new float[16]), Throws.InstanceOf<NotSupportedException>());
    }
}
