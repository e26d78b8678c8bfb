namespace Engine.Threads;

/// <summary>How a thread of a team waits for another: it spins for about ten microseconds, then gives its core away again and again.</summary>
/// <remarks>With more threads than cores it does not spin: somebody else needs the core.</remarks>
internal readonly struct Patience(int threads)
{
    private const int SpinsBeforeYield = 1000;

    /// <summary>How many times it spins.</summary>
    public int Spins { get; } = threads <= Environment.ProcessorCount ? SpinsBeforeYield : 0;

    /// <summary>Waits for a moment.</summary>
    /// <param name="i">How many moments have gone by.</param>
    public void Pause(int i)
    {
        if (i < Spins)
        {
            Thread.SpinWait(1);
        }
        else
        {
            Thread.Yield();
        }
    }
}
