using CliWrap.Buffered;

namespace Engine.Benchmarks.History;

/// <summary>The commit that is checked out.</summary>
/// <param name="Id">Its name; "unknown" without Git.</param>
/// <param name="Subject">The first line of its message.</param>
/// <param name="Dirty">Whether files differ from it, results apart.</param>
internal sealed record Commit(string Id, string Subject, bool Dirty)
{
    /// <summary>Asks Git.</summary>
    public static async Task<Commit> Here(string root)
    {
        try
        {
            string id = await Git(root, "rev-parse", "HEAD");
            string subject = await Git(root, "log", "-1", "--format=%s");
            string changes = await Git(root, "status", "--porcelain", "--", ".", ":!benchmarks/results");
            return new Commit(id, subject, changes.Length > 0);
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or CliWrap.Exceptions.CommandExecutionException)
        {
            return new Commit("unknown", "", true);
        }
    }

    private static async Task<string> Git(string root, params string[] arguments) =>
        (await CliWrap.Cli.Wrap("git").WithWorkingDirectory(root).WithArguments(arguments).ExecuteBufferedAsync()).StandardOutput.Trim();
}
