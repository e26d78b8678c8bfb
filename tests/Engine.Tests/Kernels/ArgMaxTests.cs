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

    [Test]
    public void Of_Nothing_Throws() => Assert.That(() => ArgMax.Of([]), Throws.ArgumentException);
}
