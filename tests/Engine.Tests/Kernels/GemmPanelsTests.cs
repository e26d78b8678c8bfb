using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>Panels of B in place and as copies, and the memory that copies have.</summary>
public sealed class GemmPanelsTests
{
    private const int Depth = 5;
    private const float Overwritten = -1f;
    private static readonly int Width = 3 * Vector<float>.Count;

    [Test]
    public void Panel_InPlace_IsB()
    {
        float[] b = Numbers();
        GemmPanel panel = GemmPanels.InPlace.Panel(Matrix(b, transposed: false), Depth, 2, Vector<float>.Count, 2);
        b[2] = Overwritten;
        Assert.That(panel.Columns.At(0, 0), Is.EqualTo(Overwritten));
        Assert.That(panel.IsToBeCopied, Is.False);
    }

    [Test]
    public void Panel_Copied_HasTheColumnsOfBSideBySideAndIsCopiedOnce([Values] bool transposed, [Values(1, 2)] int vectors)
    {
        int lanes = Vector<float>.Count;
        int width = vectors * lanes;
        float[] b = Numbers(), copies = new float[Width * Depth];
        float[] first = [.. Expected(b, transposed, 0, width)], second = [.. Expected(b, transposed, width, lanes)];
        var panels = new GemmPanels(ref copies[0], Depth);

        Assert.That(Used(panels.Panel(Matrix(b, transposed), Depth, 0, width, 0), width), Is.EqualTo(first));
        Assert.That(Used(panels.Panel(Matrix(b, transposed), Depth, width, lanes, width), lanes), Is.EqualTo(second));

        Array.Fill(b, Overwritten);
        Assert.That(Used(panels.Copied.Panel(Matrix(b, transposed), Depth, 0, width, 0), width), Is.EqualTo(first), "still there");
        Assert.That(Used(panels.Copied.Panel(Matrix(b, transposed), Depth, width, lanes, width), lanes), Is.EqualTo(second), "still there");
    }

    [Test]
    public void Panel_WithoutMemoryForAll_TakesThePlaceOfTheOneBefore([Values] bool transposed)
    {
        int lanes = Vector<float>.Count;
        float[] b = Numbers(), copy = new float[lanes * Depth];
        var panels = new GemmPanels(ref copy[0], between: 0);
        Used(panels.Panel(Matrix(b, transposed), Depth, 0, lanes, 0), lanes);
        Assert.That(Used(panels.Panel(Matrix(b, transposed), Depth, lanes, lanes, lanes), lanes), Is.EqualTo(Expected(b, transposed, lanes, lanes)));
        Assert.That(copy, Is.EqualTo(Expected(b, transposed, lanes, lanes)));
    }

    [Test]
    public void Blocks_OfEveryDepth_FitTheMemoryForTheirCopies()
    {
        AssertBlocksFit<Vector<float>>();
        AssertBlocksFit<Vector512<float>>();
    }

    /// <summary>What the large shapes of <see cref="GemmShapeTests"/> are for: a change of a block's size must not leave some loop untested.</summary>
    [Test]
    public void Blocks_OfTheLargeShapes_AreSeveralAndCopied()
    {
        AssertBlocksAreSeveral<Vector<float>>();
        AssertBlocksAreSeveral<Vector512<float>>();
    }

    private static void AssertBlocksFit<TVector>()
        where TVector : struct
    {
        Assert.That(GemmBlocking.MaximumDepth<TVector>() * GemmBlocking.PanelColumns<TVector>(), Is.AtMost(GemmBlocking.MostPanelFloats));
        for (int k = 1; k <= GemmBlocking.MaximumDepth<TVector>(); k++)
        {
            nint columns = GemmBlocking.Columns<TVector>(k);
            Assert.That((int)(columns % GemmBlocking.PanelColumns<TVector>()), Is.Zero, $"k {k}");
            Assert.That((int)columns, Is.AtLeast(GemmBlocking.PanelColumns<TVector>()), $"k {k}");
            Assert.That((int)((columns + GemmBlocking.PanelColumns<TVector>()) * k), Is.AtMost(GemmBlocking.CopiesFloats), $"k {k}: the last block may have a panel more");
        }
        for (int k = 1; k <= GemmBlocking.MostCopiedDepth; k++)
        {
            nint rows = GemmBlocking.CopiedRows(k);
            Assert.That((int)(rows % GemmBlocking.TileRows), Is.Zero, $"k {k}");
            Assert.That((int)rows, Is.AtLeast(GemmBlocking.TileRows), $"k {k}");
            Assert.That((int)rows * RowLayout.Stride(k), Is.AtMost(GemmBlocking.BlockCopyFloats), $"k {k}");
        }
        Assert.That(3 * Simd.Count<TVector>() * GemmBlocking.MostCopiedDepth, Is.AtMost(GemmBlocking.BlockCopyFloats), "the panels of GemmFewRows");
        float[] none = [0f];
        Assert.That((int)GemmBlocking.Depth<TVector>(6, new MatrixRef(ref none[0], 1, 784), inPlace: false), Is.InRange(1, GemmBlocking.MaximumDepth<TVector>()));
    }

    /// <summary>784 x 100 to 640 with rows as layers have them; not where rows share a few sets of the caches, B is larger, or one of the two is transposed.</summary>
    [Test]
    public void StaysInPlace_WithWideVectors_OfWhatTheCachesGiveInTime()
    {
        float[] none = [0f];
        var rows = new MatrixRef(ref none[0], 800);
        var transposed = new MatrixRef(ref none[0], 1, 800);
        foreach (int columns in (int[])[1, 100, 512, 640])
        {
            var b = new MatrixRef(ref none[0], RowLayout.Stride(columns));
            Assert.That(GemmBlocking.StaysInPlace<Vector512<float>>(784, rows, b), Is.True, $"{columns}");
            Assert.That(GemmBlocking.StaysInPlace<Vector<float>>(784, rows, b), Is.False, $"{columns}, Vector<float>");
            Assert.That(GemmBlocking.StaysInPlace<Vector512<float>>(784, transposed, b), Is.False, $"{columns}, A transposed");
            Assert.That((int)GemmBlocking.Depth<Vector512<float>>(64, b, inPlace: true), Is.AtLeast(784));
        }
        Assert.That(GemmBlocking.StaysInPlace<Vector512<float>>(784, rows, new MatrixRef(ref none[0], 512)), Is.False, "few sets");
        Assert.That(GemmBlocking.StaysInPlace<Vector512<float>>(784, rows, transposed), Is.False, "B transposed");
        Assert.That(GemmBlocking.StaysInPlace<Vector512<float>>(1024, rows, new MatrixRef(ref none[0], RowLayout.Stride(512))), Is.False, "too large");
        Assert.That(GemmBlocking.StaysInPlace<Vector512<float>>(int.MaxValue, rows, new MatrixRef(ref none[0], RowLayout.Stride(480))), Is.True, "a block is not");
    }

    private static void AssertBlocksAreSeveral<TVector>()
        where TVector : struct
    {
        nint depth = Math.Min(550, GemmBlocking.MaximumDepth<TVector>());
        float[] none = [0f];
        Assert.That(GemmBlocking.IsPacked<TVector>(320, depth, 517), Is.True, "panels are copied");
        Assert.That(GemmBlocking.IsCopied<TVector>(517, depth, new MatrixRef(ref none[0], 1, 320)), Is.True, "blocks of the transposed A are copied");
        Assert.That((int)GemmBlocking.CopiedRows(depth), Is.LessThan(320), "several of them");
        Assert.That(GemmBlocking.IsCopied<TVector>(517, GemmBlocking.MostCopiedDepth + 1, new MatrixRef(ref none[0], 1, 320)), Is.False, "none is deeper than there is memory for");
        Assert.That((int)GemmBlocking.Columns<TVector>(160), Is.LessThan(1667), "more columns than there is memory for");
        Assert.That((int)GemmBlocking.Rows(420, 1667, 160), Is.LessThan(96), "few rows beside a large B");
        Assert.That(GemmBlocking.IsCopied<TVector>(517, depth, new MatrixRef(ref none[0], 1100)), Is.False, "an A that is not transposed is not");
    }

    private static float[] Numbers() => [.. Enumerable.Range(0, Width * Depth).Select(i => (float)i)];

    private static MatrixRef Matrix(float[] b, bool transposed) =>
        transposed ? new MatrixRef(ref MemoryMarshal.GetArrayDataReference(b), 1, Depth) : new MatrixRef(ref MemoryMarshal.GetArrayDataReference(b), Width);

    private static float[] Expected(float[] b, bool transposed, int column, int width) =>
        [.. from p in Enumerable.Range(0, Depth) from j in Enumerable.Range(column, width) select transposed ? b[(j * Depth) + p] : b[(p * Width) + j]];

    /// <summary>What rows of A that come after the first find in the place of a panel: the first tile has been computed.</summary>
    private static float[] Used(GemmPanel panel, int width)
    {
        const int Rows = 7;
        float[] a = new float[Rows * Depth], c = new float[Rows * width], elements = new float[Depth * width];
        var rowsOfA = new MatrixRef(ref MemoryMarshal.GetArrayDataReference(a), Depth);
        var rowsOfC = new MatrixRef(ref MemoryMarshal.GetArrayDataReference(c), width);
        if (width == Vector<float>.Count)
        {
            GemmLoops.Tiles<Vector<float>, One, Plain>(Rows, Depth, rowsOfA, panel, MatrixRef.None, default, MatrixRef.None, rowsOfC);
        }
        else
        {
            GemmLoops.Tiles<Vector<float>, Two, Plain>(Rows, Depth, rowsOfA, panel, MatrixRef.None, default, MatrixRef.None, rowsOfC);
        }
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = panel.Copied.Columns.At(i / width, i % width);
        }
        return elements;
    }
}
