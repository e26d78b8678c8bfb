using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class SoftmaxCrossEntropyKernelTests : RowLossContract
{
    protected override void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses) =>
        SoftmaxCrossEntropyKernel.Forward(rows, columns, stride, outputs, targets, losses);

    protected override void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs) =>
        SoftmaxCrossEntropyKernel.Backward(rows, columns, stride, outputs, targets, divisor, dOutputs);

    protected override double Reference(ReadOnlySpan<float> y, ReadOnlySpan<float> t) => ScalarKernels.SoftmaxCrossEntropy(y, t);

    protected override void ReferenceGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        ScalarKernels.SoftmaxCrossEntropyBackward(y, t, divisor, dY);

    protected override double TotalDivisor(int columns) => 3;

    /// <summary>The sum of the exponentials, in single precision, is within a rounding per class; the loss takes its logarithm.</summary>
    protected override double LossTolerance(ReadOnlySpan<float> y, ReadOnlySpan<float> t)
    {
        double weight = 0;
        foreach (float target in t)
        {
            weight += target;
        }
        return (y.Length + 3) * Expect.UnitRoundoff * weight;
    }

    /// <summary>softmax · Σ t, a sum of roundings per class each, with a softmax of 1 and a Σ t of columns at the most.</summary>
    protected override double GradientTolerance(int columns, double y, double t) => (columns + 4) * Expect.UnitRoundoff * (columns + 1);

    [Test]
    public void ForwardAndBackward_OfHugeLogits_AreFinite()
    {
        (double loss, float[] gradient) = OfRow([1e30f, 0f, -1e30f, 1e30f], [0f, 1f, 0f, 0f]);

        Assert.That(loss, Is.EqualTo(1e30).Within(1e24));
        Assert.That(gradient, Is.EqualTo(new[] { 0.5f, -1f, 0f, 0.5f }));
    }

    [Test]
    public void Forward_WhenAClassOfNoWeightHasALogitOfMinusInfinity_IgnoresIt()
    {
        (double loss, float[] gradient) = OfRow([1f, float.NegativeInfinity, 1f], [1f, 0f, 0f]);

        Assert.That(loss, Is.EqualTo(Math.Log(2)).Within(1e-7));
        Assert.That(gradient, Is.EqualTo(new[] { -0.5f, 0f, 0.5f }));
    }

    [Test]
    public void Forward_WhenTheTargetHasALogitOfMinusInfinity_IsInfinite() =>
        Assert.That(OfRow([1f, float.NegativeInfinity], [0f, 1f]).Loss, Is.EqualTo(double.PositiveInfinity));

    [TestCase(float.PositiveInfinity, 0f)]
    [TestCase(float.NegativeInfinity, float.NegativeInfinity)]
    public void ForwardAndBackward_OfInfinityMinusInfinity_AreNaN(float first, float second)
    {
        (double loss, float[] gradient) = OfRow([first, second], [1f, 0f]);

        Assert.That(loss, Is.NaN);
        Assert.That(gradient[0], Is.NaN);
    }

    /// <summary>Rows are taken a vector at a time, and a class of no weight is passed over.</summary>
    [Test]
    public void Forward_OfManyRows_IsTheFormulaInIndexOrderBitForBit(
        [Values(1, 2, 7, 8, 9, 17)] int rows, [Values(1, 2, 3, 10, 63, 64, 65, 130)] int columns, [Values] bool oneHot)
    {
        var source = KernelTestData.Uniform(-9f, 9f, (ulong)columns);
        var weight = KernelTestData.Uniform(0f, 1f, (ulong)rows);
        int stride = columns + 3;
        float[] x = [.. Enumerable.Range(0, rows * stride).Select(_ => source())];
        float[] t = [.. Enumerable.Range(0, rows * stride).Select(i => oneHot ? (i % stride == i / stride % columns ? 1f : 0f) : i % 3 == 0 ? 0f : weight())];
        double[] expected = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            float[] logits = x[(row * stride)..((row * stride) + columns)];
            float maximum = logits.Max();
            double logSum = Logarithm.Log(logits.Aggregate(0f, (sum, value) => sum + Exponential.Exp(value - maximum))) + maximum;
            for (int j = 0; j < columns; j++)
            {
                float target = t[(row * stride) + j];
                expected[row] += target == 0 ? 0 : target * (logSum - logits[j]);
            }
        }
        double[] losses = new double[rows];

        SoftmaxCrossEntropyKernel.Forward(rows, columns, stride, x, t, losses);

        Assert.That(losses, Is.EqualTo(expected));
    }

    [Test]
    public void Backward_OfTargetsThatDoNotSumTo1_WeighsTheSoftmaxByTheirSum() =>
        Assert.That(OfRow([0f, 0f], [2f, 1f]).Gradient, Is.EqualTo(new[] { -0.5f, 0.5f }));

    [Test]
    public void Backward_OfOneHotTargets_IsTheFormulaInIndexOrderBitForBit()
    {
        foreach (int columns in Enumerable.Range(1, KernelTestData.LongestLength))
        {
            var source = KernelTestData.Uniform(-9f, 9f, (ulong)columns);
            float[] x = [.. Enumerable.Range(0, columns).Select(_ => source())];
            float[] t = new float[columns];
            t[columns / 2] = 1f;
            float maximum = x.Max();
            float sum = x.Aggregate(0f, (sum, value) => sum + Exponential.Exp(value - maximum));

            float[] expected = [.. x.Zip(t, (value, target) => ((Exponential.Exp(value - maximum) / sum) - target) / 1f)];

            Expect.SameBits(OfRow(x, t).Gradient, expected, $"{columns} columns");
        }
    }

    private static (double Loss, float[] Gradient) OfRow(float[] logits, float[] targets)
    {
        double[] losses = new double[1];
        float[] gradient = new float[logits.Length];
        SoftmaxCrossEntropyKernel.Forward(1, logits.Length, logits.Length, logits, targets, losses);
        SoftmaxCrossEntropyKernel.Backward(1, logits.Length, logits.Length, logits, targets, 1f, gradient);
        return (losses[0], gradient);
    }
}
