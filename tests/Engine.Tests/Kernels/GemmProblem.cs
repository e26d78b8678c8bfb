using System.Runtime.InteropServices;
using Engine.Kernels;
using Engine.Tests.Reference;

namespace Engine.Tests.Kernels;

/// <summary>The products that <see cref="Gemm"/> offers.</summary>
public enum GemmVariant
{
    Multiply,
    MultiplyAdd,
    MultiplyAddBias,
    MultiplyAddBiasRelu,
    MultiplyTransposedA,
    MultiplyTransposedAUpdate,
    MultiplyTransposedB,
    MultiplyTransposedBReluGradient,
    SumRows,
    SumRowsUpdate,
}

/// <summary>One product with guarded operands, to be computed by the kernel, by the scalar chain and by the reference.</summary>
internal sealed class GemmProblem
{
    private const float Rate = 0.37f;

    private readonly GemmVariant _variant;
    private readonly int _m;
    private readonly int _n;
    private readonly int _k;
    private readonly GuardedMatrix _a;
    private readonly GuardedMatrix _b;
    private readonly GuardedMatrix _bias;

    /// <summary>The output of a ReLU, for its gradient.</summary>
    private readonly GuardedMatrix _activations;

    /// <summary>What C holds before; only <see cref="GemmVariant.MultiplyAdd"/> and the updates may read it.</summary>
    private readonly GuardedMatrix _start;

    /// <param name="variant">Which product.</param>
    /// <param name="m">Rows of C; 1 for sums of rows.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="source">Where operands come from.</param>
    /// <param name="stride">The row stride for a number of columns; odd ones with a gap by default.</param>
    public GemmProblem(GemmVariant variant, int m, int n, int k, Func<float> source, Func<int, int>? stride = null)
    {
        stride ??= KernelTestData.OddStride;
        (_variant, _m, _n, _k) = (variant, m, n, k);
        bool readsC = variant is GemmVariant.MultiplyAdd or GemmVariant.MultiplyTransposedAUpdate or GemmVariant.SumRowsUpdate;
        (int rows, int columns) = ShapeOfA;
        _a = new GuardedMatrix(rows, columns, stride(columns), HasOneRow(variant) ? () => 1f : source);
        (rows, columns) = ShapeOfB;
        _b = new GuardedMatrix(rows, columns, stride(columns), source);
        _bias = new GuardedMatrix(n, source);
        _activations = new GuardedMatrix(m, n, stride(n) + 1, source);
        _start = new GuardedMatrix(m, n, stride(n) + 2, readsC ? source : () => float.NaN);
    }

    private GemmProblem(GemmProblem whole, int m, int n, int gap)
    {
        (_variant, _m, _n, _k) = (whole._variant, m, n, whole._k);
        (int rows, int columns) = ShapeOfA;
        _a = whole._a.Corner(rows, columns, columns + gap);
        (rows, columns) = ShapeOfB;
        _b = whole._b.Corner(rows, columns, columns + gap);
        _bias = whole._bias.Corner(1, n, n);
        _activations = whole._activations.Corner(m, n, n + (3 * gap));
        _start = whole._start.Corner(m, n, n + (2 * gap));
    }

    private bool TransposesA => _variant is GemmVariant.MultiplyTransposedA or GemmVariant.MultiplyTransposedAUpdate;

    private bool TransposesB => _variant is GemmVariant.MultiplyTransposedB or GemmVariant.MultiplyTransposedBReluGradient;

    private (int Rows, int Columns) ShapeOfA => TransposesA ? (_k, _m) : (_m, _k);

    private (int Rows, int Columns) ShapeOfB => TransposesB ? (_n, _k) : (_k, _n);

    /// <summary>Whether m can only be 1.</summary>
    public static bool HasOneRow(GemmVariant variant) => variant is GemmVariant.SumRows or GemmVariant.SumRowsUpdate;

    /// <summary>The problem whose C is the first <paramref name="m"/> rows and <paramref name="n"/> columns of this one's.</summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="gap">Elements between two rows of A and of B; C has twice as many, the activations three times.</param>
    public GemmProblem Corner(int m, int n, int gap) => new(this, m, n, gap);

    public override string ToString() =>
        $"{_variant} m={_m} n={_n} k={_k} lda={_a.Stride} ldb={_b.Stride} ldc={_start.Stride}";

    /// <summary>C by the vector kernel, in one call or, given boundaries, in one for each range of rows. Checks every guard.</summary>
    public float[] RunKernel(params int[] splits)
    {
        string context = ToString();
        GuardedMatrix c = _start.Copy();
        float[][] before = [_a.ToDense(), _b.ToDense(), _bias.ToDense(), _activations.ToDense()];
        int from = 0;
        foreach (int to in splits.Append(_m))
        {
            RunKernel(from, to, c);
            from = to;
        }
        GuardedMatrix[] operands = [_a, _b, _bias, _activations];
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
        Span<float> rowsOfA = m == 0 || _k == 0 ? default : _a.Span[(from * (TransposesA ? 1 : _a.Stride))..];
        Span<float> activations = m == 0 ? default : _activations.Span[Math.Min(from * _activations.Stride, _activations.Span.Length)..];
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
            case GemmVariant.MultiplyAddBiasRelu:
                Gemm.MultiplyAddBiasRelu(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, _bias.Span, rowsOfC, c.Stride);
                break;
            case GemmVariant.MultiplyTransposedA:
                Gemm.MultiplyTransposedA(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, rowsOfC, c.Stride);
                break;
            case GemmVariant.MultiplyTransposedAUpdate:
                Gemm.MultiplyTransposedAUpdate(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, Rate, rowsOfC, c.Stride);
                break;
            case GemmVariant.MultiplyTransposedB:
                Gemm.MultiplyTransposedB(m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, rowsOfC, c.Stride);
                break;
            case GemmVariant.MultiplyTransposedBReluGradient:
                Gemm.MultiplyTransposedBReluGradient(
                    m, _n, _k, rowsOfA, _a.Stride, _b.Span, _b.Stride, activations, _activations.Stride, rowsOfC, c.Stride);
                break;
            case GemmVariant.SumRows:
                Gemm.SumRows(_n, _k, _b.Span, _b.Stride, rowsOfC);
                break;
            default:
                Gemm.SumRowsUpdate(_n, _k, _b.Span, _b.Stride, Rate, rowsOfC);
                break;
        }
    }

    /// <summary>C by the loops, with vectors that the kernel might not choose.</summary>
    public float[] RunLoops<TVector>()
        where TVector : struct
    {
        GuardedMatrix c = _start.Copy();
        MatrixRef target = Matrix(c);
        switch (_variant)
        {
            case GemmVariant.MultiplyAdd:
                RunLoops<TVector, Plain>(target, default, MatrixRef.None, target);
                break;
            case GemmVariant.MultiplyAddBias:
                RunLoops<TVector, Plain>(new MatrixRef(ref MemoryMarshal.GetReference(_bias.Span), 0), default, MatrixRef.None, target);
                break;
            case GemmVariant.MultiplyAddBiasRelu:
                RunLoops<TVector, Rectify>(new MatrixRef(ref MemoryMarshal.GetReference(_bias.Span), 0), default, MatrixRef.None, target);
                break;
            case GemmVariant.MultiplyTransposedBReluGradient:
                RunLoops<TVector, RectifyGradient>(MatrixRef.None, default, Matrix(_activations), target);
                break;
            case GemmVariant.MultiplyTransposedAUpdate or GemmVariant.SumRowsUpdate:
                RunLoops<TVector, Update>(MatrixRef.None, new Update(Rate), target, target);
                break;
            default:
                RunLoops<TVector, Plain>(MatrixRef.None, default, MatrixRef.None, target);
                break;
        }
        c.AssertGuardsIntact(ToString());
        return c.ToDense();
    }

    private void RunLoops<TVector, TEpilogue>(MatrixRef start, TEpilogue epilogue, MatrixRef operand, MatrixRef c)
        where TVector : struct
        where TEpilogue : struct, IEpilogue =>
        GemmLoops.Run<TVector, TEpilogue>(_m, _n, _k, Matrix(_a, TransposesA), Matrix(_b, TransposesB), start, epilogue, operand, c);

    /// <summary>The same where B is transposed, the other way round.</summary>
    public float[] RunFewRows<TVector>()
        where TVector : struct =>
        RunTransposedB(
            c => GemmFewRows.Run<TVector, Plain>(_m, _n, _k, Matrix(_a), Matrix(_b), default, MatrixRef.None, Matrix(c)),
            c => GemmFewRows.Run<TVector, RectifyGradient>(_m, _n, _k, Matrix(_a), Matrix(_b), default, Matrix(_activations), Matrix(c)));

    /// <summary>The same as if there were few steps of k, as there must be; and at least a vector of columns.</summary>
    public float[] RunFewSteps<TVector>()
        where TVector : struct =>
        RunTransposedB(
            c => GemmFewSteps.Run<TVector, Plain>(_m, _n, _k, Matrix(_a), Matrix(_b), default, MatrixRef.None, Matrix(c)),
            c => GemmFewSteps.Run<TVector, RectifyGradient>(_m, _n, _k, Matrix(_a), Matrix(_b), default, Matrix(_activations), Matrix(c)));

    private float[] RunTransposedB(Action<GuardedMatrix> plain, Action<GuardedMatrix> reluGradient)
    {
        GuardedMatrix c = _start.Copy();
        (_variant == GemmVariant.MultiplyTransposedBReluGradient ? reluGradient : plain)(c);
        c.AssertGuardsIntact(ToString());
        return c.ToDense();
    }

    private static MatrixRef Matrix(GuardedMatrix matrix, bool transposed = false)
    {
        ref float origin = ref MemoryMarshal.GetReference(matrix.Span);
        return transposed ? new MatrixRef(ref origin, 1, matrix.Stride) : new MatrixRef(ref origin, matrix.Stride);
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
            case GemmVariant.MultiplyAddBiasRelu:
                ScalarChains.MultiplyAddBiasRelu(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, _bias.Span, c, _n);
                break;
            case GemmVariant.MultiplyTransposedA:
                ScalarChains.MultiplyTransposedA(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyTransposedAUpdate:
                ScalarChains.MultiplyTransposedAUpdate(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, Rate, c, _n);
                break;
            case GemmVariant.MultiplyTransposedB:
                ScalarChains.MultiplyTransposedB(_m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyTransposedBReluGradient:
                ScalarChains.MultiplyTransposedBReluGradient(
                    _m, _n, _k, _a.Span, _a.Stride, _b.Span, _b.Stride, _activations.Span, _activations.Stride, c, _n);
                break;
            case GemmVariant.SumRows:
                ScalarChains.SumRows(_n, _k, _b.Span, _b.Stride, c);
                break;
            default:
                ScalarChains.SumRowsUpdate(_n, _k, _b.Span, _b.Stride, Rate, c);
                break;
        }
        return c;
    }

    /// <summary>C in double precision.</summary>
    public double[] RunReference() => RunReference(value => value, Rate);

    /// <summary>
    /// How far C may be from the reference: k roundings, each of a partial sum no larger than the sum of magnitudes, and one of an update.
    /// </summary>
    public double[] Tolerance() => [.. RunReference(MathF.Abs, -Rate).Select(sum => sum * (_k + 1) * Expect.UnitRoundoff)];

    private double[] RunReference(Func<float, float> transform, float rate)
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
            case GemmVariant.MultiplyAddBiasRelu:
                ScalarKernels.MultiplyAddBiasRelu(_m, _n, _k, a, _a.Stride, b, _b.Stride, Transformed(_bias), c, _n);
                break;
            case GemmVariant.MultiplyTransposedA:
                ScalarKernels.MultiplyTransposedA(_m, _n, _k, a, _a.Stride, b, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyTransposedAUpdate:
                ScalarKernels.MultiplyTransposedAUpdate(_m, _n, _k, a, _a.Stride, b, _b.Stride, rate, c, _n);
                break;
            case GemmVariant.MultiplyTransposedB:
                ScalarKernels.MultiplyTransposedB(_m, _n, _k, a, _a.Stride, b, _b.Stride, c, _n);
                break;
            case GemmVariant.MultiplyTransposedBReluGradient:
                ScalarKernels.MultiplyTransposedBReluGradient(
                    _m, _n, _k, a, _a.Stride, b, _b.Stride, Transformed(_activations), _activations.Stride, c, _n);
                break;
            case GemmVariant.SumRows:
                ScalarKernels.SumRows(_n, _k, b, _b.Stride, c);
                break;
            default:
                ScalarKernels.SumRowsUpdate(_n, _k, b, _b.Stride, rate, c);
                break;
        }
        return c;
    }
}
