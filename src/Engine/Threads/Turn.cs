namespace Engine.Threads;

/// <summary>Who may work with what only one can work with at a time: whoever comes meanwhile, on this or another thread, is refused.</summary>
/// <param name="what">What it is, for the message.</param>
internal sealed class Turn(string what)
{
    private int _taken;

    /// <summary>Whether somebody has it.</summary>
    public bool IsTaken => Volatile.Read(ref _taken) != 0;

    /// <summary>Takes it, until what is returned is disposed of.</summary>
    /// <exception cref="InvalidOperationException">Somebody has it.</exception>
    public Held Take() => Interlocked.Exchange(ref _taken, 1) == 0 ? new Held(this) : throw Refusal();

    /// <summary>What whoever comes meanwhile is told.</summary>
    public InvalidOperationException Refusal() => new($"Expected one call of the {what} at a time; found another one under way.");

    /// <summary>A turn that has been taken.</summary>
    public readonly ref struct Held(Turn turn)
    {
        /// <summary>Gives it back.</summary>
        public void Dispose() => Volatile.Write(ref turn._taken, 0);
    }
}
