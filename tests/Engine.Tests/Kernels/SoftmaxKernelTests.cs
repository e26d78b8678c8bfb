using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class SoftmaxKernelTests
{
    /// <summary>Vectors of rows, whole ones and one filled in part, and rows left over, for each width of a vector.</summary>
    private const int Rows = 21;

    [Test]
    public void Forward_AtEverySize_AgreesWithTheReferenceAndStaysInside([Values(0, 1, 3, Rows)] int rows)
    {
        for (int columns = 0; columns <= KernelTestData.LongestLength; columns++)
        {
            string context = $"{rows} x {columns}";
            GuardedMatrix x = NewMatrix(rows, columns, 1);
            GuardedMatrix y = NewMatrix(rows, columns, 2);
            double[] expected = new double[x.Span.Length];
            ScalarKernels.Softmax(rows, columns, x.Stride, x.Span, expected);

            SoftmaxKernel.Forward(rows, columns, x.Stride, x.Span, y.Span);

            for (int i = 0; i < rows && columns > 0; i++)
            {
                // Roundings: one for each term of the sum, and a few in exp, in x − max, which exp magnifies by up to 12, and in the quotient.
                ReadOnlySpan<double> row = expected.AsSpan(i * x.Stride, columns);
                Expect.Within(y.Row(i), row, Scaled(row, (columns + 16) * Expect.UnitRoundoff), $"{context}, row {i}");
            }
            x.AssertGuardsIntact(context);
            y.AssertGuardsIntact(context);
        }
    }

    [Test]
    public void Backward_AtEverySize_AgreesWithTheReferenceAndStaysInside([Values(0, 1, 3, Rows)] int rows)
    {
        for (int columns = 0; columns <= KernelTestData.LongestLength; columns++)
        {
            string context = $"{rows} x {columns}";
            GuardedMatrix y = NewProbabilities(rows, columns);
            GuardedMatrix dY = NewMatrix(rows, columns, 2);
            GuardedMatrix dX = NewMatrix(rows, columns, 3);
            double[] expected = new double[y.Span.Length];
            ScalarKernels.SoftmaxBackward(rows, columns, y.Stride, y.Span, dY.Span, expected);

            SoftmaxKernel.Backward(rows, columns, y.Stride, y.Span, dY.Span, dX.Span);

            for (int i = 0; i < rows && columns > 0; i++)
            {
                // dY is at most 6, and so is its mean under y; both may cancel.
                double[] probabilities = [.. y.Row(i).ToArray().Select(value => (double)value)];
                double[] tolerance = Scaled(probabilities, (columns + 3) * 6 * Expect.UnitRoundoff);
                Expect.Within(dX.Row(i), expected.AsSpan(i * y.Stride, columns), tolerance, $"{context}, row {i}");
            }
            y.AssertGuardsIntact(context);
            dY.AssertGuardsIntact(context);
            dX.AssertGuardsIntact(context);
        }
    }

    [Test]
    public void ForwardAndBackward_ComparedWithTheFormulaInIndexOrder_GiveTheSameBits()
    {
        for (int columns = 1; columns <= KernelTestData.LongestLength; columns++)
        {
            GuardedMatrix x = NewMatrix(Rows, columns, 1);
            GuardedMatrix y = NewMatrix(Rows, columns, 2);
            GuardedMatrix dY = NewMatrix(Rows, columns, 3);
            GuardedMatrix dX = NewMatrix(Rows, columns, 4);

            SoftmaxKernel.Forward(Rows, columns, x.Stride, x.Span, y.Span);
            SoftmaxKernel.Backward(Rows, columns, y.Stride, y.Span, dY.Span, dX.Span);

            for (int i = 0; i < Rows; i++)
            {
                string context = $"{columns} columns, row {i}";
                float[] row = x.Row(i).ToArray();
                float[] probabilities = y.Row(i).ToArray();
                float[] gradient = dY.Row(i).ToArray();
                float[] exponentials = [.. row.Select(value => Exponential.Exp(value - row.Max()))];
                float sum = exponentials.Aggregate(0f, (sum, value) => sum + value);
                float dot = ScalarChains.Chain(0f, columns, gradient, 1, probabilities, 1);
                Expect.SameBits(probabilities, [.. exponentials.Select(value => value / sum)], $"{context}, forward");
                Expect.SameBits(dX.Row(i), [.. probabilities.Zip(gradient, (p, d) => p * (d - dot))], $"{context}, backward");
            }
        }
    }

    [Test]
    public void Maximum_AtEveryPlaceOfEveryLength_IsFoundAndNaNToo()
    {
        for (int length = 1; length <= KernelTestData.LongestLength; length++)
        {
            for (int place = 0; place < length; place++)
            {
                float[] row = NewMatrix(1, length, 1).ToDense();
                row[place] = 7f;
                Assert.That(SoftmaxKernel.Maximum(row), Is.EqualTo(7f), $"{length} elements, the largest at {place}");

                row[place] = float.NaN;
                Assert.That(SoftmaxKernel.Maximum(row), Is.NaN, $"{length} elements, NaN at {place}");
            }
        }
    }

    [Test]
    public void ForwardAndBackward_InPlace_GiveTheSameBits()
    {
        for (int columns = 0; columns <= KernelTestData.LongestLength; columns++)
        {
            GuardedMatrix x = NewMatrix(Rows, columns, 1);
            GuardedMatrix y = x.Copy();
            GuardedMatrix dY = NewMatrix(Rows, columns, 2);
            GuardedMatrix dX = dY.Copy();
            GuardedMatrix xInPlace = x.Copy();

            SoftmaxKernel.Forward(Rows, columns, x.Stride, x.Span, y.Span);
            SoftmaxKernel.Backward(Rows, columns, x.Stride, y.Span, dY.Span, dX.Span);
            SoftmaxKernel.Forward(Rows, columns, x.Stride, xInPlace.Span, xInPlace.Span);
            GuardedMatrix yInPlace = y.Copy();
            SoftmaxKernel.Backward(Rows, columns, x.Stride, yInPlace.Span, dY.Span, yInPlace.Span);
            SoftmaxKernel.Backward(Rows, columns, x.Stride, y.Span, dY.Span, dY.Span);

            Expect.SameBits(xInPlace.ToDense(), y.ToDense(), $"{columns} columns, forward");
            Expect.SameBits(yInPlace.ToDense(), dX.ToDense(), $"{columns} columns, backward in place of y");
            Expect.SameBits(dY.ToDense(), dX.ToDense(), $"{columns} columns, backward in place of dY");
        }
    }

    [TestCase(new[] { 1e30f, -1e30f, 1e30f }, new[] { 0.5f, 0f, 0.5f })]
    [TestCase(new[] { float.NegativeInfinity, 2f }, new[] { 0f, 1f })]
    [TestCase(new[] { float.PositiveInfinity, 2f }, new[] { float.NaN, 0f })]
    [TestCase(new[] { float.NegativeInfinity }, new[] { float.NaN })]
    [TestCase(new[] { 1f, float.NaN }, new[] { float.NaN, float.NaN })]
    [TestCase(new[] { 0f, -103f }, new[] { 1f, float.Epsilon })]
    public void Forward_OfSpecialLogits_IsAsInIeee(float[] logits, float[] expected)
    {
        // ∞ − ∞ is NaN: one such logit spoils the sum, and so every probability of the row.
        bool spoilt = expected.Any(float.IsNaN);
        float[] row = [.. expected.Select(value => spoilt ? float.NaN : value)];
        foreach (int rows in new[] { 1, Rows })
        {
            float[] x = [.. Enumerable.Repeat(logits, rows).SelectMany(values => values)];

            SoftmaxKernel.Forward(rows, logits.Length, logits.Length, x, x);

            Expect.SameBits(x, [.. Enumerable.Repeat(row, rows).SelectMany(values => values)], $"softmax, {rows} rows");
        }
    }

    [TestCase(2, 5, 5, 9, 10)]
    [TestCase(2, 5, 5, 10, 9)]
    [TestCase(2, 5, 4, 10, 10)]
    [TestCase(-1, 5, 5, 10, 10)]
    [TestCase(2, -1, 5, 10, 10)]
    public void ForwardAndBackward_WhenASizeDoesNotFit_Throw(int rows, int columns, int stride, int operand, int result)
    {
        float[] x = new float[operand];
        float[] y = new float[result];
        float[] dY = new float[10];

        Assert.That(() => SoftmaxKernel.Forward(rows, columns, stride, x, y), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => SoftmaxKernel.Backward(rows, columns, stride, x, dY, y), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => SoftmaxKernel.Backward(rows, columns, stride, dY, x, y), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void ForwardAndBackward_WhenTheSpansOverlapInPart_Throw()
    {
        float[] buffer = new float[30];
        float[] other = new float[10];

        Assert.That(() => SoftmaxKernel.Forward(2, 5, 5, buffer.AsSpan(0, 10), buffer.AsSpan(5, 10)), Throws.ArgumentException);
        Assert.That(() => SoftmaxKernel.Backward(2, 5, 5, buffer.AsSpan(0, 10), other, buffer.AsSpan(5, 10)), Throws.ArgumentException);
        Assert.That(() => SoftmaxKernel.Backward(2, 5, 5, other, buffer.AsSpan(0, 10), buffer.AsSpan(5, 10)), Throws.ArgumentException);
    }

    private static GuardedMatrix NewMatrix(int rows, int columns, ulong seed) =>
        new(rows, columns, KernelTestData.OddStride(columns), KernelTestData.Uniform(-6f, 6f, seed));

    private static GuardedMatrix NewProbabilities(int rows, int columns)
    {
        GuardedMatrix y = NewMatrix(rows, columns, 1);
        SoftmaxKernel.Forward(rows, columns, y.Stride, y.Span, y.Span);
        return y;
    }

    private static double[] Scaled(ReadOnlySpan<double> values, double factor) => [.. values.ToArray().Select(value => value * factor)];
}
