using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// A loss: how far a network's outputs are from their targets, and the gradient of that.
/// </summary>
/// <remarks>
/// Matrices are rows x columns with a row stride of <see cref="RowLayout.Stride"/> floats; columns are the network's outputs.
/// Instances are immutable and may be shared by threads.
/// </remarks>
public abstract class Loss
{
    /// <summary>Samples whose decisions are kept at a time.</summary>
    private const int HitsAtOnce = 64;

    private protected Loss(LossReduction reduction)
    {
        if (!Enum.IsDefined(reduction))
        {
            throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Expected a known reduction.");
        }
        Reduction = reduction;
    }

    /// <summary>How the losses of a minibatch's samples become one number.</summary>
    public LossReduction Reduction { get; }

    /// <summary>The activation that turns the network's outputs into what is reported: probabilities for a loss from logits. Null if none is needed.</summary>
    public virtual LayerDescription? OutputActivation => null;

    /// <summary>For a network of one output: the output from which on it says "yes".</summary>
    public virtual float DecisionThreshold => 0.5f;

    /// <summary>losses[i] ← the loss of sample i.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="columns">Outputs.</param>
    /// <param name="outputs">rows x columns, padded.</param>
    /// <param name="targets">rows x columns, padded.</param>
    /// <param name="losses">One number per sample.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public abstract void Forward(int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<double> losses);

    /// <summary>dOutputs ← the gradient of the minibatch's loss by the outputs.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="columns">Outputs.</param>
    /// <param name="outputs">rows x columns, padded.</param>
    /// <param name="targets">rows x columns, padded.</param>
    /// <param name="batchSize">Samples of the whole minibatch, 1 or more, of which these rows may be a part.</param>
    /// <param name="dOutputs">The gradient, rows x columns, padded.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span, or the minibatch is empty.</exception>
    public abstract void Backward(
        int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, int batchSize, Span<float> dOutputs);

    /// <summary>One number for a minibatch: the losses added in index order, divided by their count for a mean.</summary>
    /// <param name="losses">The losses of the samples.</param>
    public double Reduce(ReadOnlySpan<double> losses)
    {
        double sum = 0;
        foreach (double loss in losses)
        {
            sum += loss;
        }
        return Reduction == LossReduction.Mean && losses.Length > 0 ? sum / losses.Length : sum;
    }

    /// <summary>Whether an output row decides as its target does: the same class, or the same side of the threshold if there is one output.</summary>
    /// <param name="output">A row of the network's outputs, without padding.</param>
    /// <param name="target">The target row, without padding.</param>
    /// <exception cref="ArgumentException">The rows are empty, or of different lengths.</exception>
    public bool IsHit(ReadOnlySpan<float> output, ReadOnlySpan<float> target)
    {
        Check.Length(target, output.Length);
        if (output.Length == 1)
        {
            return output[0] >= DecisionThreshold == target[0] >= 0.5f;
        }
        return ArgMax.Of(output) == ArgMax.Of(target);
    }

    /// <summary>hits[i] ← <see cref="IsHit"/> of row i.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="columns">Outputs.</param>
    /// <param name="outputs">rows x columns, padded.</param>
    /// <param name="targets">rows x columns, padded.</param>
    /// <param name="hits">One for each sample.</param>
    internal void FindHits(int rows, int columns, ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, Span<bool> hits)
    {
        int stride = RowLayout.Stride(columns);
        Span<int> decisions = stackalloc int[HitsAtOnce];
        Span<int> wanted = stackalloc int[HitsAtOnce];
        for (int first = 0; first < rows; first += HitsAtOnce)
        {
            int count = Math.Min(HitsAtOnce, rows - first);
            Decisions(count, columns, stride, outputs[(first * stride)..], DecisionThreshold, decisions);
            Decisions(count, columns, stride, targets[(first * stride)..], 0.5f, wanted);
            for (int i = 0; i < count; i++)
            {
                hits[first + i] = decisions[i] == wanted[i];
            }
        }
    }

    /// <summary>The class of each row, or the side of the threshold if there is one column.</summary>
    private static void Decisions(int rows, int columns, int stride, ReadOnlySpan<float> values, float threshold, Span<int> decisions)
    {
        if (columns > 1)
        {
            ArgMax.OfRows(rows, columns, stride, values, decisions);
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            decisions[i] = values[i * stride] >= threshold ? 1 : 0;
        }
    }

    private protected float Divisor(int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return Reduction == LossReduction.Mean ? batchSize : 1f;
    }
}
