using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>
/// The sparse products at every width of a panel, against the scalar chain that skips zeros, bit for bit, and against the dense product.
/// </summary>
/// <remarks>
/// The chain of an element knows neither how many images nor how many outputs there are. So one product by the scalar chain,
/// as large as they come, has in its corner what each smaller one must give. The dense product may differ from it in the sign
/// of a zero: fma(0, b, −0) is 0 where skipping leaves −0.
/// </remarks>
public sealed class SparseGemmShapeTests
{
    private const float Rate = 0.37f;
    private const int MostImages = 200;

    private static readonly int[] Images = [.. Enumerable.Range(1, 9), 31, 32, 63, 64, 65, 127, 128, 129, MostImages];

    private static readonly int[] Inputs = [1, 63, 64, 65, 100, 128, 784];

    private static readonly double[] Densities = [0, 0.05, 0.2, 0.5, 1];

    /// <summary>Padded: the widths that networks have, one panel of every width, two panels, and three.</summary>
    private static readonly int[] Widths =
    [
        .. new[] { 1, 8, 10, 100, 104, 112, 200, 512 }.Select(RowLayout.PaddedColumns)
            .Concat(Enumerable.Range(1, SparseMicroKernel.MaximumVectors + 1).Select(vectors => vectors * VectorWidth.Lanes))
            .Append(((2 * SparseMicroKernel.MaximumVectors) + 1) * VectorWidth.Lanes)
            .Distinct().Order(),
    ];

    private static int Widest => Widths[^1];

    [Test]
    public void MultiplyAddBias_OfImages_HasTheBitsOfTheScalarChain(
        [ValueSource(nameof(Inputs))] int inputs, [ValueSource(nameof(Densities))] double density)
    {
        var images = new SparseImages(MostImages, inputs, density);
        var weights = new GuardedMatrix(inputs, Widest, Widest, NewWeights());
        var bias = new GuardedMatrix(Widest, NewWeights());
        float[] sums = new float[MostImages * Widest];
        ScalarSparse.MultiplyAddBias(MostImages, Widest, inputs, images.Values, inputs, weights.Span, Widest, bias.Span, sums, Widest);
        float[] rectified = [.. sums.Select(ScalarChains.Relu)];

        float[] dense = new float[MostImages * Widest];
        Gemm.MultiplyAddBias(MostImages, Widest, inputs, images.Values, inputs, weights.Span, Widest, bias.Span, dense, Widest);
        AssertSameButForZeros(sums, dense, $"{inputs} inputs, density {density}, dense");

        foreach (int n in Widths)
        {
            GuardedMatrix b = weights.Corner(inputs, n, n + 5);
            GuardedMatrix start = bias.Corner(1, n, n);
            foreach (int rows in Images)
            {
                string context = $"{rows} images, {inputs} inputs, density {density}, width {n}";
                var c = new GuardedMatrix(rows, n, n + 3, () => float.NaN);

                SparseGemm.MultiplyAddBias(0, rows, n, images.Blocks, b.Span, b.Stride, start.Span, rectify: false, c.Span, c.Stride);
                AssertCorner(c, sums, Widest, context);

                SparseGemm.MultiplyAddBias(0, rows, n, images.Blocks, b.Span, b.Stride, start.Span, rectify: true, c.Span, c.Stride);
                AssertCorner(c, rectified, Widest, $"{context}, rectified");

                ReadOnlySpan<ulong> masks = images.Masks.AsSpan(0, rows * NonZeroMask.Words(inputs));
                ReadOnlySpan<byte> pixels = images.Pixels.AsSpan(0, rows * inputs);
                SparseGemm.MultiplyAddBias(rows, n, inputs, masks, pixels, b.Span, b.Stride, start.Span, rectify: false, c.Span, c.Stride);
                AssertCorner(c, sums, Widest, $"{context}, not in blocks");
            }
        }
    }

    /// <summary>Threads share a product by rows.</summary>
    [Test]
    public void MultiplyAddBias_OfASliceOfImages_HasTheBitsOfTheWhole()
    {
        const int rows = 13;
        const int inputs = 130;
        int n = RowLayout.PaddedColumns(20);
        var images = new SparseImages(rows, inputs, density: 0.2);
        var weights = new GuardedMatrix(inputs, n, n, NewWeights());
        var bias = new GuardedMatrix(n, NewWeights());
        float[] sums = new float[rows * n];
        ScalarSparse.MultiplyAddBias(rows, n, inputs, images.Values, inputs, weights.Span, n, bias.Span, sums, n);

        for (int first = 0; first <= rows; first++)
        {
            for (int count = 0; first + count <= rows; count++)
            {
                var c = new GuardedMatrix(count, n, n, () => float.NaN);

                SparseGemm.MultiplyAddBias(first, count, n, images.Blocks, weights.Span, n, bias.Span, rectify: false, c.Span, n);

                AssertCorner(c, sums.AsSpan(first * n), n, $"{count} images from {first}");
            }
        }
    }

    [Test]
    public void MultiplyAddBias_OfARowOfFloats_HasTheBitsOfTheScalarChain(
        [ValueSource(nameof(Inputs))] int inputs, [ValueSource(nameof(Densities))] double density)
    {
        var random = new SplitMix64((ulong)inputs);
        Func<float> source = KernelTestData.Uniform(-1f, 1f);
        float[] values = [.. Enumerable.Range(0, inputs).Select(i => random.NextDouble() < density ? source() : i % 2 == 0 ? 0f : -0f)];

        AssertRowOfFloats(values, $"density {density}");
    }

    /// <summary>NaN, infinities and denormals are not zero.</summary>
    [Test]
    public void MultiplyAddBias_OfARowWithOneSpecialValue_HasTheBitsOfTheScalarChain(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, float.MaxValue)] float value,
        [Values(1, 63, 64, 65, 100)] int inputs)
    {
        foreach (int position in new[] { 0, inputs / 2, inputs - 1 })
        {
            float[] values = [.. Enumerable.Repeat(-0f, inputs)];
            values[position] = value;

            AssertRowOfFloats(values, $"{value} at {position}");
        }
    }

    [Test]
    public void MultiplyTransposedAUpdate_OfEveryWord_HasTheBitsOfTheScalarChain(
        [ValueSource(nameof(Inputs))] int inputs, [ValueSource(nameof(Densities))] double density)
    {
        var images = new SparseImages(MostImages, inputs, density);
        var dOutput = new GuardedMatrix(MostImages, Widest, Widest, NewWeights());
        var weights = new GuardedMatrix(inputs, Widest, Widest, NewWeights());
        float[] gradient = new float[inputs * Widest];
        int added = 0;
        foreach (int rows in Images)
        {
            // The chains go on from where they were with fewer images.
            ScalarSparse.MultiplyTransposedAAdd(
                inputs, Widest, rows - added, images.Values.AsSpan(added * inputs), inputs, dOutput.Span[(added * Widest)..], Widest, gradient, Widest);
            added = rows;
            float[] expected = weights.ToDense();
            ScalarSparse.Update(gradient, Rate, expected);

            float[] dense = weights.ToDense();
            Gemm.MultiplyTransposedAUpdate(inputs, Widest, rows, images.Values, inputs, dOutput.Span, Widest, Rate, dense, Widest);
            AssertSameButForZeros(expected, dense, $"{rows} images, {inputs} inputs, density {density}, dense");

            foreach (int n in Widths)
            {
                GuardedMatrix b = dOutput.Corner(rows, n, n + 5);
                GuardedMatrix w = weights.Corner(inputs, n, n + 3);
                ulong[] scratch = [.. Enumerable.Repeat(ulong.MaxValue, SparseGemm.ScratchWords(rows))];

                for (int word = 0; word < NonZeroMask.Words(inputs); word++)
                {
                    SparseGemm.MultiplyTransposedAUpdate(n, 0, rows, images.Blocks, word, b.Span, b.Stride, Rate, default, w.Span, w.Stride, scratch);
                }

                AssertCorner(w, expected, Widest, $"{rows} images, {inputs} inputs, density {density}, width {n}");
            }
        }
    }

    /// <summary>The first images' part of the gradient summed earlier, and the rest with the update.</summary>
    [Test]
    public void MultiplyTransposedAUpdate_AfterSums_HasTheBitsOfTheScalarChain(
        [Values(1, 64, 65, 100)] int inputs, [Values(2, 64, 65, 130)] int rows, [ValueSource(nameof(Densities))] double density)
    {
        foreach (int n in new[] { 8, 100, 104, 200 }.Select(RowLayout.PaddedColumns))
        {
            var images = new SparseImages(rows, inputs, density);
            var dOutput = new GuardedMatrix(rows, n, n + 5, NewWeights());
            var weights = new GuardedMatrix(inputs, n, n + 3, NewWeights());
            float[] gradient = new float[inputs * n];
            ScalarSparse.MultiplyTransposedAAdd(inputs, n, rows, images.Values, inputs, dOutput.Span, dOutput.Stride, gradient, n);
            float[] expected = weights.ToDense();
            ScalarSparse.Update(gradient, Rate, expected);
            foreach (int first in new[] { 1, rows / 2, rows - 1 })
            {
                GuardedMatrix w = weights.Copy();
                var sums = new GuardedMatrix(inputs, n, n + 3, () => float.NaN);
                ulong[] scratch = [.. Enumerable.Repeat(ulong.MaxValue, SparseGemm.ScratchWords(rows))];
                for (int word = 0; word < NonZeroMask.Words(inputs); word++)
                {
                    SparseGemm.MultiplyTransposedA(n, first, rows, images.Blocks, word, dOutput.Span, dOutput.Stride, sums.Span, sums.Stride, scratch);
                    SparseGemm.MultiplyTransposedAUpdate(
                        n, first, rows - first, images.Blocks, word, dOutput.Span, dOutput.Stride, Rate, sums.Span, w.Span, w.Stride, scratch);
                }
                AssertCorner(w, expected, n, $"{rows} images, {first} before, {inputs} inputs, density {density}, width {n}");
                sums.AssertGuardsIntact($"{rows} images, {first} before, {inputs} inputs, width {n}");
            }
        }
    }

    /// <summary>The margins of images: neither sums nor weights of pixels that no image has are looked at, but those of a pixel that only an image of either part has.</summary>
    [Test]
    public void MultiplyTransposedA_OfPixelsThatNoImageHas_TouchesNothing([Values(3, 64, 66, 130)] int rows, [Values(1, 8, 100)] int columns, [Values(99, 100)] int inputs)
    {
        int n = RowLayout.PaddedColumns(columns);
        int first = rows / 2;
        byte[] pixels = new byte[rows * inputs];
        (int Pixel, int Image)[] used = [(2, 0), (5, rows - 1), (6, 0), (6, rows - 1), (63, first), (64, first - 1), (inputs - 2, rows - 1)];
        foreach ((int pixel, int image) in used)
        {
            pixels[(image * inputs) + pixel] = (byte)(pixel + 1);
        }
        var images = new PixelBlocks(rows, inputs);
        for (int image = 0; image < rows; image++)
        {
            images.Fill(image, pixels.AsSpan(image * inputs, inputs));
        }
        var dOutput = new GuardedMatrix(rows, n, n, KernelTestData.Uniform(-1f, 1f));
        var weights = new GuardedMatrix(inputs, n, n, KernelTestData.Uniform(-1f, 1f));
        float[] before = weights.ToDense(), expected = weights.ToDense();
        ScalarChains.MultiplyTransposedAUpdate(inputs, n, rows, [.. pixels.Select(pixel => pixel / 255f)], inputs, dOutput.Span, n, Rate, expected, n);
        var sums = new GuardedMatrix(inputs, n, n, () => float.NaN);
        ulong[] scratch = new ulong[SparseGemm.ScratchWords(rows)];
        for (int word = 0; word < NonZeroMask.Words(inputs); word++)
        {
            SparseGemm.MultiplyTransposedA(n, first, rows, images, word, dOutput.Span, n, sums.Span, n, scratch);
            SparseGemm.MultiplyTransposedAUpdate(n, first, rows - first, images, word, dOutput.Span, n, Rate, sums.Span, weights.Span, n, scratch);
        }
        AssertSameButForZeros(weights.ToDense(), expected, "weights");
        float[] summed = sums.ToDense(), updated = weights.ToDense();
        for (int pixel = 0; pixel < inputs; pixel++)
        {
            // Pixels may go in pairs.
            bool isUsed = used.Any(one => one.Pixel / 2 == pixel / 2);
            Range row = (pixel * n)..((pixel + 1) * n);
            Assert.That(updated[row].SequenceEqual(before[row]), Is.EqualTo(!used.Any(one => one.Pixel == pixel)), $"pixel {pixel}");
            Assert.That(summed[row].All(float.IsNaN), Is.EqualTo(!isUsed || (!Hardware.HasManyRegisters && used.All(one => one.Pixel != pixel))), $"sums of pixel {pixel}");
        }
    }

    /// <summary>Threads share the update by words.</summary>
    [Test]
    public void MultiplyTransposedAUpdate_OfOneWord_LeavesTheOtherRows([Values(64, 65, 100, 128, 200)] int inputs)
    {
        const int rows = 70;
        int n = RowLayout.PaddedColumns(20);
        var images = new SparseImages(rows, inputs, density: 0.5);
        var dOutput = new GuardedMatrix(rows, n, n, NewWeights());
        var weights = new GuardedMatrix(inputs, n, n + 3, NewWeights());
        float[] updated = weights.ToDense();
        ScalarChains.MultiplyTransposedAUpdate(inputs, n, rows, images.Values, inputs, dOutput.Span, n, Rate, updated, n);

        for (int word = 0; word < NonZeroMask.Words(inputs); word++)
        {
            GuardedMatrix w = weights.Copy();
            float[] expected = weights.ToDense();
            Range ofWord = (word * 64 * n)..(Math.Min((word + 1) * 64, inputs) * n);
            updated.AsSpan(ofWord).CopyTo(expected.AsSpan(ofWord));

            SparseGemm.MultiplyTransposedAUpdate(
                n, 0, rows, images.Blocks, word, dOutput.Span, n, Rate, default, w.Span, w.Stride, new ulong[SparseGemm.ScratchWords(rows)]);

            AssertSameButForZeros(w.ToDense(), expected, $"word {word} of {inputs} inputs");
            w.AssertGuardsIntact($"word {word} of {inputs} inputs");
        }
    }

    private static void AssertRowOfFloats(float[] values, string context)
    {
        int inputs = values.Length;
        ulong[] mask = ScalarSparse.NonZeroMask(values);
        foreach (int n in Widths)
        {
            string name = $"{inputs} inputs, width {n}, {context}";
            var weights = new GuardedMatrix(inputs, n, n + 5, NewWeights());
            var bias = new GuardedMatrix(n, NewWeights());
            var c = new GuardedMatrix(n, () => float.NaN);
            float[] sums = new float[n];
            float[] dense = new float[n];
            ScalarSparse.MultiplyAddBias(1, n, inputs, values, inputs, weights.Span, weights.Stride, bias.Span, sums, n);
            Gemm.MultiplyAddBias(1, n, inputs, values, inputs, weights.Span, weights.Stride, bias.Span, dense, n);

            SparseGemm.MultiplyAddBias(1, n, values.Length, mask, values, 0, weights.Span, weights.Stride, bias.Span, rectify: false, c.Span, n);
            AssertCorner(c, sums, n, name);
            AssertSameButForZeros(c.ToDense(), dense, $"{name}, dense");

            SparseGemm.MultiplyAddBias(1, n, values.Length, mask, values, 0, weights.Span, weights.Stride, bias.Span, rectify: true, c.Span, n);
            AssertCorner(c, [.. sums.Select(ScalarChains.Relu)], n, $"{name}, rectified");
        }
    }

    /// <summary>Finite numbers of both signs, among them zeros of both signs and denormals.</summary>
    private static Func<float> NewWeights()
    {
        Func<float> ordinary = KernelTestData.Uniform(-1f, 1f);
        var random = new SplitMix64(2);
        return () => random.NextInt(8) switch
        {
            0 => -0f,
            1 => float.Epsilon * (random.NextInt(2001) - 1000),
            _ => ordinary(),
        };
    }

    /// <summary>Requires the bits of the upper left corner of a matrix, and that nothing beside C was written.</summary>
    private static void AssertCorner(GuardedMatrix c, ReadOnlySpan<float> expected, int stride, string context)
    {
        for (int i = 0; i < c.Rows; i++)
        {
            Expect.SameBits(c.Row(i), expected.Slice(i * stride, c.Columns), context);
        }
        c.AssertGuardsIntact(context);
    }

    /// <summary>Requires the same bits, after −0 has become 0.</summary>
    private static void AssertSameButForZeros(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string context)
    {
        static float[] WithoutSigns(ReadOnlySpan<float> values)
        {
            float[] unsigned = values.ToArray();
            foreach (ref float value in unsigned.AsSpan())
            {
                value = value == 0f ? 0f : value;
            }
            return unsigned;
        }

        Expect.SameBits(WithoutSigns(actual), WithoutSigns(expected), context);
    }
}
