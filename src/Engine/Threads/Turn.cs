namespace Engine.Threads;

/// <summary>Who may work with what only one can work with at a time: whoever comes meanwhile, on this or another thread, is told, and not let in.</summary>
internal sealed class Turn
{
    private int _taken;

    /// <summary>Whether somebody has it.</summary>
    public bool IsTaken => Volatile.Read(ref _taken) != 0;

    /// <summary>Takes it; false if somebody has it.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    /// <summary>Gives it back.</summary>
    public void GiveBack() => Volatile.Write(ref _taken, 0);
}
