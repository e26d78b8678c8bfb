namespace Engine.Training;

/// <summary>How a network does on some data.</summary>
/// <param name="Loss">The loss: the mean over the samples, or their sum, as the loss reduces.</param>
/// <param name="Hits">Samples decided rightly: the largest output is that of the largest target, or the only output is on its target's side (<see cref="Layers.Loss.IsHit"/>). For regression, and where several labels may be right at once, it means nothing; see the loss.</param>
/// <param name="Count">Samples.</param>
public readonly record struct Evaluation(double Loss, int Hits, int Count)
{
    /// <summary>The share of hits, from 0 to 1; 0 for no samples.</summary>
    public double Accuracy => Count == 0 ? 0 : (double)Hits / Count;
}
