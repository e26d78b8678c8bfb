using System.Runtime.ExceptionServices;

namespace Engine.Training;

/// <summary>The reading of minibatches that workers share: whoever has time takes some samples of the next one, as long as there is a next one.</summary>
/// <remarks>A sample that cannot be read must not harm the minibatch before, which is not updated yet: the caller is told later.</remarks>
internal sealed class SharedReading(Minibatches batches, StepProgress progress)
{
    private volatile Unread? _unread;
    private StepProfile? _profile;

    /// <summary>The first minibatch that could not be read; <see cref="int.MaxValue"/> if there is none.</summary>
    public int FirstUnread => _unread?.Batch ?? int.MaxValue;

    /// <summary>A new run.</summary>
    public void Restart(StepProfile? profile)
    {
        _unread = null;
        _profile = profile;
    }

    /// <summary>Reads samples of a minibatch as long as there are any.</summary>
    public void ReadRest(int worker, int number)
    {
        while (ReadSome(worker, number))
        {
        }
    }

    /// <summary>Reads some samples of a minibatch: all of it that owners of columns do not read.</summary>
    /// <returns>False if there is no such minibatch, none of its samples is left, or the targets in their place are still needed.</returns>
    public bool ReadSome(int worker, int number)
    {
        _profile?.Mark(worker, StepProfile.WaitingPart);
        if (number >= progress.Steps || (batches.Roles.LossesAreLate && !progress.HasDecided(number - 1)) || !ReadSome(batches[number]))
        {
            return false;
        }
        _profile?.Mark(worker, StepProfile.InputsPart);
        return true;
    }

    /// <summary>Reads some samples of a minibatch for one of some owners of columns.</summary>
    /// <returns>False if there is no such minibatch, owners do not read, or nothing is left of it.</returns>
    public bool ReadAhead(int worker, int firstOwner, int endOwner, int number)
    {
        _profile?.Mark(worker, StepProfile.WaitingPart);
        for (int owner = firstOwner; owner < endOwner && number < progress.Steps && batches.OwnersRead; owner++)
        {
            if (batches.ReadAhead(owner, batches[number]))
            {
                _profile?.Mark(worker, StepProfile.InputsPart);
                return true;
            }
        }
        return false;
    }

    /// <summary>Throws what went wrong, if it was a minibatch of one of the steps that there were.</summary>
    public void ThrowIfUnread()
    {
        if (_unread is { } unread && unread.Batch < progress.Steps)
        {
            unread.Failure.Throw();
        }
    }

    private bool ReadSome(StepBatch batch)
    {
        if (!progress.TakeReads(batch.First + batch.Rows, out long start, out int count))
        {
            return false;
        }
        int first = (int)(start - batch.First);
        try
        {
            batches.Read(batch, first, count);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _unread, new Unread(batch.Number, ExceptionDispatchInfo.Capture(exception)), null);
        }
        progress.HaveRead(count);
        return true;
    }

    /// <summary>A minibatch that could not be read.</summary>
    private sealed record Unread(int Batch, ExceptionDispatchInfo Failure);
}
