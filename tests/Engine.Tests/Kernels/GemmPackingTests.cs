using System.Numerics;
using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>Products whose rows of B lie so far apart that each panel is copied first.</summary>
public sealed class GemmPackingTests
{
    /// <summary>Whole panels, single vectors and tails; one block of k and several.</summary>
    [TestCase(64, 37, 320, 1024)]
    [TestCase(24, 16, 200, 4096)]
    [TestCase(31, 100, 2100, 512)]
    public void Multiply_OfRowsFarApart_HasTheBitsOfTheScalarChain(int m, int n, int k, int stride)
    {
        Func<float> source = KernelTestData.Uniform(-1f, 1f);
        var a = new GuardedMatrix(m, k, k + 1, source);
        var b = new GuardedMatrix(k, n, stride, source);
        var c = new GuardedMatrix(m, n, n + 3, () => float.NaN);
        float[] expected = new float[m * n];
        ScalarChains.Multiply(m, n, k, a.Span, a.Stride, b.Span, b.Stride, expected, n);
        int blocks = (k + GemmBlocking.MaximumDepth<Vector<float>>() - 1) / GemmBlocking.MaximumDepth<Vector<float>>();

        Assert.That(GemmBlocking.IsPacked<Vector<float>>(m, k / blocks, stride), Is.True);
        Gemm.Multiply(m, n, k, a.Span, a.Stride, b.Span, b.Stride, c.Span, c.Stride);
        Expect.SameBits(c.ToDense(), expected, $"m={m} n={n} k={k} ldb={stride}");
        c.AssertGuardsIntact($"m={m} n={n} k={k} ldb={stride}");
    }
}
