namespace Engine.Threads;

/// <summary>How a number of rows is shared among the workers of a team: evenly, in order.</summary>
internal static class Share
{
    /// <summary>The first row of a worker's share; the share ends where the next one's starts.</summary>
    /// <param name="rows">Rows to share.</param>
    /// <param name="worker">The worker's number, from 0 to <paramref name="workers"/>.</param>
    /// <param name="workers">The size of the team.</param>
    public static int Start(int rows, int worker, int workers) => (int)((long)rows * worker / workers);
}
