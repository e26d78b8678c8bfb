using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class BitTransposeTests
{
    [Test]
    public void Run_OfRandomBits_ExchangesRowsAndColumns([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        ulong[] words = [.. Enumerable.Range(0, 64).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
        ulong[] transposed = [.. words];
        BitTranspose.Run(transposed);
        for (int i = 0; i < 64; i++)
        {
            for (int j = 0; j < 64; j++)
            {
                Assert.That(transposed[j] >> i & 1, Is.EqualTo(words[i] >> j & 1), $"row {i}, column {j}");
            }
        }
    }
}
