using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>
/// The products of a transposed B, and those that pass each sum through an epilogue: the scalar chain, then the scalar
/// epilogue, bit for bit. k reaches past one block and past two.
/// </summary>
public sealed class GemmEpilogueTests
{
    private const float Rate = 0.37f;
    private static readonly int[] Heights = [0, 1, 2, 3, 4, 5, 6, 7, 13, 25];
    private static readonly int[] Widths = [0, 1, 3, 4, 7, 8, 9, 12, 15, 16, 17, 24, 31, 33, 65, 100];
    private static readonly int[] Depths = [0, 1, 2, 7, 64, 321, 700];

    [Test]
    public void MultiplyTransposedB_OfEveryShape_HasTheBitsOfTheScalarChain([ValueSource(nameof(Depths))] int k) => ForEveryShape(k, (m, n, source, context) =>
    {
        GuardedMatrix a = Matrix(m, k, source);
        GuardedMatrix b = Matrix(n, k, source);
        GuardedMatrix c = Matrix(m, n, () => float.NaN);
        Gemm.MultiplyTransposedB(m, n, k, a.Span, a.Stride, b.Span, b.Stride, c.Span, c.Stride);
        AssertSame(c, ChainOfTransposedB(a, b), context);
    });

    [Test]
    public void MultiplyTransposedBReluGradient_OfEveryShape_HasTheBitsOfTheScalarChain([ValueSource(nameof(Depths))] int k) => ForEveryShape(k, (m, n, source, context) =>
    {
        GuardedMatrix a = Matrix(m, k, source);
        GuardedMatrix b = Matrix(n, k, source);
        GuardedMatrix y = Matrix(m, n, source);
        GuardedMatrix c = Matrix(m, n, () => float.NaN);
        Gemm.MultiplyTransposedBReluGradient(m, n, k, a.Span, a.Stride, b.Span, b.Stride, y.Span, y.Stride, c.Span, c.Stride);
        AssertSame(c, [.. ChainOfTransposedB(a, b).Zip(y.ToDense(), (sum, output) => output <= 0f ? 0f : sum)], context);
    });

    [Test]
    public void MultiplyAddBiasRelu_OfEveryShape_HasTheBitsOfTheScalarChain([ValueSource(nameof(Depths))] int k) => ForEveryShape(k, (m, n, source, context) =>
    {
        GuardedMatrix a = Matrix(m, k, source);
        GuardedMatrix b = Matrix(k, n, source);
        var bias = new GuardedMatrix(n, source);
        GuardedMatrix c = Matrix(m, n, () => float.NaN);
        Gemm.MultiplyAddBiasRelu(m, n, k, a.Span, a.Stride, b.Span, b.Stride, bias.Span, c.Span, c.Stride);
        float[] expected = new float[m * n];
        ScalarChains.MultiplyAddBias(m, n, k, a.Span, a.Stride, b.Span, b.Stride, bias.Span, expected, n);
        AssertSame(c, [.. expected.Select(sum => sum <= 0f ? 0f : sum)], context);
    });

    [Test]
    public void MultiplyTransposedAUpdate_OfEveryShape_HasTheBitsOfTheScalarChain([ValueSource(nameof(Depths))] int k) => ForEveryShape(k, (m, n, source, context) =>
    {
        GuardedMatrix a = Matrix(k, m, source);
        GuardedMatrix b = Matrix(k, n, source);
        GuardedMatrix weights = Matrix(m, n, source);
        float[] expected = new float[m * n];
        ScalarChains.MultiplyTransposedA(m, n, k, a.Span, a.Stride, b.Span, b.Stride, expected, n);
        expected = [.. expected.Zip(weights.ToDense(), (sum, weight) => MathF.FusedMultiplyAdd(-Rate, sum, weight))];
        Gemm.MultiplyTransposedAUpdate(m, n, k, a.Span, a.Stride, b.Span, b.Stride, Rate, weights.Span, weights.Stride);
        AssertSame(weights, expected, context);
    });

    [Test]
    public void SumRowsUpdate_OfEveryShape_HasTheBitsOfTheScalarChain([ValueSource(nameof(Depths))] int k) => ForEveryShape(k, (m, n, source, context) =>
    {
        GuardedMatrix b = Matrix(k, n, source);
        var bias = new GuardedMatrix(n, source);
        float[] expected = new float[n];
        ScalarChains.SumRows(n, k, b.Span, b.Stride, expected);
        expected = [.. expected.Zip(bias.ToDense(), (sum, value) => MathF.FusedMultiplyAdd(-Rate, sum, value))];
        Gemm.SumRowsUpdate(n, k, b.Span, b.Stride, Rate, bias.Span);
        AssertSame(bias, expected, context);
    });

    /// <summary>Rows so far apart that panels of B are copied: the same bits as from the scalar chain, for whole panels and for tails.</summary>
    [TestCase(64, 37, 320, 1024)]
    [TestCase(24, 16, 200, 4096)]
    [TestCase(31, 100, 900, 512)]
    public void Multiply_OfRowsFarApart_HasTheBitsOfTheScalarChain(int m, int n, int k, int stride)
    {
        Func<float> source = KernelTestData.Uniform(-1f, 1f);
        GuardedMatrix a = Matrix(m, k, source);
        var b = new GuardedMatrix(k, n, stride, source);
        GuardedMatrix c = Matrix(m, n, () => float.NaN);
        float[] expected = new float[m * n];
        ScalarChains.Multiply(m, n, k, a.Span, a.Stride, b.Span, b.Stride, expected, n);

        Assert.That(GemmBlocking.IsPacked(m, Math.Min(k, GemmBlocking.MaximumDepth), stride), Is.True);
        Gemm.Multiply(m, n, k, a.Span, a.Stride, b.Span, b.Stride, c.Span, c.Stride);
        AssertSame(c, expected, $"m={m} n={n} k={k} ldb={stride}");
    }

    [Test]
    public void Products_OfOperandsThatDoNotFit_AreRefused()
    {
        float[] small = new float[11];
        float[] memory = new float[40];
        Assert.Multiple(() =>
        {
            Assert.That(() => Gemm.MultiplyTransposedB(3, 4, 3, memory, 3, small, 3, new float[12], 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedB(3, 4, 3, small.AsSpan(0, 8), 3, memory, 3, new float[12], 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedB(3, 4, 3, memory, 3, memory, 2, new float[12], 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedB(3, 4, 3, memory, 3, memory, 3, small, 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedB(2, 2, 2, memory.AsSpan(0, 4), 2, memory.AsSpan(4, 4), 2, memory.AsSpan(6, 4), 2), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedBReluGradient(3, 4, 3, memory, 3, memory, 3, small, 4, new float[12], 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedBReluGradient(1, 4, 3, new float[3], 3, new float[12], 3, memory.AsSpan(0, 4), 4, memory.AsSpan(2, 4), 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyAddBiasRelu(3, 4, 3, memory, 3, memory, 4, new float[3], new float[12], 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedAUpdate(3, 4, 3, memory, 3, memory, 4, Rate, small, 4), Throws.ArgumentException);
            Assert.That(() => Gemm.MultiplyTransposedAUpdate(3, 4, 3, new float[9], 3, memory.AsSpan(0, 12), 4, Rate, memory.AsSpan(11, 12), 4), Throws.ArgumentException);
            Assert.That(() => Gemm.SumRowsUpdate(4, 3, memory, 4, Rate, new float[3]), Throws.ArgumentException);
        });
    }

    private static void ForEveryShape(int k, Action<int, int, Func<float>, string> test)
    {
        Func<float> ordinary = KernelTestData.Uniform(-1f, 1f, seed: (ulong)k + 1);
        Func<float> special = KernelTestData.WithSpecialValues(ordinary, seed: (ulong)k + 2, interval: Math.Max(2, k));
        foreach (int m in Heights)
        {
            foreach (int n in Widths)
            {
                test(m, n, ordinary, $"m={m} n={n} k={k}");
                test(m, n, special, $"m={m} n={n} k={k} with special values");
            }
        }
    }

    private static float[] ChainOfTransposedB(GuardedMatrix a, GuardedMatrix b)
    {
        float[] c = new float[a.Rows * b.Rows];
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < b.Rows; j++)
            {
                c[(i * b.Rows) + j] = ScalarChains.Chain(0f, a.Columns, a.Row(i), 1, b.Row(j), 1);
            }
        }
        return c;
    }

    private static GuardedMatrix Matrix(int rows, int columns, Func<float> source) => new(rows, columns, KernelTestData.OddStride(columns), source);

    private static void AssertSame(GuardedMatrix actual, float[] expected, string context)
    {
        Expect.SameBits(actual.ToDense(), expected, context);
        actual.AssertGuardsIntact(context);
    }
}
