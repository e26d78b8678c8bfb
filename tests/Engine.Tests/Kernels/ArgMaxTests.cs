using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class ArgMaxTests
{
    [Test]
    public void Of_AtEveryLength_AgreesWithTheReference()
    {
        Func<float> source = KernelTestData.WithSpecialValues(KernelTestData.Uniform(-3f, 3f));
        for (int length = 1; length <= KernelTestData.LongestLength; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => source())];

            Assert.That(ArgMax.Of(values), Is.EqualTo(ScalarKernels.ArgMax(values)), string.Join(' ', values));
        }
    }

    [Test]
    public void Of_WhereverTheLargestIs_IsItsFirstPlace()
    {
        for (int length = 1; length <= 140; length++)
        {
            for (int place = 0; place < length; place++)
            {
                float[] values = [.. Enumerable.Range(0, length).Select(i => i >= place && (i - place) % 3 == 0 ? 7f : i % 5)];

                Assert.That(ArgMax.Of(values), Is.EqualTo(place), $"{length} values");
            }
        }
    }

    [TestCase(new[] { 1f, 3f, 3f, 2f }, 1, TestName = "Of_WhenSeveralAreLargest_IsTheFirst")]
    [TestCase(new[] { float.NaN, 1f, float.NaN, 2f }, 3, TestName = "Of_WhenThereAreNaNs_PassesThemOver")]
    [TestCase(new[] { float.NaN, float.NaN }, 0, TestName = "Of_WhenAllAreNaN_Is0")]
    [TestCase(new[] { float.NegativeInfinity, float.NegativeInfinity }, 0, TestName = "Of_WhenAllAreMinusInfinity_Is0")]
    [TestCase(new[] { -1f, float.PositiveInfinity }, 1, TestName = "Of_WhenOneIsInfinite_IsThatOne")]
    [TestCase(new[] { 0f, -0f }, 0, TestName = "Of_TheTwoZeros_IsTheFirst")]
    public void Of_SpecialValues(float[] values, int expected) => Assert.That(ArgMax.Of(values), Is.EqualTo(expected));

    /// <summary>Rows one by one, and a vector of them at once; behind each row lies what is larger than all.</summary>
    [Test]
    public void OfRows_AgreesWithTheReference([Values(1, 2, 3, 4, 5, 10, 63, 64, 65)] int columns)
    {
        Func<float> source = KernelTestData.WithSpecialValues(KernelTestData.Uniform(-3f, 3f));
        int stride = columns + 3;
        for (int rows = 0; rows <= 37; rows++)
        {
            float[] values = [.. Enumerable.Range(0, rows * stride).Select(i => i % stride < columns ? source() : float.PositiveInfinity)];
            int[] indices = [.. Enumerable.Repeat(-1, rows + 2)];

            ArgMax.OfRows(rows, columns, stride, values, indices);

            Assert.That(indices, Is.EqualTo([.. Enumerable.Range(0, rows).Select(row => ScalarKernels.ArgMax(values.AsSpan(row * stride, columns))), -1, -1]), $"{rows} rows");
        }
    }

    [Test]
    public void OfRows_OfEqualElements_IsTheFirst()
    {
        float[] values = [.. Enumerable.Range(0, 20 * 6).Select(i => i % 6 is 2 or 4 ? 7f : i % 3)];
        int[] indices = new int[20];
        ArgMax.OfRows(20, 6, 6, values, indices);
        Assert.That(indices, Is.All.EqualTo(2));
    }

    [Test]
    public void OfRows_WhatDoesNotFit_Throws()
    {
        Assert.That(() => ArgMax.OfRows(1, 0, 1, new float[4], new int[1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ArgMax.OfRows(2, 3, 3, new float[5], new int[2]), Throws.ArgumentException);
        Assert.That(() => ArgMax.OfRows(2, 3, 3, new float[6], new int[1]), Throws.ArgumentException);
    }

    [Test]
    public void Of_Nothing_Throws() => Assert.That(() => ArgMax.Of([]), Throws.ArgumentException);
}
