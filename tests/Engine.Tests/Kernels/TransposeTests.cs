using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class TransposeTests
{
    [Test]
    public void Run_AtEverySize_AgreesWithTheReferenceAndStaysInside()
    {
        for (int rows = 0; rows <= KernelTestData.LongestLength; rows++)
        {
            for (int columns = 0; columns <= KernelTestData.LongestLength; columns++)
            {
                string context = $"{rows} x {columns}";
                float next = 0f;
                var source = new GuardedMatrix(rows, columns, KernelTestData.OddStride(columns), () => next++);
                var destination = new GuardedMatrix(columns, rows, rows + 4, () => -77f);
                double[] expected = new double[columns * rows];
                ScalarKernels.Transpose(rows, columns, source.Span, source.Stride, expected, rows);

                Transpose.Run(rows, columns, source.Span, source.Stride, destination.Span, destination.Stride);

                Expect.Ulps(destination.ToDense(), expected, 0, context);
                destination.AssertGuardsIntact(context);
                source.AssertGuardsIntact(context);
            }
        }
    }

    [TestCase(3, 2, 5, 2, 6, 3)]
    [TestCase(3, 2, 6, 2, 5, 3)]
    [TestCase(3, 2, 6, 1, 6, 3)]
    [TestCase(3, 2, 6, 2, 6, 2)]
    [TestCase(-3, 2, 6, 2, 6, 3)]
    [TestCase(3, -2, 6, 2, 6, 3)]
    public void Run_WhenASizeDoesNotFit_Throws(int rows, int columns, int source, int sourceStride, int destination, int destinationStride)
    {
        float[] from = new float[source];
        float[] to = new float[destination];

        Assert.That(() => Transpose.Run(rows, columns, from, sourceStride, to, destinationStride), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase(0)]
    [TestCase(5)]
    public void Run_WhenTheMatricesOverlap_Throws(int distance)
    {
        float[] buffer = new float[20];

        Assert.That(() => Transpose.Run(3, 2, buffer.AsSpan(0, 6), 2, buffer.AsSpan(distance, 6), 3), Throws.ArgumentException);
    }
}
