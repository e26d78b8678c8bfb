namespace Engine.Tests.Reference;

/// <summary>Samples with their targets, one array each.</summary>
internal sealed record Minibatch(float[][] Inputs, float[][] Targets)
{
    public int Count => Inputs.Length;
}
