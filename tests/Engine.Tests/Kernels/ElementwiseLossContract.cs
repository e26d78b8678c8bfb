using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>What the losses that treat each output by itself must do on top of <see cref="RowLossContract"/>.</summary>
public abstract class ElementwiseLossContract : RowLossContract
{
    [Test]
    public void Backward_OnAnElementInAVectorOrInTheTail_GivesTheSameBits()
    {
        const int columns = KernelTestData.LongestLength;
        Func<float> source = KernelTestData.WithSpecialValues(KernelTestData.Uniform(Outputs.Low, Outputs.High));
        Func<float> targets = KernelTestData.WithSpecialValues(TargetSource(5), 6);
        for (int round = 0; round < 50; round++)
        {
            float[] y = [.. Enumerable.Range(0, columns).Select(_ => source())];
            float[] t = [.. y.Select(_ => targets())];
            float[] together = new float[columns];
            float[] alone = new float[columns];

            Backward(1, columns, columns, y, t, 2f, together);
            for (int j = 0; j < columns; j++)
            {
                Backward(1, 1, 1, y.AsSpan(j, 1), t.AsSpan(j, 1), 2f * columns, alone.AsSpan(j, 1));
            }

            Expect.SameBits(together, alone, $"round {round}");
        }
    }

    [Test]
    public void Forward_OnAnElementInAVectorOrInTheTail_GivesTheSameBits()
    {
        Func<float> source = KernelTestData.Uniform(Outputs.Low, Outputs.High);
        for (int round = 0; round < 50; round++)
        {
            AssertForwardInIndexOrder(source, TargetSource(5), $"round {round}");
        }
    }

    /// <summary>One special value makes a sum infinite or NaN, so each stands alone in its row, at every place.</summary>
    [Test]
    public void Forward_OnASpecialValueInAVectorOrInTheTail_GivesTheSameBits(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue, -0f, 0f, 1f)] float value, [Values] bool isTarget)
    {
        Func<float> source = KernelTestData.Uniform(Outputs.Low, Outputs.High);
        for (int place = 0; place < KernelTestData.LongestLength; place++)
        {
            int outputs = 0;
            int targets = 0;
            Func<float> ordinaryTargets = TargetSource(5);
            AssertForwardInIndexOrder(
                () => outputs++ == place && !isTarget ? value : source(),
                () => targets++ == place && isTarget ? value : ordinaryTargets(),
                $"{value} at {place}");
        }
    }

    [Test]
    public void Forward_OfARow_IsTheMeanOfItsElements()
    {
        float[] y = [.. Enumerable.Range(0, 10).Select(i => Outputs.Low + ((Outputs.High - Outputs.Low) * (i + 0.5f) / 10))];
        float[] t = [0f, 1f, 1f, 0f, 1f, 0f, 0f, 1f, 1f, 0f];
        double[] whole = new double[1];
        double[] single = new double[y.Length];

        Forward(1, y.Length, y.Length, y, t, whole);
        Forward(y.Length, 1, 1, y, t, single);

        Assert.That(whole[0], Is.EqualTo(single.Average()).Within(1e-14));
    }

    private void AssertForwardInIndexOrder(Func<float> outputs, Func<float> targets, string context)
    {
        const int columns = KernelTestData.LongestLength;
        float[] y = [.. Enumerable.Range(0, columns).Select(_ => outputs())];
        float[] t = [.. Enumerable.Range(0, columns).Select(_ => targets())];
        double[] together = new double[1];
        double[] alone = new double[columns];

        Forward(1, columns, columns, y, t, together);
        Forward(columns, 1, 1, y, t, alone);

        // Equal also where both are NaN; a sum that starts from 0 is never −0.
        Assert.That(together[0], Is.EqualTo(alone.Aggregate(0.0, (sum, loss) => sum + loss) / columns), context);
    }

    /// <summary>The loss and the derivative of one output against one target.</summary>
    protected (double Loss, float Gradient) OfOne(float y, float t)
    {
        double[] loss = new double[1];
        float[] gradient = new float[1];
        Forward(1, 1, 1, [y], [t], loss);
        Backward(1, 1, 1, [y], [t], 1f, gradient);
        return (loss[0], gradient[0]);
    }
}
