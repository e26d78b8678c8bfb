namespace Engine.Training;

/// <summary>An owner's side of a step: its columns of the first W, forward and update; and what of the update it can do before all samples are back.</summary>
/// <remarks>Workers may use it at the same time, each with its own number.</remarks>
internal sealed class OwnerSteps(Minibatches batches, WorkPlan plan, StepProgress progress, FirstLayer firstLayer)
{
    /// <summary>All samples through a worker's columns.</summary>
    public void Forward(int worker, StepBatch batch, StepProfile? profile)
    {
        for (int first = 0, rows; first < batch.Rows; first += rows)
        {
            rows = batch.Roles.HasColumnsApart(worker) ? batch.Rows : plan.FirstPiece(batch.Roles, batch.Rows, batch.Rows - first);
            if (batches.OwnersRead)
            {
                batches.ReadInputs(worker, batch, first, rows);
                profile?.Mark(worker, StepProfile.InputsPart);
            }
            firstLayer.ForwardColumns(worker, batch, first, rows);
            profile?.Mark(worker, StepProfile.FirstForwardPart);
            progress.ThroughFirst(worker, batch.First + first + rows);
        }
    }

    /// <summary>Some of what an owner can do of its update before all samples are back.</summary>
    /// <param name="worker">A worker, owner or not.</param>
    /// <param name="batch">The minibatch.</param>
    /// <param name="profile">Where the time goes.</param>
    /// <returns>False if there is nothing to do.</returns>
    public bool BeginUpdate(int worker, StepBatch batch, StepProfile? profile)
    {
        if (worker >= batch.Roles.Owners)
        {
            return false;
        }
        profile?.Mark(worker, StepProfile.WaitingPart);
        int back = (int)(progress.PassedByAll() - batch.First);
        if (!firstLayer.SumSome(worker, batch, back))
        {
            return false;
        }
        profile?.Mark(worker, StepProfile.UpdatePart(0));
        return true;
    }

    /// <summary>All samples are back: what is left of the update of a worker's columns.</summary>
    public void Update(int worker, StepBatch batch, StepProfile? profile)
    {
        if (worker >= batch.Roles.Owners)
        {
            return;
        }
        firstLayer.UpdateColumns(worker, batch);
        profile?.Mark(worker, StepProfile.UpdatePart(0));
    }
}
