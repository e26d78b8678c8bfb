namespace Engine.Benchmarks.Suite;

/// <summary>A matrix product C(m x n) ← A(m x k)·B(k x n) as training makes it.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="M">Rows of A and C.</param>
/// <param name="N">Columns of B and C.</param>
/// <param name="K">Columns of A, rows of B.</param>
/// <param name="TransposedA">Whether A is stored k x m, as in a weight gradient.</param>
/// <param name="TransposedB">Whether B is stored n x k, as in an input gradient.</param>
public sealed record GemmShape(string Name, int M, int N, int K, bool TransposedA = false, bool TransposedB = false)
{
    /// <summary>Floating-point operations: a multiplication and an addition for each step of each element.</summary>
    public double Flops => 2.0 * M * N * K;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {M}x{N}x{K}";
}
