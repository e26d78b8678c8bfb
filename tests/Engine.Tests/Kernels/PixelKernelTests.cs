using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class PixelKernelTests
{
    [Test]
    public void Scale_OfEveryByteAtEveryLength_IsTheQuotientCorrectlyRoundedAndStaysInside()
    {
        for (int length = 0; length <= 130; length++)
        {
            // Four starts: bytes of every size, in vectors and in tails.
            for (int first = 0; first < 256; first += 64)
            {
                byte[] pixels = [.. Enumerable.Range(first, length).Select(value => (byte)value)];
                var scaled = new GuardedMatrix(length, () => -77f);

                PixelKernel.Scale(pixels, scaled.Span);

                Expect.SameBits(scaled.Span, [.. pixels.Select(value => value / 255f)], $"length {length} from {first}");
                Expect.Ulps(scaled.Span, [.. pixels.Select(ScalarKernels.Pixel)], 0.5, $"length {length} from {first}");
                scaled.AssertGuardsIntact($"length {length} from {first}");
            }
        }
    }

    [Test]
    public void Scale_OfAllBytes_IsTheQuotientInVectorAndTail()
    {
        for (int value = 0; value < 256; value++)
        {
            byte[] pixels = [.. Enumerable.Repeat((byte)value, 130)];
            float[] scaled = new float[130];

            PixelKernel.Scale(pixels, scaled);

            Expect.SameBits(scaled, [.. Enumerable.Repeat(value / 255f, 130)], $"byte {value}");
        }
    }

    [TestCase(10, 9)]
    [TestCase(9, 10)]
    public void Scale_WhenTheLengthsDiffer_Throws(int pixels, int destination) =>
        Assert.That(() => PixelKernel.Scale(new byte[pixels], new float[destination]), Throws.ArgumentException);
}
