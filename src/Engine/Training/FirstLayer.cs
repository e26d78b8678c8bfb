using Engine.Kernels;
using Engine.Networks;

namespace Engine.Training;

/// <summary>The first layer's part of training steps: forward and update, all of it or an owner's columns; and what an owner can do of its update before all samples are back.</summary>
/// <remarks>
/// <para>
/// Where zero pixels are skipped, the weights of 64 inputs are updated at a time: one word of the images' masks. Elsewhere as many at once as have the same samples in their sums.
/// An owner that waits for others sums what the samples that are back already add to the gradient, and keeps it; the update goes on from there. A sum is
/// one chain in the order of the samples, wherever it is stored in between: the same bits.
/// </para>
/// <para>Workers may use it at the same time, each with its own number.</para>
/// </remarks>
internal sealed class FirstLayer
{
    /// <summary>To store and load sums again takes as long as to add so many samples.</summary>
    private const int LeastSamples = 20;

    private readonly Minibatches _batches;
    private readonly WorkPlan _plan;
    private readonly float[] _learningRates;
    private readonly ulong[][] _scratch;

    /// <summary>Sums so far, in the shape of W: whole cache lines of columns are one owner's.</summary>
    private readonly AlignedBuffer? _sums;

    /// <summary>How many of the minibatch's samples are in the sums, by owner and word.</summary>
    private readonly int[][] _summed;

    private int _owners;

    /// <summary>Takes the memory that it needs.</summary>
    public FirstLayer(Backpropagation pass, Minibatches batches, WorkPlan plan, float[] learningRates, int workers)
    {
        Network network = pass.Network;
        _batches = batches;
        _plan = plan;
        _learningRates = learningRates;
        _scratch = [.. Enumerable.Range(0, workers).Select(_ => new ulong[SparseGemm.ScratchWords(pass.Rows)])];
        int owners = plan.MostOwners;
        _sums = owners > 0 ? new AlignedBuffer(checked(network.Inputs * network.DenseLayers[0].Stride)) : null;
        _summed = [.. Enumerable.Range(0, owners).Select(_ => new int[NonZeroMask.Words(network.Inputs)])];
    }

    /// <summary>A new run.</summary>
    /// <param name="owners">Workers that own columns.</param>
    public void Restart(int owners)
    {
        _owners = owners;
        foreach (int[] summed in _summed)
        {
            Array.Clear(summed);
        }
    }

    /// <summary>Some samples through all columns.</summary>
    public void Forward(StepBatch batch, int first, int rows)
    {
        if (_batches.IsSparse)
        {
            batch.Pass.ForwardFirst(_batches.Images(0, batch), first, rows);
        }
        else
        {
            batch.Pass.ForwardFirst(first, rows);
        }
    }

    /// <summary>Some samples through an owner's columns.</summary>
    public void ForwardColumns(int owner, StepBatch batch, int first, int rows)
    {
        (int firstColumn, int columns) = _plan.Columns(owner, _owners);
        if (_batches.IsSparse)
        {
            batch.Pass.ForwardFirst(_batches.Images(owner, batch), first, rows, firstColumn, columns);
        }
        else
        {
            batch.Pass.ForwardFirst(_batches.Floats(owner, batch, first, rows), first, rows, firstColumn, columns);
        }
    }

    /// <summary>Sums some of what the samples that are back add to an owner's columns of the gradient.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="batch">The minibatch.</param>
    /// <param name="back">How many of its samples, from the first, are back.</param>
    /// <returns>False if all is done, or too few are back: less than half of the minibatch, or than it pays for.</returns>
    public bool SumSome(int owner, StepBatch batch, int back)
    {
        if (back < Math.Max(LeastSamples, batch.Rows / 2) || back == batch.Rows)
        {
            return false;
        }
        int[] summed = _summed[owner];
        for (int i = 0; i < summed.Length; i++)
        {
            // There is not always time for all. The first and the last rows of images are nearly empty, and hardly worth it.
            int word = (i + (summed.Length / 4)) % summed.Length;
            if (summed[word] == 0)
            {
                Sum(owner, batch, word, back);
                summed[word] = back;
                return true;
            }
        }
        return false;
    }

    /// <summary>An owner's columns of the first W and of its bias.</summary>
    public void UpdateColumns(int owner, StepBatch batch)
    {
        (int firstColumn, int columns) = _plan.Columns(owner, _owners);
        batch.Pass.UpdateFirstBias(batch.Rows, firstColumn, columns, _learningRates[0]);
        int[] summed = _summed[owner];
        for (int word = 0, end; word < summed.Length; word = end)
        {
            end = word + 1;
            if (_batches.IsSparse)
            {
                Expect(batch, word);
                batch.Pass.UpdateFirst(
                    _batches.Images(owner, batch), summed[word], batch.Rows - summed[word], word, firstColumn, columns, _learningRates[0], _sums!.Span, _scratch[owner]);
                continue;
            }

            // With floats as many inputs as go together.
            while (end < summed.Length && summed[end] == summed[word])
            {
                end++;
            }
            batch.Pass.UpdateFirst(
                _batches.Floats(owner, batch, 0, batch.Rows), summed[word], batch.Rows - summed[word],
                FirstInput(batch, word), FirstInput(batch, end) - FirstInput(batch, word), firstColumn, columns, _learningRates[0], _sums!.Span);
        }
        Array.Clear(summed);
    }

    /// <summary>The weights of the 64 inputs of a word, where nobody owns columns.</summary>
    public void UpdateRows(int worker, StepBatch batch, int word)
    {
        int columns = RowLayout.PaddedColumns(batch.Pass.Network.DenseLayers[0].Outputs);
        Expect(batch, word);
        batch.Pass.UpdateFirst(_batches.Images(worker, batch), 0, batch.Rows, word, 0, columns, _learningRates[0], default, _scratch[worker]);
    }

    /// <summary>Sums the first samples for a word's inputs.</summary>
    private void Sum(int owner, StepBatch batch, int word, int samples)
    {
        (int firstColumn, int columns) = _plan.Columns(owner, _owners);
        if (_batches.IsSparse)
        {
            batch.Pass.SumFirst(_batches.Images(owner, batch), samples, word, firstColumn, columns, _sums!.Span, _scratch[owner]);
        }
        else
        {
            batch.Pass.SumFirst(
                _batches.Floats(owner, batch, 0, batch.Rows), samples, FirstInput(batch, word), FirstInput(batch, word + 1) - FirstInput(batch, word), firstColumn, columns, _sums!.Span);
        }
    }

    /// <summary>While these weights are updated, the pixels of some images may come: of the next minibatch that has not been read.</summary>
    private void Expect(StepBatch batch, int word) =>
        _batches.Expect(batch.Number + 1, Share(batch, word), Share(batch, word + 1));

    private static int Share(StepBatch batch, int word) => Threads.Share.Start(batch.Rows, word, Words(batch));

    /// <summary>The first input of a word; of the word after the last, the end of all.</summary>
    private static int FirstInput(StepBatch batch, int word) => Math.Min(word * NonZeroMask.WordBits, batch.Pass.Network.Inputs);

    private static int Words(StepBatch batch) => NonZeroMask.Words(batch.Pass.Network.Inputs);
}
