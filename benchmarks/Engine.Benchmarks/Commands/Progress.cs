namespace Engine.Benchmarks.Commands;

/// <summary>A progress bar on standard error while something is measured; nothing where there is no terminal.</summary>
internal static class Progress
{
    private const int Width = 30;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    /// <summary>Runs work that reports the share that is done.</summary>
    /// <remarks>The bar is drawn by the thread that measures, between samples, twice a second at most: no other thread disturbs it.</remarks>
    public static T Show<T>(string what, Func<Action<double>, T> work)
    {
        T result = work(Bar(what));
        Clear(what);
        return result;
    }

    /// <summary>The same for work that waits for other programs.</summary>
    public static async Task<T> ShowAsync<T>(string what, Func<Action<double>, Task<T>> work)
    {
        T result = await work(Bar(what));
        Clear(what);
        return result;
    }

    private static Action<double> Bar(string what)
    {
        if (Console.IsErrorRedirected)
        {
            return _ => { };
        }
        DateTime last = DateTime.MinValue;
        return share =>
        {
            if (DateTime.UtcNow - last < Interval)
            {
                return;
            }
            last = DateTime.UtcNow;
            int done = (int)(share * Width);
            Console.Error.Write($"\r{what} [{new string('#', done)}{new string('.', Width - done)}] {(int)(share * 100),3} %");
        };
    }

    private static void Clear(string what)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write("\r" + new string(' ', what.Length + Width + 12) + "\r");
        }
    }
}
