using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class AlignedBufferTests
{
    [Test]
    public void Span_OfEveryLength_IsZeroAndStartsOnA64ByteBoundary()
    {
        var kept = new List<AlignedBuffer>();
        for (int length = 0; length <= 300; length++)
        {
            var buffer = new AlignedBuffer(length);
            kept.Add(buffer);

            Assert.That(buffer.Length, Is.EqualTo(length));
            Assert.That(buffer.Span.Length, Is.EqualTo(length));
            Assert.That(buffer.Span.ContainsAnyExcept(0f), Is.False, $"length {length} is zero");
            Assert.That(AddressOf(buffer) % 64, Is.EqualTo((nint)0), $"length {length} is aligned");
            buffer.Span.Fill(1f);
        }
        Assert.That(kept.Select(buffer => buffer.Span.ContainsAnyExcept(1f)), Has.All.False, "no two buffers overlap");
    }

    [Test]
    public void Span_AfterACollection_HasNotMoved()
    {
        var buffer = new AlignedBuffer(1000);
        nint before = AddressOf(buffer);

        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);

        Assert.That(AddressOf(buffer), Is.EqualTo(before));
    }

    [Test]
    public void New_WhenTheLengthIsNegativeOrTooLarge_Throws()
    {
        Assert.That(() => new AlignedBuffer(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new AlignedBuffer(AlignedBuffer.MaximumLength + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new AlignedBuffer(int.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static nint AddressOf(AlignedBuffer buffer) =>
        Unsafe.ByteOffset(ref Unsafe.NullRef<float>(), ref MemoryMarshal.GetReference(buffer.Span));
}

public sealed class RowLayoutTests
{
    [TestCase(2, 1 << 30)]
    [TestCase(int.MaxValue, 1)]
    [TestCase(1, 86_000_000)]
    public void LengthApart_OfMoreThanOneArray_IsRefused(int rows, int columns) =>
        Assert.That(() => RowLayout.LengthApart(rows, columns), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(-1)]
    [TestCase((1 << 30) + 1)]
    [TestCase(int.MaxValue)]
    public void PaddedColumnsAndStride_OfNoWidth_AreRefused(int columns)
    {
        Assert.That(() => RowLayout.PaddedColumns(columns), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => RowLayout.Stride(columns), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void PaddedColumns_OfEveryWidth_AreTheFewestWholeVectorsThatHoldThem()
    {
        for (int columns = 0; columns <= 2050; columns++)
        {
            int lanes = columns < 16 ? Vector<float>.Count : Hardware.VectorLanes;
            int padded = RowLayout.PaddedColumns(columns);

            Assert.That(padded % lanes, Is.Zero);
            Assert.That(padded - columns, Is.InRange(0, lanes - 1));
        }
    }

    /// <summary>Of products of floats: the same, or four columns more than whole vectors of 16, where there are rows enough.</summary>
    [Test]
    public void PaddedColumns_OfAProduct_AreWholeVectorsOrFourMore([Values(0, 1, 15, 16, 64)] int rows)
    {
        for (int columns = 0; columns <= 130; columns++)
        {
            int whole = columns / 16 * 16;
            bool few = columns - whole is > 0 and <= 4 && whole > 0 && rows >= 16 && Avx512F.IsSupported && Hardware.VectorLanes == 16;
            Assert.That(GemmFewColumns.PaddedColumns(rows, columns), Is.EqualTo(few ? whole + 4 : RowLayout.PaddedColumns(columns)), $"{columns} columns");
        }
    }

    [Test]
    public void Stride_OfEveryWidth_IsAnOddNumberOfCacheLinesThatHoldThePaddedColumns()
    {
        for (int columns = 0; columns <= 2050; columns++)
        {
            int stride = RowLayout.Stride(columns);

            Assert.That(stride % 16, Is.Zero);
            Assert.That(stride / 16 % 2, Is.EqualTo(1), $"{columns} columns: an odd number of lines");
            Assert.That(stride - RowLayout.PaddedColumns(columns), Is.InRange(0, 31), $"{columns} columns: at most one line more than needed");
        }
    }

    [TestCase(10, 16)]
    [TestCase(16, 16)]
    [TestCase(17, 48)]
    [TestCase(100, 112)]
    [TestCase(200, 208)]
    [TestCase(512, 528)]
    [TestCase(784, 784)]
    public void Stride_OfKnownWidths_IsThis(int columns, int stride) => Assert.That(RowLayout.Stride(columns), Is.EqualTo(stride));
}
