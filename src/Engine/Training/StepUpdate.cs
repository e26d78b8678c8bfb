using Engine.Kernels;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>The update of a step, one worker's share: owners update their columns of the first W; who takes what is nobody's own, rows of the other W as long as there are any.</summary>
/// <remarks>Workers may use it at the same time, each with its own number.</remarks>
internal sealed class StepUpdate(Minibatches batches, WorkPlan plan, StepProgress progress, FirstLayer firstLayer, OwnerSteps owners, float[] learningRates, ApartArray<ulong>[] scratch, TransposedWeights[] transposed)
{
    private readonly int _team = scratch.Length;

    /// <summary>What a worker has to update.</summary>
    public void Run(int worker, StepBatch batch, StepProfile? profile)
    {
        // A worker with columns apart comes from the other layers: what their update needs is still in its caches, so its columns go last.
        bool columnsLast = batch.Roles.HasColumnsApart(worker);
        if (!columnsLast)
        {
            owners.Update(worker, batch, profile);
        }
        UpdateRest(worker, batch, profile);
        if (columnsLast)
        {
            owners.Update(worker, batch, profile);
        }
    }

    /// <summary>What is nobody's own.</summary>
    private void UpdateRest(int worker, StepBatch batch, StepProfile? profile)
    {
        Roles roles = batch.Roles;
        if (worker == roles.Workers(_team) - 1)
        {
            int last = roles.Owners > 0 ? 1 : 0;    // owners have their own part of the first layer's
            for (int layer = learningRates.Length - 1; layer >= last; layer--)
            {
                batch.Pass.UpdateBias(layer, batch.Rows, learningRates[layer]);
            }
        }
        if (roles.TakesRest(worker))
        {
            UpdatePieces(worker, batch, profile);
        }
    }

    /// <summary>Rows of every W that has no owners, as long as there are any for this worker.</summary>
    private void UpdatePieces(int worker, StepBatch batch, StepProfile? profile)
    {
        int owners = batch.Roles.Owners;
        int sparse = owners == 0 && batches.IsSparse ? NonZeroMask.Words(batch.Pass.Network.Inputs) : 0;
        int takers = batch.Roles.Takers(_team);
        int dense = plan.PieceCount(takers, withFirst: owners == 0 && sparse == 0);
        int count = dense + sparse;
        long start = (long)batch.Number * count;
        while (progress.TakePiece(start + count - plan.PiecesLeft(worker, owners), out long piece))
        {
            int i = (int)(piece - start);
            int layer = 0;
            if (i < dense)
            {
                (layer, int first, int rows) = plan.PieceAt(i, takers);
                batch.Pass.UpdateWeights(layer, first, rows, batch.Rows, learningRates[layer], scratch[worker].Span, transposed[worker]);
            }
            else
            {
                firstLayer.UpdateRows(worker, batch, i - dense);
            }
            profile?.Mark(worker, StepProfile.UpdatePart(layer));
        }
    }
}
