namespace Engine.Tests.Reference;

/// <summary>
/// The matrix product in the engine's own numbers: each output one chain of single-precision fused multiply-adds,
/// p ascending. The vector kernels must give these bits, whatever their width, tile and block.
/// </summary>
internal static class ScalarChains
{
    /// <summary>fma(a[k−1], b[k−1], … fma(a[0], b[0], start)); a and b are read <c>strideA</c> and <c>strideB</c> apart.</summary>
    public static float Chain(float start, int k, ReadOnlySpan<float> a, int strideA, ReadOnlySpan<float> b, int strideB)
    {
        float sum = start;
        for (int p = 0; p < k; p++)
        {
            sum = MathF.FusedMultiplyAdd(a[p * strideA], b[p * strideB], sum);
        }
        return sum;
    }

    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = k == 0 ? 0f : Chain(0f, k, a[(i * lda)..], 1, b[j..], ldb);
            }
        }
    }

    public static void MultiplyAdd(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n && k > 0; j++)
            {
                c[(i * ldc) + j] = Chain(c[(i * ldc) + j], k, a[(i * lda)..], 1, b[j..], ldb);
            }
        }
    }

    public static void MultiplyAddBias(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<float> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            bias[..n].CopyTo(c[(i * ldc)..]);
        }
        MultiplyAdd(m, n, k, a, lda, b, ldb, c, ldc);
    }

    /// <summary>C ← relu(bias + A·B).</summary>
    public static void MultiplyAddBiasRelu(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<float> c, int ldc)
    {
        MultiplyAddBias(m, n, k, a, lda, b, ldb, bias, c, ldc);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = Relu(c[(i * ldc) + j]);
            }
        }
    }

    /// <summary>C ← Aᵀ·B, A stored k x m.</summary>
    public static void MultiplyTransposedA(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = k == 0 ? 0f : Chain(0f, k, a[i..], lda, b[j..], ldb);
            }
        }
    }

    /// <summary>W ← W − rate · Aᵀ·B, A stored k x m.</summary>
    public static void MultiplyTransposedAUpdate(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, float rate, Span<float> weights, int ldw)
    {
        float[] gradient = new float[m * n];
        MultiplyTransposedA(m, n, k, a, lda, b, ldb, gradient, n);
        Update(m, n, gradient, n, rate, weights, ldw);
    }

    /// <summary>C ← A·Bᵀ, B stored n x k.</summary>
    public static void MultiplyTransposedB(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = k == 0 ? 0f : Chain(0f, k, a[(i * lda)..], 1, b[(j * ldb)..], 1);
            }
        }
    }

    /// <summary>C ← A·Bᵀ where the activation is positive, else 0; B stored n x k.</summary>
    public static void MultiplyTransposedBReluGradient(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb,
        ReadOnlySpan<float> activations, int ldActivations, Span<float> c, int ldc)
    {
        MultiplyTransposedB(m, n, k, a, lda, b, ldb, c, ldc);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = ReluBackward(activations[(i * ldActivations) + j], c[(i * ldc) + j]);
            }
        }
    }

    /// <summary>c[j] ← B[0, j] + B[1, j] + …, added in that order.</summary>
    public static void SumRows(int n, int k, ReadOnlySpan<float> b, int ldb, Span<float> c)
    {
        for (int j = 0; j < n; j++)
        {
            float sum = 0f;
            for (int p = 0; p < k; p++)
            {
                sum += b[(p * ldb) + j];
            }
            c[j] = sum;
        }
    }

    /// <summary>bias ← bias − rate · the sum of the rows of B.</summary>
    public static void SumRowsUpdate(int n, int k, ReadOnlySpan<float> b, int ldb, float rate, Span<float> bias)
    {
        float[] gradient = new float[n];
        SumRows(n, k, b, ldb, gradient);
        Update(1, n, gradient, n, rate, bias, n);
    }

    /// <summary>w ← w − rate · gradient, rounded once.</summary>
    public static void Update(int m, int n, ReadOnlySpan<float> gradient, int ldGradient, float rate, Span<float> weights, int ldw)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                weights[(i * ldw) + j] = MathF.FusedMultiplyAdd(-rate, gradient[(i * ldGradient) + j], weights[(i * ldw) + j]);
            }
        }
    }

    /// <summary>NaN passes, −0 becomes 0.</summary>
    public static float Relu(float x) => x <= 0f ? 0f : x;

    public static float ReluBackward(float y, float dY) => y <= 0f ? 0f : dY;
}
