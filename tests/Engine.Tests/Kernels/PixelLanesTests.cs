using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>Pixels come out in order, each in all lanes, as many at a time as there are lanes. Where the processor cannot do it, nobody asks for it.</summary>
public sealed class PixelLanesTests
{
    [Test]
    public void Next_OfEveryNumberOfPixels_IsThatOfTheNextBitInAllLanes([Range(1, 64)] int count)
    {
        Assert.That(PixelLanes.Suits<Vector512<float>, PixelRows>(), Is.EqualTo(Avx512Vbmi2.IsSupported && Bmi2.X64.IsSupported));
        if (!PixelLanes.Suits<Vector512<float>, PixelRows>())
        {
            return;
        }
        var random = new Random(count);
        byte[] block = [.. Enumerable.Range(0, NonZeroMask.WordBits).Select(_ => (byte)random.Next(1, 256))];
        int[] places = [.. Enumerable.Range(0, NonZeroMask.WordBits).OrderBy(_ => random.Next()).Take(count).Order()];
        ulong mask = places.Aggregate(0UL, (bits, place) => bits | (1UL << place));
        var pixels = new PixelLanes(one: 1);
        pixels.Start(NonZeroMask.Compress(mask, ref block[0]));
        var found = new List<int>();
        while (mask != 0)
        {
            ulong before = mask;
            ulong some = pixels.Take(ref mask);
            Assert.That(BitOperations.PopCount(some), Is.EqualTo(Math.Min(BitOperations.PopCount(before), Vector512<float>.Count)));
            Assert.That(some | mask, Is.EqualTo(before));
            for (; some != 0; some &= some - 1)
            {
                int place = BitOperations.TrailingZeroCount(some);
                Assert.That(pixels.Next<Vector512<float>>(), Is.EqualTo(Vector512.Create(block[place] / 255f)), $"place {place}");
                found.Add(place);
            }
        }
        Assert.That(found, Is.EqualTo(places));
    }

    [Test]
    public void Suits_OnlyBytesAndWideVectors()
    {
        Assert.That(PixelLanes.Suits<Vector<float>, PixelRows>(), Is.False);
        Assert.That(PixelLanes.Suits<Vector512<float>, PixelColumns>(), Is.False);
        Assert.That(PixelLanes.Suits<Vector512<float>, SmallImageRows>(), Is.False);
        Assert.That(PixelLanes.Suits<Vector512<float>, FloatRows>(), Is.False);
    }
}
