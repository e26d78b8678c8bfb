namespace Engine.Benchmarks.Reports;

/// <summary>The part of a text file that a program writes: what is between two comments.</summary>
internal static class Markers
{
    /// <summary>What is between the comments of a name, without them.</summary>
    /// <exception cref="FormatException">The text has no such comments.</exception>
    public static string Read(string text, string name)
    {
        (int start, int end) = Find(text, name);
        return text[start..end];
    }

    /// <summary>The text with something else between the comments.</summary>
    /// <exception cref="FormatException">The text has no such comments.</exception>
    public static string Replace(string text, string name, string content)
    {
        (int start, int end) = Find(text, name);
        return text[..start] + content + text[end..];
    }

    private static (int Start, int End) Find(string text, string name)
    {
        string begin = $"<!-- {name}:begin -->\n";
        string end = $"<!-- {name}:end -->";
        int start = text.IndexOf(begin, StringComparison.Ordinal);
        int stop = start < 0 ? -1 : text.IndexOf(end, start, StringComparison.Ordinal);
        return stop < 0
            ? throw new FormatException($"Expected the lines {begin.Trim()} and {end}, in this order; found no such lines.")
            : (start + begin.Length, stop);
    }
}
