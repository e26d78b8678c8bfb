using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Kernels;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

/// <summary>What keeps the memory of threads apart. Where it lies shows in no result, only in how much of it there is.</summary>
public sealed class MemoryApartTests
{
    /// <summary>A number in the middle of three lines is in none together with anything else.</summary>
    [Test]
    public void Create_OfANumber_IsInTheMiddleOfThreeLines()
    {
        Assert.That(Marshal.OffsetOf<SharedInteger>(nameof(SharedInteger.Value)), Is.EqualTo((nint)RowLayout.LineBytes));
        Assert.That(Allocated(() => new SharedInteger()), Is.AtLeast(3 * RowLayout.LineBytes));
    }

    [Test]
    public void Create_OfAnArray_TakesMoreThanItsElementsOnEitherSide([Values(1, 2, 64, 1000)] int length)
    {
        var array = new ApartArray<ulong>(length);
        Assert.That(array.Span.ToArray(), Is.EqualTo(new ulong[length]));

        // Directly before the first element of an ordinary array is its length.
        const int Margin = 16 * RowLayout.LineBytes / sizeof(ulong);
        ReadOnlySpan<ulong> before = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Subtract(ref MemoryMarshal.GetReference(array.Span), Margin), Margin);
        Assert.That(before.ToArray(), Is.EqualTo(new ulong[Margin]));
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
