using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>Every product of every shape, m, n and k each one of <see cref="Sizes"/>, with rows packed and with gaps between.</summary>
/// <remarks>
/// The chain of an element knows neither m nor n. So one product by the scalar chain, as large as they come, has in its
/// corner what each smaller one must give, and the fifty thousand shapes cost little more than the calls of the kernel.
/// </remarks>
[TestFixture(GemmVariant.Multiply)]
[TestFixture(GemmVariant.MultiplyAdd)]
[TestFixture(GemmVariant.MultiplyAddBias)]
[TestFixture(GemmVariant.MultiplyAddBiasRelu)]
[TestFixture(GemmVariant.MultiplyTransposedA)]
[TestFixture(GemmVariant.MultiplyTransposedAUpdate)]
[TestFixture(GemmVariant.MultiplyTransposedB)]
[TestFixture(GemmVariant.MultiplyTransposedBReluGradient)]
[TestFixture(GemmVariant.SumRows)]
[TestFixture(GemmVariant.SumRowsUpdate)]
public sealed class GemmShapeTests(GemmVariant variant)
{
    private const int Largest = 65;

    /// <summary>Past two vectors of 512 bits and five tiles of rows one by one, then around four vectors.</summary>
    private static readonly int[] Sizes = [.. Enumerable.Range(0, 34), Largest - 2, Largest - 1, Largest];

    /// <summary>Where sums leave the ordinary numbers, the first steps show it; some processors take long over each.</summary>
    private static readonly int[] ShortSums = [.. Enumerable.Range(0, 9)];

    [Test]
    public void Product_OfOrdinaryNumbers_HasTheBitsOfTheScalarChain([ValueSource(nameof(Sizes))] int k) =>
        AssertEveryHeightAndWidth(k, KernelTestData.Uniform(-1f, 1f, seed: (ulong)k + 1));

    /// <summary>One special value for each k numbers: most sums of k products contain one or two and still are finite.</summary>
    [Test]
    public void Product_OfSpecialValues_HasTheBitsOfTheScalarChain([ValueSource(nameof(Sizes))] int k) =>
        AssertEveryHeightAndWidth(
            k, KernelTestData.WithSpecialValues(KernelTestData.Uniform(-1f, 1f), seed: (ulong)k + 1, interval: Math.Max(2, k)));

    [Test]
    public void Product_OfDenormalTermsAndSignedZeros_HasTheBitsOfTheScalarChain([ValueSource(nameof(ShortSums))] int k)
    {
        Func<float> source = KernelTestData.Uniform(-1f, 1f, seed: (ulong)k + 1);
        AssertEveryHeightAndWidth(
            k,
            () =>
            {
                float value = source();
                return value * (MathF.Abs(value) < 0.3f ? 0f : 1e-21f);
            });
    }

    /// <summary>More rows than a block has: several blocks of them, of k, and of columns where panels are copied.</summary>
    [TestCase(200, 35, 2100)]
    [TestCase(200, 35, 1024)]
    [TestCase(1100, 35, 65)]
    [TestCase(320, 517, 1100, Description = "copies of panels that two blocks of rows share")]
    [TestCase(320, 200, 1000, Description = "blocks of the transposed A as deep as they become, copied")]
    [TestCase(420, 1667, 160, Description = "more copies than there is memory for, and blocks of few rows")]
    public void Product_OfManyRows_HasTheBitsOfTheScalarChain(int m, int n, int k)
    {
        int rows = GemmProblem.HasOneRow(variant) ? 1 : m;
        Assert.That(m, Is.GreaterThan((int)GemmBlocking.Rows(m, n, Math.Min(k, GemmBlocking.MaximumDepth<Vector<float>>()))), "one block would do");
        var problem = new GemmProblem(variant, rows, n, k, KernelTestData.Uniform(-1f, 1f)).Corner(rows, n, gap: 3);
        Expect.SameBits(problem.RunKernel(), problem.RunChain(), $"{problem}");
    }

    /// <summary>Rows of B far apart, in whole pages or not: panels are copied, one and two vectors wide, by the first of two tiles and more.</summary>
    [Test]
    public void Product_OfRowsFarApart_HasTheBitsOfTheScalarChain(
        [Values(12, 13, 17, 18, 19, 24, 25, 31)] int m, [Values(17, 35, 53)] int n, [Values(1024, 1040, 4112)] int stride)
    {
        const int K = 150;
        Assert.That(GemmBlocking.IsPacked<Vector<float>>(m, K, stride), Is.EqualTo(m >= (stride == 1024 ? 12 : 18)));
        int rows = GemmProblem.HasOneRow(variant) ? 1 : m;
        var problem = new GemmProblem(variant, rows, n, K, KernelTestData.Uniform(-1f, 1f), _ => stride);
        float[] expected = problem.RunChain();
        Expect.SameBits(problem.RunLoops<Vector<float>>(), expected, $"{problem}");
        Expect.SameBits(problem.RunLoops<Vector512<float>>(), expected, $"{problem}, 512 bits");
    }

    /// <summary>Few rows of A against many of B and long sums: A·Bᵀ is then computed the other way round, in blocks of B's rows and of k.</summary>
    [Test]
    public void Product_OfFewRows_HasTheBitsOfTheScalarChain([Values(1, 2, 3, 5)] int vectors, [Values(0, 1)] int idleLanes, [Values(200, 2100)] int k) =>
        AssertTheOtherWayRound((vectors * Hardware.VectorLanes) - idleLanes, 209, k);

    /// <summary>Few columns of C, so few rows of B: the other way round at any height, and with any number of idle lanes.</summary>
    [Test]
    public void Product_OfFewColumns_HasTheBitsOfTheScalarChain([Values(1, 7, 8, 9, 16, 17, 24, 25, 40)] int m, [Values(97, 2100)] int k) =>
        AssertTheOtherWayRound(m, 3, k);

    /// <summary>Few steps of k: more than one block of columns.</summary>
    [Test]
    public void Product_OfFewSteps_HasTheBitsOfTheScalarChain([Values(1, 2, 7, 64)] int m, [Values(64, 200, 521)] int n, [Values(1, 10, 16)] int k)
    {
        Assert.That(GemmFewSteps.Suits(n, k), "not computed so");
        int rows = GemmProblem.HasOneRow(variant) ? 1 : m;
        var problem = new GemmProblem(variant, rows, n, k, KernelTestData.Uniform(-1f, 1f)).Corner(rows, n, gap: 3);
        Expect.SameBits(problem.RunKernel(), problem.RunChain(), $"{problem}");
    }

    /// <summary>Four columns more than whole vectors of 16: tiles of both heights, a last one that starts further up, blocks of k; also what C held before, which no row may be computed from twice.</summary>
    [Test]
    public void Product_WithFourColumnsLeftOver_HasTheBitsOfTheScalarChain([Values(20, 100)] int n, [Values(0, 1, 5, 64, 600)] int k)
    {
        foreach (int m in Enumerable.Range(16, 34))
        {
            Assert.That(GemmFewColumns.Suits(m, n, Vector512<float>.Count), Is.EqualTo(Avx512F.IsSupported), "not computed so");
            int rows = GemmProblem.HasOneRow(variant) ? 1 : m;
            var problem = new GemmProblem(variant, rows, n, k, KernelTestData.Uniform(-1f, 1f)).Corner(rows, n, gap: 3);
            float[] expected = problem.RunChain();
            Expect.SameBits(problem.RunKernel(), expected, $"{problem}");
            Expect.SameBits(problem.RunLoops<Vector512<float>>(), expected, $"{problem}, 512 bits");
        }
    }

    /// <summary>The same in parts of the rows, with blocks of k that are as deep as they become, and where a block of Aᵀ has been copied.</summary>
    [TestCase(209, 20, 256)]
    [TestCase(209, 20, 257)]
    [TestCase(209, 20, 512)]
    [TestCase(209, 20, 513)]
    [TestCase(209, 100, 1025)]
    [TestCase(784, 132, 128)]
    [TestCase(784, 132, 130)]
    [TestCase(100, 132, 1000)]
    public void Product_WithFourColumnsLeftOverOfManyRows_HasTheBitsOfTheScalarChain(int m, int n, int k)
    {
        int rows = GemmProblem.HasOneRow(variant) ? 1 : m;
        var problem = new GemmProblem(variant, rows, n, k, KernelTestData.Uniform(-1f, 1f));
        float[] expected = problem.RunChain();
        Expect.SameBits(problem.RunLoops<Vector<float>>(), expected, $"{problem}");
        Expect.SameBits(problem.RunLoops<Vector512<float>>(), expected, $"{problem}, 512 bits");
    }

    private void AssertTheOtherWayRound(int m, int n, int k)
    {
        Assert.That(GemmFewRows.Suits(m, n, k), "not computed so");
        int rows = GemmProblem.HasOneRow(variant) ? 1 : m;
        var problem = new GemmProblem(variant, rows, n, k, KernelTestData.Uniform(-1f, 1f)).Corner(rows, n, gap: 3);
        Expect.SameBits(problem.RunKernel(), problem.RunChain(), $"{problem}");
    }

    private void AssertEveryHeightAndWidth(int k, Func<float> source)
    {
        int[] heights = GemmProblem.HasOneRow(variant) ? [1] : Sizes;
        var whole = new GemmProblem(variant, heights[^1], Largest, k, source);
        float[] expected = whole.RunChain();

        foreach (int m in heights)
        {
            foreach (int n in Sizes)
            {
                AssertCorner(whole.Corner(m, n, gap: 0), expected, m, n);
                AssertCorner(whole.Corner(m, n, gap: 3), expected, m, n);
            }
        }
    }

    private static void AssertCorner(GemmProblem problem, float[] expected, int m, int n)
    {
        float[] actual = problem.RunKernel();
        for (int i = 0; i < m; i++)
        {
            ReadOnlySpan<float> actualRow = actual.AsSpan(i * n, n);
            ReadOnlySpan<float> expectedRow = expected.AsSpan(i * Largest, n);
            if (!MemoryMarshal.Cast<float, int>(actualRow).SequenceEqual(MemoryMarshal.Cast<float, int>(expectedRow)))
            {
                Expect.SameBits(actualRow, expectedRow, $"{problem}, row {i}");
            }
        }
    }
}
