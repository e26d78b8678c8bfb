using Engine.Kernels;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

/// <summary>What keeps the memory of threads apart. Where it lies shows in no result, only in how much of it there is.</summary>
public sealed class SharedIntegerTests
{
    /// <summary>A number in the middle of three lines is in none together with anything else.</summary>
    [Test]
    public void Create_OfANumber_TakesThreeLines() => Assert.That(Allocated(() => new SharedInteger()), Is.AtLeast(3 * RowLayout.LineBytes));

    [Test]
    public void Create_OfAnArray_TakesMoreThanItsElementsOnEitherSide([Values(1, 2, 64, 1000)] int length)
    {
        var array = new ApartArray<ulong>(length);
        Assert.That(array.Span.ToArray(), Is.EqualTo(new ulong[length]));
        Assert.That(Allocated(() => new ApartArray<ulong>(length)), Is.AtLeast((length * sizeof(ulong)) + (32 * RowLayout.LineBytes)));
    }

    /// <summary>Bytes that an object takes, with what belongs to it.</summary>
    private static long Allocated(Func<object> create)
    {
        create();
        long before = GC.GetAllocatedBytesForCurrentThread();
        object created = create();
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(created);
        return bytes;
    }
}
