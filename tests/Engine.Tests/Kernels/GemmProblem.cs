using Engine.Kernels;
using Engine.Tests.Reference;

namespace Engine.Tests.Kernels;

/// <summary>The products that <see cref="Gemm"/> offers.</summary>
public enum GemmVariant
{
    Multiply,
    MultiplyAdd,
    MultiplyAddBias,
    MultiplyTransposedA,
    SumRows,
}

/// <summary>One product with guarded operands, to be computed by the kernel, by the scalar chain and by the reference.</summary>
internal sealed class GemmProblem
{
    private readonly GemmVariant _variant;
    private readonly int _m;
    private readonly int _n;
    private readonly int _k;
    private readonly GuardedMatrix _a;
    private readonly GuardedMatrix _b;
    private readonly GuardedMatrix _bias;

    /// <summary>What C holds before; only <see cref="GemmVariant.MultiplyAdd"/> may read it.</summary>
    private readonly GuardedMatrix _start;

    /// <param name="variant">Which product.</param>
    /// <param name="m">Rows of C; 1 for <see cref="GemmVariant.SumRows"/>.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="source">Where operands come from.</param>
    /// <param name="stride">The row stride for a number of columns; odd ones with a gap by default.</param>
    public GemmProblem(GemmVariant variant, int m, int n, int k, Func<float> source, Func<int, int>? stride = null)
    {
        stride ??= KernelTestData.OddStride;
        (_variant, _m, _n, _k) = (variant, m, n, k);
        (int rows, int columns) = ShapeOfA;
        _a = new GuardedMatrix(rows, columns, stride(columns), variant == GemmVariant.SumRows ? () => 1f : source);
        _b = new GuardedMatrix(k, n, stride(n), source);
        _bias = new GuardedMatrix(n, source);
        _start = new GuardedMatrix(m, n, stride(n) + 2, variant == GemmVariant.MultiplyAdd ? source : () => float.NaN);
    }

    private GemmProblem(GemmProblem whole, int m, int n, int gap)
    {
        (_variant, _m, _n, _k) = (whole._variant, m, n, whole._k);
        (int rows, int columns) = ShapeOfA;
        _a = whole._a.Corner(rows, columns, columns + gap);
        _b = whole._b.Corner(_k, n, n + gap);
        _bias = whole._bias.Corner(1, n, n);
        _start = whole._start.Corner(m, n, n + (2 * gap));
    }

    private (int Rows, int Columns) ShapeOfA => _variant == GemmVariant.MultiplyTransposedA ? (_k, _m) : (_m, _k);

    /// <summary>The problem whose C is the first <paramref name="m"/> rows and <paramref name="n"/> columns of this one's.</summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="gap">Elements between two rows of A and of B; C has twice as many.</param>
    public GemmProblem Corner(int m, int n, int gap) => new(this, m, n, gap);

    public override string ToString() =>
        $"{_variant} m={_m} n={_n} k={_k} lda={_a.Stride} ldb={_b.Stride} ldc={_start.Stride}";

    /// <summary>C by the vector kernel, in one call or, given boundaries, in one for each range of rows. Checks every guard.</summary>
    public float[] RunKernel(params int[] splits)
    {
        string context = ToString();
        GuardedMatrix c = _start.Copy();
        float[][] before = [_a.ToDense(), _b.ToDense(), _bias.ToDense()];
        int from = 0;
        foreach (int to in splits.Append(_m))
        {
            RunKernel(from, to, c);
            from = to;
        }
        GuardedMatrix[] operands = [_a, _b, _bias];
        for (int i = 0; i < operands.Length; i++)
        {
            operands[i].AssertGuardsIntact(context);
            Expect.SameBits(operands[i].ToDense(), before[i], $"{context}, operand {i}");
        }
        c.AssertGuardsIntact(context);
        return c.ToDense();
    }

    private void RunKernel(int from, int to, GuardedMatrix c)
    {
        int m = to - from;
        Span<float> rowsOfC = m == 0 ? default : c.Span[Math.Min(from * c.Stride, c.Span.Length)..];
        Span<float> rowsOfA = m == 0 || _k == 0 ? default : _a.Span[(from * (_variant == GemmVariant.MultiplyTransposedA ? 1 : _a.Stride))..];
        switch (_variant)
        {
            case GemmVariant.Multiply:
                Gemm.Multiply(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, rowsOfC, c.Stride);
                break;
            case GemmVariant.MultiplyAdd:
                Gemm.MultiplyAdd(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, rowsOfC, c.Stride);
                break;
            case GemmVariant.MultiplyAddBias:
                Gemm.MultiplyAddBias(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, _bias.Span, rowsOfC, c.Stride);
                break;
            case GemmVariant.MultiplyTransposedA:
                Gemm.MultiplyTransposedA(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, rowsOfC, c.Stride);
                break;
            default:
                Gemm.SumRows(_n, _k, _b.Span, _b.Stride, rowsOfC);
                break;
        }
    }

    /// <summary>C by one chain of scalar fused multiply-adds for each element.</summary>
    public float[] RunChain()
    {
        float[] c = _start.ToDense();
        switch (_variant)
        {
            case GemmVariant.Multiply:
                ScalarChains.Multiply(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyAdd:
                ScalarChains.MultiplyAdd(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyAddBias:
                ScalarChains.MultiplyAddBias(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, _bias.Span, c, _n);
                break;
            case GemmVariant.MultiplyTransposedA:
                ScalarChains.MultiplyTransposedA(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, c, _n);
                break;
            default:
                ScalarChains.SumRows(_n, _k, _b.Span, _b.Stride, c);
                break;
        }
        return c;
    }

    /// <summary>C in double precision.</summary>
    public double[] RunReference() => RunReference(value => value);

    /// <summary>How far C may be from the reference: k roundings, each of a partial sum no larger than the sum of magnitudes.</summary>
    public double[] Tolerance() => [.. RunReference(MathF.Abs).Select(sum => sum * _k * Expect.UnitRoundoff)];

    private double[] RunReference(Func<float, float> transform)
    {
        float[] Transformed(GuardedMatrix matrix) => [.. matrix.Span.ToArray().Select(transform)];

        double[] c = [.. _start.ToDense().Select(value => (double)transform(value))];
        float[] a = Transformed(_a);
        float[] b = Transformed(_b);
        switch (_variant)
        {
            case GemmVariant.Multiply:
                ScalarKernels.Multiply(_m, _n, _k, a, _a.Stride, b, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyAdd:
                ScalarKernels.MultiplyAdd(_m, _n, _k, a, _a.Stride, b, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyAddBias:
                ScalarKernels.MultiplyAddBias(_m, _n, _k, a, _a.Stride, b, _b.Stride, Transformed(_bias), c, _n);
                break;
            case GemmVariant.MultiplyTransposedA:
                ScalarKernels.MultiplyTransposedA(_m, _n, _k, a, _a.Stride, b, _b.Stride, c, _n);
                break;
            default:
                ScalarKernels.SumRows(_n, _k, b, _b.Stride, c);
                break;
        }
        return c;
    }
}
