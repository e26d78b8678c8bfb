using CsCheck;
using Engine.Kernels;
using NUnit.Framework;
using NUnit.Framework.Constraints;

namespace Engine.Tests.Kernels;

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
public sealed class GemmTests(GemmVariant variant)
{
    private const int Longest = KernelTestData.LongestLength;

    [Test]
    public void Product_AtEverySize_AgreesWithTheReference()
    {
        foreach ((int m, int n, int k) in SizesAlongEachAxis().Concat(LargeSizes()).Where(Suits))
        {
            GemmProblem problem = NewProblem(m, n, k);

            Expect.Within(problem.RunKernel(), problem.RunReference(), problem.Tolerance(), problem.ToString());
        }
    }

    [Test]
    public void Product_AtEverySize_HasTheBitsOfTheScalarChain()
    {
        foreach ((int m, int n, int k) in SizesAlongEachAxis().Concat(SizesOfTwoAxes()).Concat(LargeSizes()).Where(Suits))
        {
            GemmProblem problem = NewProblem(m, n, k);

            Expect.SameBits(problem.RunKernel(), problem.RunChain(), problem.ToString());
        }
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(321)]
    public void Product_WithStridesThatLeaveNoGap_HasTheBitsOfTheScalarChain(int k)
    {
        foreach ((int m, int n) in new[] { (1, 1), (1, 67), (6, 16), (13, 37), (14, 64) }.Where(size => Suits((size.Item1, size.Item2, k))))
        {
            var problem = new GemmProblem(variant, m, n, k, KernelTestData.Uniform(-1f, 1f), columns => Math.Max(1, columns));

            Expect.SameBits(problem.RunKernel(), problem.RunChain(), problem.ToString());
        }
    }

    [Test]
    public void Product_OfSpecialValues_HasTheBitsOfTheScalarChain()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            foreach ((int m, int n, int k) in new[] { (1, 67, 3), (7, 41, 1), (8, 43, 3), (13, 37, 330) }.Where(Suits))
            {
                // Beyond a handful of special values every sum is NaN, so the long product gets overflow and cancellation only.
                Func<float> source = KernelTestData.EveryMagnitude((ulong)seed);
                source = k > 3 ? source : KernelTestData.WithSpecialValues(source, (ulong)seed);
                var problem = new GemmProblem(variant, m, n, k, source);

                Expect.SameBits(problem.RunKernel(), problem.RunChain(), problem.ToString());
            }
        }
    }

    /// <summary>All cases under one seed, in one iteration: that makes the random cases the same in every run.</summary>
    [Test]
    public void Product_OfRandomSizesStridesAndData_HasTheBitsOfTheScalarChain()
    {
        Gen<(int M, int N, int K, int Gap, ulong Seed)[]> cases = Gen.Select(
            Gen.Int[0, 40], Gen.Int[0, 90], Gen.Int[0, 700], Gen.Int[0, 40], Gen.ULong).Array[60];

        cases.Sample(
            all =>
            {
                foreach ((int m, int n, int k, int gap, ulong seed) in all)
                {
                    int rows = GemmProblem.HasOneRow(variant) ? 1 : m;
                    var problem = new GemmProblem(variant, rows, n, k, KernelTestData.EveryMagnitude(seed), columns => columns + gap);
                    Expect.SameBits(problem.RunKernel(), problem.RunChain(), $"{problem} seed={seed}");
                }
            },
            seed: "0000KxRWoLp4",
            iter: 1,
            threads: 1);
    }

    private GemmProblem NewProblem(int m, int n, int k) =>
        new(variant, m, n, k, KernelTestData.Uniform(-1f, 1f, (ulong)((m * 10_007) + (n * 101) + k)));

    private bool Suits((int M, int N, int K) size) => !GemmProblem.HasOneRow(variant) || size.M == 1;

    private static IEnumerable<(int M, int N, int K)> SizesAlongEachAxis()
    {
        for (int size = 0; size <= Longest; size++)
        {
            yield return (size, 19, 7);
            yield return (5, size, 7);
            yield return (1, size, 7);
            yield return (5, 19, size);
            yield return (1, 19, size);
            yield return (size, size, size);
        }
    }

    private static IEnumerable<(int M, int N, int K)> SizesOfTwoAxes()
    {
        for (int size = 0; size <= Longest; size++)
        {
            for (int other = 0; other <= Longest; other++)
            {
                yield return (size, other, 2);
                yield return (1, size, other);
            }
        }
    }

    /// <summary>k beyond one, two and several blocks; widths and heights with every kind of leftover.</summary>
    private static IEnumerable<(int M, int N, int K)> LargeSizes() =>
        from k in new[] { 255, 256, 257, 319, 320, 321, 640, 641, 700, 784, 1000 }
        from size in new[] { (1, 1), (1, 10), (1, 67), (1, 131), (2, 17), (6, 32), (7, 33), (13, 67), (25, 10) }
        select (size.Item1, size.Item2, k);
}

public sealed class GemmEdgeTests
{
    /// <summary>A product that fits (m 2, n 3, k 4), with one of its sizes replaced at a time.</summary>
    private static IEnumerable<TestCaseData> SizesThatDoNotFit()
    {
        yield return new TestCaseData(-1, 3, 4, 4, 3, 3, 8, 12, 6).SetArgDisplayNames("m < 0");
        yield return new TestCaseData(2, -1, 4, 4, 3, 3, 8, 12, 6).SetArgDisplayNames("n < 0");
        yield return new TestCaseData(2, 3, -1, 4, 3, 3, 8, 12, 6).SetArgDisplayNames("k < 0");
        yield return new TestCaseData(2, 3, 4, 3, 3, 3, 8, 12, 6).SetArgDisplayNames("lda < k");
        yield return new TestCaseData(2, 3, 4, 4, 2, 3, 8, 12, 6).SetArgDisplayNames("ldb < n");
        yield return new TestCaseData(2, 3, 4, 4, 3, 2, 8, 12, 6).SetArgDisplayNames("ldc < n");
        yield return new TestCaseData(2, 3, 4, 4, 3, 3, 7, 12, 6).SetArgDisplayNames("A too short");
        yield return new TestCaseData(2, 3, 4, 4, 3, 3, 8, 11, 6).SetArgDisplayNames("B too short");
        yield return new TestCaseData(2, 3, 4, 4, 3, 3, 8, 12, 5).SetArgDisplayNames("C too short");
        yield return new TestCaseData(2, 3, 4, int.MaxValue, 3, 3, 8, 12, 6).SetArgDisplayNames("lda huge");
    }

    [TestCaseSource(nameof(SizesThatDoNotFit))]
    public void Product_WhenASizeDoesNotFit_Throws(int m, int n, int k, int lda, int ldb, int ldc, int lengthA, int lengthB, int lengthC)
    {
        float[] a = new float[lengthA];
        float[] b = new float[lengthB];
        float[] bias = new float[3];
        float[] c = new float[lengthC];

        Assert.That(() => Gemm.Multiply(m, n, k, a, lda, b, ldb, c, ldc), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => Gemm.MultiplyAdd(m, n, k, a, lda, b, ldb, c, ldc), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => Gemm.MultiplyAddBias(m, n, k, a, lda, b, ldb, bias, c, ldc), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => Gemm.MultiplyAddBiasRelu(m, n, k, a, lda, b, ldb, bias, c, ldc), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase(-2, 3, 4, 2, 3, 3, 8, 12, 6, TestName = "{m}(m < 0)")]
    [TestCase(2, -3, 4, 2, 3, 3, 8, 12, 6, TestName = "{m}(n < 0)")]
    [TestCase(2, 3, -4, 2, 3, 3, 8, 12, 6, TestName = "{m}(k < 0)")]
    [TestCase(2, 3, 4, 1, 3, 3, 8, 12, 6, TestName = "{m}(lda < m)")]
    [TestCase(2, 3, 4, 2, 2, 3, 8, 12, 6, TestName = "{m}(ldb < n)")]
    [TestCase(2, 3, 4, 2, 3, 2, 8, 12, 6, TestName = "{m}(ldc < n)")]
    [TestCase(2, 3, 4, 2, 3, 3, 7, 12, 6, TestName = "{m}(A too short)")]
    [TestCase(2, 3, 4, 2, 3, 3, 8, 11, 6, TestName = "{m}(B too short)")]
    [TestCase(2, 3, 4, 2, 3, 3, 8, 12, 5, TestName = "{m}(C too short)")]
    public void ProductOfTheTranspose_WhenASizeDoesNotFit_Throws(
        int m, int n, int k, int lda, int ldb, int ldc, int lengthA, int lengthB, int lengthC)
    {
        float[] a = new float[lengthA];
        float[] b = new float[lengthB];
        float[] c = new float[lengthC];

        Assert.That(() => Gemm.MultiplyTransposedA(m, n, k, a, lda, b, ldb, c, ldc), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => Gemm.MultiplyTransposedAUpdate(m, n, k, a, lda, b, ldb, 1f, c, ldc), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase(-2, 3, 4, 4, 4, 3, 8, 12, 6, TestName = "{m}(m < 0)")]
    [TestCase(2, -3, 4, 4, 4, 3, 8, 12, 6, TestName = "{m}(n < 0)")]
    [TestCase(2, 3, -4, 4, 4, 3, 8, 12, 6, TestName = "{m}(k < 0)")]
    [TestCase(2, 3, 4, 3, 4, 3, 8, 12, 6, TestName = "{m}(lda < k)")]
    [TestCase(2, 3, 4, 4, 3, 3, 8, 12, 6, TestName = "{m}(ldb < k)")]
    [TestCase(2, 3, 4, 4, 4, 2, 8, 12, 6, TestName = "{m}(ldc < n)")]
    [TestCase(2, 3, 4, 4, 4, 3, 7, 12, 6, TestName = "{m}(A too short)")]
    [TestCase(2, 3, 4, 4, 4, 3, 8, 11, 6, TestName = "{m}(B too short)")]
    [TestCase(2, 3, 4, 4, 4, 3, 8, 12, 5, TestName = "{m}(C too short)")]
    public void ProductByTheTranspose_WhenASizeDoesNotFit_Throws(
        int m, int n, int k, int lda, int ldb, int ldc, int lengthA, int lengthB, int lengthC)
    {
        float[] a = new float[lengthA];
        float[] b = new float[lengthB];
        float[] activations = new float[6];
        float[] c = new float[lengthC];

        Assert.That(() => Gemm.MultiplyTransposedB(m, n, k, a, lda, b, ldb, c, ldc), Throws.InstanceOf<ArgumentException>());
        Assert.That(
            () => Gemm.MultiplyTransposedBReluGradient(m, n, k, a, lda, b, ldb, activations, 3, c, ldc), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase(6, 2)]
    [TestCase(5, 3)]
    public void ReluGradient_WhenTheActivationsDoNotFit_Throws(int length, int stride) =>
        Assert.That(
            () => Gemm.MultiplyTransposedBReluGradient(2, 3, 4, new float[8], 4, new float[12], 4, new float[length], stride, new float[6], 3),
            Throws.ArgumentException);

    [TestCase(3, 4, 3, 11, 3)]
    [TestCase(3, 4, 3, 12, 2)]
    [TestCase(3, 4, 2, 12, 3)]
    [TestCase(3, -4, 3, 12, 3)]
    public void SumRows_WhenASizeDoesNotFit_Throws(int n, int k, int ldb, int lengthB, int lengthC)
    {
        float[] b = new float[lengthB];
        float[] c = new float[lengthC];

        Assert.That(() => Gemm.SumRows(n, k, b, ldb, c), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => Gemm.SumRowsUpdate(n, k, b, ldb, 1f, c), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void MultiplyAddBias_WhenTheBiasIsTooShort_Throws()
    {
        float[] a = new float[8];
        float[] b = new float[12];
        float[] bias = new float[2];
        float[] c = new float[6];

        Assert.That(() => Gemm.MultiplyAddBias(2, 3, 4, a, 4, b, 3, bias, c, 3), Throws.ArgumentException);
        Assert.That(() => Gemm.MultiplyAddBiasRelu(2, 3, 4, a, 4, b, 3, bias, c, 3), Throws.ArgumentException);
    }

    [Test]
    public void Product_WhenTheResultOverlapsAnOperand_Throws()
    {
        float[] shared = new float[40];
        float[] other = new float[12];
        float[] bias = new float[3];

        // The last element of one is the first of the other.
        Assert.That(() => Gemm.Multiply(2, 3, 4, shared.AsSpan(0, 8), 4, other, 3, shared.AsSpan(7, 6), 3), Throws.ArgumentException);
        Assert.That(() => Gemm.Multiply(2, 3, 4, other, 4, shared.AsSpan(0, 12), 3, shared.AsSpan(11, 6), 3), Throws.ArgumentException);
        Assert.That(() => Gemm.MultiplyAdd(2, 3, 4, other, 4, shared.AsSpan(0, 12), 3, shared.AsSpan(0, 6), 3), Throws.ArgumentException);
        Assert.That(() => Gemm.MultiplyTransposedA(2, 3, 4, shared.AsSpan(5, 8), 2, other, 3, shared.AsSpan(0, 6), 3), Throws.ArgumentException);
        Assert.That(() => Gemm.SumRows(3, 4, shared.AsSpan(0, 12), 3, shared.AsSpan(11, 3)), Throws.ArgumentException);
        Assert.That(
            () => Gemm.MultiplyAddBias(2, 3, 4, new float[8], 4, other, 3, shared.AsSpan(0, 3), shared.AsSpan(2, 6), 3), Throws.ArgumentException);
        Assert.That(() => Gemm.MultiplyAddBias(2, 3, 4, new float[8], 4, other, 3, bias, shared.AsSpan(0, 6), 3), Throws.Nothing);
    }

    /// <summary>C lies right behind one operand at a time, or starts with its last element.</summary>
    [TestCase(0, true)]
    [TestCase(1, false)]
    public void FusedProduct_WhenTheResultOverlapsAnOperand_Throws(int overlap, bool fits)
    {
        float[] shared = new float[40];
        float[] other = new float[12];

        IResolveConstraint Expected() => fits ? Throws.Nothing : Throws.ArgumentException;
        Span<float> Operand(int length) => shared.AsSpan(0, length);
        Span<float> Result(int length) => shared.AsSpan(length - overlap, 6);

        Assert.That(() => Gemm.MultiplyAddBiasRelu(2, 3, 4, Operand(8), 4, other, 3, other, Result(8), 3), Expected());
        Assert.That(() => Gemm.MultiplyAddBiasRelu(2, 3, 4, other, 4, Operand(12), 3, other, Result(12), 3), Expected());
        Assert.That(() => Gemm.MultiplyAddBiasRelu(2, 3, 4, other, 4, other, 3, Operand(3), Result(3), 3), Expected());
        Assert.That(() => Gemm.MultiplyTransposedAUpdate(2, 3, 4, Operand(8), 2, other, 3, 1f, Result(8), 3), Expected());
        Assert.That(() => Gemm.MultiplyTransposedAUpdate(2, 3, 4, other, 2, Operand(12), 3, 1f, Result(12), 3), Expected());
        Assert.That(() => Gemm.MultiplyTransposedB(2, 3, 4, Operand(8), 4, other, 4, Result(8), 3), Expected());
        Assert.That(() => Gemm.MultiplyTransposedB(2, 3, 4, other, 4, Operand(12), 4, Result(12), 3), Expected());
        Assert.That(() => Gemm.MultiplyTransposedBReluGradient(2, 3, 4, Operand(8), 4, other, 4, other, 3, Result(8), 3), Expected());
        Assert.That(() => Gemm.MultiplyTransposedBReluGradient(2, 3, 4, other, 4, Operand(12), 4, other, 3, Result(12), 3), Expected());
        Assert.That(() => Gemm.MultiplyTransposedBReluGradient(2, 3, 4, other, 4, other, 4, Operand(6), 3, Result(6), 3), Expected());
        Assert.That(() => Gemm.SumRowsUpdate(3, 4, Operand(12), 3, 1f, Result(12)), Expected());
    }

    [Test]
    public void Product_SplitByRowsOverCalls_HasTheSameBits(
        [Values(
            GemmVariant.Multiply, GemmVariant.MultiplyAdd, GemmVariant.MultiplyAddBias, GemmVariant.MultiplyAddBiasRelu,
            GemmVariant.MultiplyTransposedA, GemmVariant.MultiplyTransposedAUpdate,
            GemmVariant.MultiplyTransposedB, GemmVariant.MultiplyTransposedBReluGradient)]
        GemmVariant variant,
        [Values(0, 5, 321)] int k)
    {
        const int m = 14;
        var problem = new GemmProblem(variant, m, 45, k, KernelTestData.Uniform(-1f, 1f));
        float[] whole = problem.RunKernel();

        for (int split = 0; split <= m; split++)
        {
            Expect.SameBits(problem.RunKernel(split), whole, $"{problem}, split at {split}");
        }
        Expect.SameBits(problem.RunKernel(1, 2, 5, 12), whole, $"{problem}, in five calls");
    }

    [Test]
    public void Product_WhenOneInputIsNaN_IsNaNInItsRowOnly([Values(1, 5, 17)] int n)
    {
        const int m = 8;
        const int k = 3;
        float[] a = [.. Enumerable.Repeat(1f, m * k)];
        float[] b = [.. Enumerable.Repeat(1f, k * n)];
        float[] c = new float[m * n];
        a[(4 * k) + 1] = float.NaN;

        Gemm.Multiply(m, n, k, a, k, b, n, c, n);

        for (int i = 0; i < c.Length; i++)
        {
            Assert.That(c[i], i / n == 4 ? Is.NaN : Is.EqualTo(3f));
        }
    }
}
