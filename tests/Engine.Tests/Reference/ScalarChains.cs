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
}
