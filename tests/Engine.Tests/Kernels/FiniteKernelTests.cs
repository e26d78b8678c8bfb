using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class FiniteKernelTests
{
    [Test]
    public void All_OfEveryLength_FindsOneThatIsNotFiniteAnywhere([Range(0, 70)] int length)
    {
        float[] values = [.. Enumerable.Range(0, length).Select(i => (i % 4) switch { 0 => float.MaxValue, 1 => float.MinValue, 2 => float.Epsilon, _ => -0f })];
        Assert.That(FiniteKernel.All(values), Is.True);
        foreach (float wrong in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            for (int i = 0; i < length; i++)
            {
                float right = values[i];
                values[i] = wrong;
                Assert.That(FiniteKernel.All(values), Is.False, $"{wrong} at {i}");
                values[i] = right;
            }
        }
    }
}
