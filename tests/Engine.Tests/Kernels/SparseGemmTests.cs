using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>Products that skip zeros, against the scalar chain over all elements, bit for bit.</summary>
public sealed class SparseGemmTests
{
    private const float Rate = 0.05f;
    private static readonly int[] ImageCounts = [1, 2, 3, 31, 64, 65, 130];
    private static readonly int[] Inputs = [1, 63, 64, 65, 100, 129, 784];
    private static readonly int[] Outputs = [1, 10, 100, 104, 112, 200, 333];
    private static readonly double[] Densities = [0, 0.05, 0.3, 1];

    [Test]
    public void MultiplyAddBias_OfImages_HasTheBitsOfTheScalarChain([ValueSource(nameof(Inputs))] int inputs, [ValueSource(nameof(Outputs))] int outputs)
    {
        foreach (int images in ImageCounts.Where(count => count <= 65 || inputs < 784))
        {
            foreach (double density in Densities)
            {
                var problem = new Problem(images, inputs, outputs, density);
                float[] expected = new float[images * outputs];
                ScalarChains.MultiplyAddBias(images, outputs, inputs, problem.Dense, inputs, problem.Weights.Span, problem.Weights.Stride, problem.Bias, expected, outputs);

                GuardedMatrix plain = problem.Output();
                SparseGemm.MultiplyAddBias(problem.Columns, problem.Pixels, problem.Weights.Span, problem.Weights.Stride, problem.Bias, default(Plain), plain.Span, plain.Stride);
                problem.AssertSame(plain, expected, "plain");

                GuardedMatrix rectified = problem.Output();
                SparseGemm.MultiplyAddBias(problem.Columns, problem.Pixels, problem.Weights.Span, problem.Weights.Stride, problem.Bias, default(Rectify), rectified.Span, rectified.Stride);
                problem.AssertSame(rectified, [.. expected.Select(sum => sum <= 0f ? 0f : sum)], "rectified");
            }
        }
    }

    [Test]
    public void MultiplyAddBias_OfARowOfFloats_HasTheBitsOfTheScalarChain([ValueSource(nameof(Inputs))] int inputs, [ValueSource(nameof(Outputs))] int outputs)
    {
        foreach (double density in Densities)
        {
            var problem = new Problem(1, inputs, outputs, density);
            float[] row = [.. problem.Dense.Select((value, i) => value == 0f && i % 2 == 1 ? -0f : value - (i % 3 == 0 ? 2 * value : 0f))];
            ulong[] mask = new ulong[NonZeroMask.Words(inputs)];
            NonZeroMask.Of(row, mask);
            float[] expected = new float[outputs];
            ScalarChains.MultiplyAddBias(1, outputs, inputs, row, inputs, problem.Weights.Span, problem.Weights.Stride, problem.Bias, expected, outputs);

            GuardedMatrix c = problem.Output();
            SparseGemm.MultiplyAddBias(problem.Columns, mask, row, problem.Weights.Span, problem.Weights.Stride, problem.Bias, default(Plain), c.Span);
            problem.AssertSame(c, expected, "row");
        }
    }

    [Test]
    public void MultiplyTransposedAUpdate_OfImages_HasTheBitsOfTheScalarChain([ValueSource(nameof(Inputs))] int inputs, [ValueSource(nameof(Outputs))] int outputs)
    {
        foreach (int images in ImageCounts.Where(count => count <= 65 || inputs < 784))
        {
            foreach (double density in Densities)
            {
                var problem = new Problem(images, inputs, outputs, density);
                GuardedMatrix gradient = problem.Output(KernelTestData.Uniform(-1f, 1f, seed: 9));
                float[] expected = new float[inputs * outputs];
                ScalarChains.MultiplyTransposedA(inputs, outputs, images, problem.Dense, inputs, gradient.Span, gradient.Stride, expected, outputs);
                for (int i = 0; i < expected.Length; i++)
                {
                    expected[i] = MathF.FusedMultiplyAdd(-Rate, expected[i], problem.Weights.Row(i / outputs)[i % outputs]);
                }

                ulong[] scratch = new ulong[SparseGemm.ScratchWords(images)];
                Random.Shared.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(scratch.AsSpan()));
                for (int word = 0; word < NonZeroMask.Words(inputs); word++)
                {
                    SparseGemm.MultiplyTransposedAUpdate(
                        problem.Columns, problem.Pixels, word, gradient.Span, gradient.Stride, Rate, problem.Weights.Span, problem.Weights.Stride, scratch);
                }
                problem.AssertSame(problem.Weights, expected, "update");
            }
        }
    }

    /// <summary>Images in any order, one of them twice, somewhere in a larger array; weights with zeros of both signs and denormals.</summary>
    private sealed class Problem
    {
        private readonly byte[] _memory;
        private readonly nint[] _offsets;
        private readonly ulong[] _masks;
        private readonly string _context;
        private readonly int _outputs;

        public Problem(int images, int inputs, int outputs, double density)
        {
            _context = $"{images} images of {inputs} pixels, {outputs} outputs, density {density}";
            _outputs = outputs;
            var random = new Random(images + inputs + outputs);
            _memory = [.. Enumerable.Range(0, (images + 1) * (inputs + 3)).Select(_ => random.NextDouble() < density ? (byte)random.Next(1, 256) : (byte)0)];
            _offsets = [.. Enumerable.Range(0, images).Select(i => (nint)((images - i - (i == 1 ? 1 : 0)) * (inputs + 3)))];
            int words = NonZeroMask.Words(inputs);
            _masks = new ulong[images * words];
            Dense = new float[images * inputs];
            for (int i = 0; i < images; i++)
            {
                ReadOnlySpan<byte> image = _memory.AsSpan((int)_offsets[i], inputs);
                NonZeroMask.Of(image, _masks.AsSpan(i * words, words));
                for (int p = 0; p < inputs; p++)
                {
                    Dense[(i * inputs) + p] = (float)(image[p] / 255.0);
                }
            }
            Inputs = inputs;
            Columns = RowLayout.PaddedColumns(outputs);
            Func<float> uniform = KernelTestData.Uniform(-1f, 1f, seed: 5);
            Func<float> weight = () => random.Next(12) switch { 0 => 0f, 1 => -0f, 2 => 1e-40f, _ => uniform() };
            Weights = Padded(inputs, weight);
            Bias = [.. Enumerable.Range(0, Columns).Select(j => j < outputs ? uniform() : 0f)];
        }

        public int Inputs { get; }

        /// <summary>The outputs, and zeros up to a whole vector.</summary>
        public int Columns { get; }

        public float[] Dense { get; }

        public GuardedMatrix Weights { get; }

        public float[] Bias { get; }

        public SparsePixels Pixels => new(_memory, _offsets, _masks, Inputs);

        public GuardedMatrix Output(Func<float>? value = null) => Padded(_offsets.Length, value ?? (() => float.NaN));

        public void AssertSame(GuardedMatrix actual, float[] expected, string what)
        {
            actual.AssertGuardsIntact($"{_context}: {what}");
            for (int i = 0; i < actual.Rows; i++)
            {
                Expect.SameBits(actual.Row(i)[.._outputs], expected.AsSpan(i * _outputs, _outputs), $"{_context}: {what}, row {i}");
            }
        }

        private GuardedMatrix Padded(int rows, Func<float> value)
        {
            int element = 0;
            return new GuardedMatrix(rows, Columns, Columns + 3, () => element++ % Columns < _outputs ? value() : 0f);
        }
    }
}
