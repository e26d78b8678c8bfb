using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>
/// C ← epilogue(A·Bᵀ, operand) where A and B have few columns: the way back through a layer with few outputs, such as the last one of a classifier.
/// </summary>
/// <remarks>
/// Shapes: A m x k, B n x k, operand and C m x n, rows contiguous; k up to 16, n at least a vector. C must not overlap the others.
/// <code>
/// for each block of up to 256 columns of C
///   scratch ← Bᵀ of these, k x 256
///   for each panel of up to 6 vectors of columns
///     micro-kernel: for each two rows of A, and the last one
///       C ← epilogue(A·scratch, operand)              // 2 x 6 vectors of sums, in registers
/// </code>
/// <list type="number">
/// <item>A tile has few steps, so what surrounds it counts. All rows of a panel are one call, 5 calls for 200 columns; <see cref="GemmLoops"/> makes one or two for every two vectors, and copies
/// each panel of Bᵀ; <see cref="GemmFewRows"/> transposes C. With k up to 16 this takes 0.8 of the time in the mean for 50 to 1,000 columns and 1 to 128 rows, 0.7 for 24 to 48 columns: for 200 x 10 and one row 0.66, 12 rows 0.80, 64 rows 0.87. With 16 or 20 columns of C it takes 0.7 to 1.3, with 20 steps as long, with 32 1.1 to 1.7 (Zen 4).</item>
/// <item>Two rows use each vector of Bᵀ that is loaded: more multiply-adds than loads.</item>
/// <item>Bᵀ of a block is 16 KB at most: it stays in the first-level cache.</item>
/// <item>If columns are left over, a last vector starts further left and computes some again: no epilogue that is used here reads C.</item>
/// </list>
/// </remarks>
internal static class GemmFewSteps
{
    /// <summary>The most columns of A and B.</summary>
    private const int MostSteps = 16;

    /// <summary>Columns of C in a block.</summary>
    private const int BlockColumns = 256;

    /// <summary>The most vectors of columns in a panel: with two rows 12 accumulators, as many as 16 registers have room for.</summary>
    private const int MostVectors = 6;

    /// <summary>The fewest vectors of columns for which this way is the faster one.</summary>
    private const int FewestVectors = 3;

    /// <summary>Whether this way is the faster one, however many rows A has.</summary>
    public static bool Suits(int n, int k) => k <= MostSteps && n >= FewestVectors * VectorWidth.LanesFor(n);

    /// <summary>The loops, unchecked, with vectors as wide as is best.</summary>
    public static void Run<TEpilogue>(nint m, nint n, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TEpilogue : struct, IEpilogue
    {
        if (VectorWidth.IsWideFor(n))
        {
            Run<Vector512<float>, TEpilogue>(m, n, k, a, b, epilogue, operand, c);
        }
        else
        {
            Run<Vector<float>, TEpilogue>(m, n, k, a, b, epilogue, operand, c);
        }
    }

    /// <summary>The same with vectors of a certain width.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TVector, TEpilogue>(nint m, nint n, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        Debug.Assert(k <= MostSteps && n >= lanes && a.ColumnStride == 1 && b.ColumnStride == 1 && c.ColumnStride == 1);
        Debug.Assert(m == 0 || !TEpilogue.ReadsOperand || !Unsafe.AreSame(ref operand.Origin, ref c.Origin));
        Span<float> memory = stackalloc float[(MostSteps * BlockColumns) + RowLayout.LineFloats];
        var transposed = new MatrixRef(ref AlignedBuffer.Align(ref MemoryMarshal.GetReference(memory)), BlockColumns);
        nint blocks = (n + BlockColumns - 1) / BlockColumns;
        for (nint block = 0; block < blocks; block++)
        {
            nint j = n / lanes * block / blocks * lanes;
            nint width = (block + 1 < blocks ? n / lanes * (block + 1) / blocks * lanes : n) - j;
            Transpose.Run(width, k, ref b.At(j, 0), b.RowStride, ref transposed.Origin, transposed.RowStride);
            Block<TVector, TEpilogue>(m, width, k, a, transposed, epilogue, operand.From(0, j), c.From(0, j));
        }
    }

    /// <summary>All panels of a block of columns, of whose Bᵀ there is a copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TVector, TEpilogue>(nint m, nint n, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        nint lanes = Simd.Count<TVector>();
        nint total = n / lanes;
        nint panels = (total + MostVectors - 1) / MostVectors;
        for (nint panel = 0; panel < panels; panel++)
        {
            nint first = total * panel / panels;
            nint vectors = (total * (panel + 1) / panels) - first;
            Panel<TVector, TEpilogue>(vectors, m, k, a, b.From(0, first * lanes), epilogue, operand.From(0, first * lanes), c.From(0, first * lanes));
        }
        if (n % lanes != 0)
        {
            Panel<TVector, TEpilogue>(1, m, k, a, b.From(0, n - lanes), epilogue, operand.From(0, n - lanes), c.From(0, n - lanes));
        }
    }

    /// <summary>All rows of a panel of so many vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panel<TVector, TEpilogue>(nint vectors, nint m, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue
    {
        switch (vectors)
        {
            case 6: Rows<TVector, Six, TEpilogue>(m, k, a, b, epilogue, operand, c); break;
            case 5: Rows<TVector, Five, TEpilogue>(m, k, a, b, epilogue, operand, c); break;
            case 4: Rows<TVector, Four, TEpilogue>(m, k, a, b, epilogue, operand, c); break;
            case 3: Rows<TVector, Three, TEpilogue>(m, k, a, b, epilogue, operand, c); break;
            case 2: Rows<TVector, Two, TEpilogue>(m, k, a, b, epilogue, operand, c); break;
            default:
                Debug.Assert(vectors == 1);
                Rows<TVector, One, TEpilogue>(m, k, a, b, epilogue, operand, c);
                break;
        }
    }

    /// <summary>The same, two and two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<TVector, TColumns, TEpilogue>(nint m, nint k, MatrixRef a, MatrixRef b, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TColumns : struct, ICount
        where TEpilogue : struct, IEpilogue
    {
        nint pairs = m / 2;
        GemmFewStepsMicroKernel.Tiles<TVector, Two, TColumns, TEpilogue>(pairs, k, a, b, epilogue, operand, c);
        if (m > 2 * pairs)
        {
            GemmFewStepsMicroKernel.Tiles<TVector, One, TColumns, TEpilogue>(1, k, a.From(2 * pairs, 0), b, epilogue, operand.From(2 * pairs, 0), c.From(2 * pairs, 0));
        }
    }
}
