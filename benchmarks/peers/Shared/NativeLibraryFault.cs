using System.Text.RegularExpressions;

namespace Engine.Peers;

/// <summary>Tells in one line why a native library did not load.</summary>
internal static partial class NativeLibraryFault
{
    /// <summary>Whether an exception, or one that it was caused by, comes from loading a native library.</summary>
    public static bool IsOne(Exception exception) =>
        Chain(exception).Any(cause => cause is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException);

    /// <summary>What the loader said: a version or a file that it did not find, else its first sentence.</summary>
    public static string Reason(Exception exception)
    {
        string text = string.Join("\n", Chain(exception).Select(cause => cause.Message));
        Match match = MissingVersion().Match(text);
        match = match.Success ? match : MissingFile().Match(text);
        return match.Success ? match.Value : Chain(exception).Last().Message.Split('\n')[0].Split(". ")[0].TrimEnd('.');
    }

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    /// <summary>For example: libstdc++.so.6: version `GLIBCXX_3.4.32' not found.</summary>
    [GeneratedRegex(@"[^\s/]+: version [`'][^']+' not found")]
    private static partial Regex MissingVersion();

    /// <summary>For example, of a library that another one needs: libgomp.so.1: cannot open shared object file.</summary>
    [GeneratedRegex(@"(?<![^\s])[^\s/]+: cannot open shared object file")]
    private static partial Regex MissingFile();
}
