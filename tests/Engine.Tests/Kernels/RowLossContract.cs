using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>What every loss must do: one number per row forward, a gradient of each output backward.</summary>
public abstract class RowLossContract
{
    private const float Divisor = 3f;

    protected abstract void Forward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses);

    protected abstract void Backward(
        int rows, int columns, int stride, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, float divisor, Span<float> dOutputs);

    /// <summary>The loss of one row in double precision.</summary>
    protected abstract double Reference(ReadOnlySpan<float> y, ReadOnlySpan<float> t);

    /// <summary>The gradient of one row in double precision.</summary>
    protected abstract void ReferenceGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY);

    /// <summary>The largest error of the loss of a row.</summary>
    protected abstract double LossTolerance(ReadOnlySpan<float> y, ReadOnlySpan<float> t);

    /// <summary>The largest error of one element of the gradient, before it is divided by columns and divisor.</summary>
    protected abstract double GradientTolerance(int columns, double y, double t);

    /// <summary>By what the derivative is divided.</summary>
    protected virtual double TotalDivisor(int columns) => columns * Divisor;

    /// <summary>Smallest and largest output to draw.</summary>
    protected virtual (float Low, float High) Outputs => (-5f, 5f);

    protected virtual Func<float> TargetSource(ulong seed) => KernelTestData.Uniform(0f, 1f, seed);

    private GuardedMatrix NewOutputs(int rows, int columns) =>
        new(rows, columns, KernelTestData.OddStride(columns), KernelTestData.Uniform(Outputs.Low, Outputs.High, (ulong)columns));

    private GuardedMatrix NewTargets(int rows, int columns) =>
        new(rows, columns, KernelTestData.OddStride(columns), TargetSource((ulong)(100 + columns)));

    [Test]
    public void Forward_AtEverySize_AgreesWithTheReferenceAndStaysInside()
    {
        foreach ((int rows, int columns) in Sizes())
        {
            string context = $"{rows} x {columns}";
            GuardedMatrix y = NewOutputs(rows, columns);
            GuardedMatrix t = NewTargets(rows, columns);
            double[] losses = new double[rows];
            Array.Fill(losses, double.NaN);

            Forward(rows, columns, y.Stride, y.Span, t.Span, losses);

            for (int i = 0; i < rows; i++)
            {
                double expected = Reference(y.Row(i), t.Row(i));
                double tolerance = LossTolerance(y.Row(i), t.Row(i));
                Assert.That(losses[i], Is.EqualTo(expected).Within(tolerance), $"{context}, row {i}");
            }
            y.AssertGuardsIntact(context);
            t.AssertGuardsIntact(context);
        }
    }

    [Test]
    public void Backward_AtEverySize_AgreesWithTheReferenceAndStaysInside()
    {
        foreach ((int rows, int columns) in Sizes())
        {
            string context = $"{rows} x {columns}";
            GuardedMatrix y = NewOutputs(rows, columns);
            GuardedMatrix t = NewTargets(rows, columns);
            var dY = new GuardedMatrix(rows, columns, y.Stride, () => -77f);

            Backward(rows, columns, y.Stride, y.Span, t.Span, Divisor, dY.Span);

            for (int i = 0; i < rows; i++)
            {
                double[] expected = new double[columns];
                double[] tolerance = new double[columns];
                ReferenceGradient(y.Row(i), t.Row(i), Divisor, expected);
                for (int j = 0; j < columns; j++)
                {
                    double beforeDivision = GradientTolerance(columns, y.Row(i)[j], t.Row(i)[j]);
                    tolerance[j] = (beforeDivision / TotalDivisor(columns)) + (2 * Expect.UnitRoundoff * Math.Abs(expected[j]));
                }
                Expect.Within(dY.Row(i), expected, tolerance, $"{context}, row {i}");
            }
            y.AssertGuardsIntact(context);
            t.AssertGuardsIntact(context);
            dY.AssertGuardsIntact(context);
        }
    }

    [Test]
    public void Backward_InPlaceOfTheOutputs_GivesTheSameBits()
    {
        foreach ((int rows, int columns) in Sizes())
        {
            GuardedMatrix y = NewOutputs(rows, columns);
            GuardedMatrix t = NewTargets(rows, columns);
            GuardedMatrix inPlace = y.Copy();
            var dY = new GuardedMatrix(rows, columns, y.Stride, () => -77f);

            Backward(rows, columns, y.Stride, y.Span, t.Span, Divisor, dY.Span);
            Backward(rows, columns, y.Stride, inPlace.Span, t.Span, Divisor, inPlace.Span);

            Expect.SameBits(inPlace.ToDense(), dY.ToDense(), $"{rows} x {columns}");
        }
    }

    [Test]
    public void Backward_ComparedWithDifferencesOfForward_IsTheDerivative()
    {
        const int columns = 19;
        const float step = 1f / 256;
        GuardedMatrix y = NewOutputs(1, columns);
        GuardedMatrix t = NewTargets(1, columns);
        float[] dY = new float[columns];
        Backward(1, columns, columns, y.Span, t.Span, 1f, dY);

        for (int j = 0; j < columns; j++)
        {
            double Loss(float change)
            {
                GuardedMatrix changed = y.Copy();
                changed.Span[j] += change;
                double[] loss = new double[1];
                Forward(1, columns, columns, changed.Span, t.Span, loss);
                return loss[0];
            }
            double slope = (Loss(step) - Loss(-step)) / (2 * step);
            Assert.That(dY[j], Is.EqualTo(slope).Within(2e-4 + (2e-3 * Math.Abs(slope))), $"element {j}");
        }
    }

    [Test]
    public void ForwardAndBackward_WhenAnOutputIsNaN_PassItOn([Values(0, 5, 36)] int at)
    {
        const int columns = 37;
        GuardedMatrix y = NewOutputs(1, columns);
        GuardedMatrix t = NewTargets(1, columns);
        y.Span[at] = float.NaN;
        double[] losses = new double[1];
        float[] dY = new float[columns];

        Forward(1, columns, columns, y.Span, t.Span, losses);
        Backward(1, columns, columns, y.Span, t.Span, 1f, dY);

        Assert.That(losses[0], Is.NaN);
        Assert.That(dY[at], Is.NaN);
    }

    [TestCase(2, 5, 5, 9, 10, 2, 10, TestName = "{m}(outputs too short)")]
    [TestCase(2, 5, 5, 10, 9, 2, 10, TestName = "{m}(targets too short)")]
    [TestCase(2, 5, 5, 10, 10, 3, 9, TestName = "{m}(losses too long, gradient too short)")]
    [TestCase(2, 5, 5, 10, 10, 1, 9, TestName = "{m}(losses and gradient too short)")]
    [TestCase(2, 5, 4, 10, 10, 2, 10, TestName = "{m}(stride below columns)")]
    [TestCase(-1, 5, 5, 10, 10, 0, 10, TestName = "{m}(negative rows)")]
    [TestCase(2, -1, 5, 10, 10, 2, 10, TestName = "{m}(negative columns)")]
    public void ForwardAndBackward_WhenASizeDoesNotFit_Throw(
        int rows, int columns, int stride, int outputs, int targets, int losses, int gradient)
    {
        float[] y = new float[outputs];
        float[] t = new float[targets];
        double[] loss = new double[losses];
        float[] dY = new float[gradient];

        Assert.That(() => Forward(rows, columns, stride, y, t, loss), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => Backward(rows, columns, stride, y, t, 1f, dY), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void Backward_WhenTheGradientOverlapsOutputsInPartOrTargetsAtAll_Throws()
    {
        float[] buffer = new float[30];
        float[] other = new float[10];

        Assert.That(() => Backward(2, 5, 5, buffer.AsSpan(0, 10), other, 1f, buffer.AsSpan(1, 10)), Throws.ArgumentException);
        Assert.That(() => Backward(2, 5, 5, other, buffer.AsSpan(0, 10), 1f, buffer.AsSpan(1, 10)), Throws.ArgumentException);
        Assert.That(() => Backward(2, 5, 5, other, buffer.AsSpan(0, 10), 1f, buffer.AsSpan(0, 10)), Throws.ArgumentException);
    }

    private static IEnumerable<(int Rows, int Columns)> Sizes() =>
        from rows in new[] { 0, 1, 3 }
        from columns in Enumerable.Range(0, KernelTestData.LongestLength + 1).Append(130)
        select (rows, columns);
}
