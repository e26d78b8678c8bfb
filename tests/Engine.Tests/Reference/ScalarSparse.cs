namespace Engine.Tests.Reference;

/// <summary>The sparse product in the engine's own numbers: the chains of <see cref="ScalarChains"/> without the steps where A is zero.</summary>
internal static class ScalarSparse
{
    /// <summary>C ← bias + A·B.</summary>
    public static void MultiplyAddBias(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<float> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            bias[..n].CopyTo(c[(i * ldc)..]);
            for (int p = 0; p < k; p++)
            {
                AddRow(n, a[(i * lda) + p], b[(p * ldb)..], c[(i * ldc)..]);
            }
        }
    }

    /// <summary>C ← C + Aᵀ·B, A stored k x m.</summary>
    public static void MultiplyTransposedAAdd(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc)
    {
        for (int p = 0; p < k; p++)
        {
            for (int i = 0; i < m; i++)
            {
                AddRow(n, a[(p * lda) + i], b[(p * ldb)..], c[(i * ldc)..]);
            }
        }
    }

    /// <summary>W ← W − rate · (dW + 0): a gradient of −0 counts as 0.</summary>
    public static void Update(ReadOnlySpan<float> gradient, float rate, Span<float> weights)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = MathF.FusedMultiplyAdd(-rate, gradient[i] + 0f, weights[i]);
        }
    }

    /// <summary>Bit i % 64 of word i / 64 says whether element i is not zero.</summary>
    public static ulong[] NonZeroMask(ReadOnlySpan<float> row)
    {
        ulong[] mask = new ulong[(row.Length + 63) / 64];
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] != 0f)
            {
                mask[i / 64] |= 1UL << (i % 64);
            }
        }
        return mask;
    }

    private static void AddRow(int n, float a, ReadOnlySpan<float> b, Span<float> c)
    {
        for (int j = 0; j < n && a != 0f; j++)
        {
            c[j] = MathF.FusedMultiplyAdd(a, b[j], c[j]);
        }
    }
}
