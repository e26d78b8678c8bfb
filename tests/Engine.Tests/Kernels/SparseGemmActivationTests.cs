using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>The sparse products of floats, of which a ReLU has made about half zero: forward, back and update against the scalar chains that skip zeros, bit for bit.</summary>
public sealed class SparseGemmActivationTests
{
    private const float Rate = 0.37f;
    private static readonly int[] Widths = [.. new[] { 1, 8, 10, 64, 100, 104, 200, 512 }.Select(RowLayout.PaddedColumns).Distinct()];

    /// <summary>With a bias, forward, and without, back.</summary>
    [Test]
    public void Multiply_RowsOfFloats_HasTheBitsOfTheScalarChain(
        [Values(1, 2, 5, 66)] int rows, [Values(1, 63, 64, 65, 200)] int inputs, [Values(0, 3)] int gap, [Values(0.0, 0.5, 1.0)] double density, [Values] bool hasBias)
    {
        var a = new Activations(rows, inputs, gap, density);
        foreach (int n in Widths)
        {
            var weights = new GuardedMatrix(inputs, n, n + 5, KernelTestData.Uniform(-1f, 1f));
            var bias = new GuardedMatrix(n, hasBias ? KernelTestData.Uniform(-1f, 1f) : () => 0f);
            var c = new GuardedMatrix(rows, n, n + 8, () => float.NaN);
            float[] sums = new float[rows * n];
            ScalarSparse.MultiplyAddBias(rows, n, inputs, a.Values, a.Stride, weights.Span, weights.Stride, bias.Span, sums, n);

            if (hasBias)
            {
                SparseGemm.MultiplyAddBias(rows, n, inputs, a.Masks, a.Values, a.Stride, weights.Span, weights.Stride, bias.Span, rectify: false, c.Span, c.Stride);
            }
            else
            {
                SparseGemm.Multiply(rows, n, inputs, a.Masks, a.Values, a.Stride, weights.Span, weights.Stride, c.Span, c.Stride);
            }

            Expect.SameBits(c.ToDense(), sums, $"{rows} x {inputs}, width {n}, gap {gap}");
            c.AssertGuardsIntact($"{rows} x {inputs}, width {n}, gap {gap}");
        }
    }

    /// <summary>All rows of W, and some of them: threads share an update by rows, wherever a word of the masks ends.</summary>
    [Test]
    public void MultiplyTransposedAUpdate_SomeRowsOfFloats_HaveTheBitsOfTheScalarChain(
        [Values(1, 5, 64, 65, 130)] int rows, [Values(1, 63, 64, 65, 200)] int inputs, [Values(0, 3)] int gap, [Values(0.0, 0.5, 1.0)] double density)
    {
        var a = new Activations(rows, inputs, gap, density);
        foreach (int n in Widths)
        {
            var dOutput = new GuardedMatrix(rows, n, n + 5, KernelTestData.Uniform(-1f, 1f));
            var weights = new GuardedMatrix(inputs, n, n + 3, KernelTestData.Uniform(-1f, 1f));
            float[] gradient = new float[inputs * n];
            ScalarSparse.MultiplyTransposedAAdd(inputs, n, rows, a.Values, a.Stride, dOutput.Span, dOutput.Stride, gradient, n);
            float[] updated = weights.ToDense();
            ScalarSparse.Update(gradient, Rate, updated);
            foreach ((int first, int count) in new[] { (0, inputs), (0, inputs / 2), (inputs / 2, inputs - (inputs / 2)), (inputs - 1, 1) })
            {
                GuardedMatrix w = weights.Copy();
                float[] expected = weights.ToDense();
                updated.AsSpan(first * n, count * n).CopyTo(expected.AsSpan(first * n));
                ulong[] scratch = [.. Enumerable.Repeat(ulong.MaxValue, SparseGemm.ScratchWords(rows))];

                SparseGemm.MultiplyTransposedAUpdate(
                    first, count, n, rows, a.Masks, NonZeroMask.Words(inputs), a.Values, a.Stride, dOutput.Span, dOutput.Stride, Rate, w.Span, w.Stride, scratch);

                string context = $"{rows} x {inputs}, {count} from {first}, width {n}, gap {gap}";
                Expect.SameBits(w.ToDense(), expected, context);
                w.AssertGuardsIntact(context);
            }
        }
    }

    /// <summary>Rows of floats with their masks. What lies between the rows must not be read: it is NaN.</summary>
    private sealed class Activations
    {
        public Activations(int rows, int columns, int gap, double density)
        {
            var random = new Random(rows + columns);
            Stride = columns + gap;
            Values = [.. Enumerable.Repeat(float.NaN, rows * Stride)];
            int words = NonZeroMask.Words(columns);
            Masks = new ulong[rows * words];
            for (int row = 0; row < rows; row++)
            {
                Span<float> values = Values.AsSpan(row * Stride, columns);
                foreach (ref float value in values)
                {
                    value = random.NextDouble() < density ? (float)random.NextDouble() - 0.5f : 0f;
                }
                ScalarSparse.NonZeroMask(values).CopyTo(Masks, row * words);
            }
        }

        public float[] Values { get; }

        public int Stride { get; }

        public ulong[] Masks { get; }
    }
}
