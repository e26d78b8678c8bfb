namespace Engine.Benchmarks.Suite;

/// <summary>A matrix of logits.</summary>
/// <param name="Rows">Samples.</param>
/// <param name="Classes">Columns.</param>
public sealed record SoftmaxShape(int Rows, int Classes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Rows}x{Classes}";
}
