using System.Runtime.ExceptionServices;

namespace Engine.Training;

/// <summary>The reading of minibatches that workers share: whoever has time takes some samples of the next one.</summary>
/// <remarks>A sample that cannot be read must not harm the minibatch before, which is not updated yet: the caller is told later.</remarks>
internal sealed class SharedReading(Minibatches batches, StepProgress progress)
{
    private volatile Unread? _unread;

    /// <summary>The first minibatch that could not be read; <see cref="int.MaxValue"/> if there is none.</summary>
    public int FirstUnread => _unread?.Batch ?? int.MaxValue;

    /// <summary>A new run.</summary>
    public void Restart() => _unread = null;

    /// <summary>Reads some samples of a minibatch.</summary>
    /// <returns>False if none is left.</returns>
    public bool ReadSome(StepBatch batch)
    {
        if (!progress.TakeReads(batch.First + batch.Rows, out long start, out int count))
        {
            return false;
        }
        int first = (int)(start - batch.First);
        try
        {
            for (int row = first; row < first + count; row++)
            {
                batches.Read(batch, row);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _unread, new Unread(batch.Number, ExceptionDispatchInfo.Capture(exception)), null);
        }
        progress.HaveRead(count);
        return true;
    }

    /// <summary>Throws what went wrong, if it was one of the first <paramref name="steps"/> minibatches that could not be read.</summary>
    public void ThrowIfUnread(int steps)
    {
        if (_unread is { } unread && unread.Batch < steps)
        {
            unread.Failure.Throw();
        }
    }

    /// <summary>A minibatch that could not be read.</summary>
    private sealed record Unread(int Batch, ExceptionDispatchInfo Failure);
}
