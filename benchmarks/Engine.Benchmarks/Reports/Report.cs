using Engine.Benchmarks.History;

namespace Engine.Benchmarks.Reports;

/// <summary>Writes charts and tables from all that is recorded in a repository.</summary>
internal static class Report
{
    /// <summary>The name of the main README's part.</summary>
    public const string SpeedMarker = "speed";

    /// <summary>The name of the benchmarks' README's part.</summary>
    public const string ResultsMarker = "results";

    /// <summary>The two texts, and what has to stand between their markers.</summary>
    /// <exception cref="FormatException">Nothing is recorded, or a file is damaged.</exception>
    public static IReadOnlyList<(string Path, string Marker, string Content)> Texts(string root)
    {
        IReadOnlyList<IReadOnlyList<RecordedRun>> machines = ReportText.ByMachine(ResultStore.ReadAll(ResultStore.Folder(root)));
        return machines.Count == 0
            ? throw new FormatException("Expected a recorded run in benchmarks/results; found none. The command track records one.")
            : [
                (Path.Combine(root, "README.md"), SpeedMarker, ReportText.Speed(machines)),
                (Path.Combine(root, "benchmarks", "README.md"), ResultsMarker, ReportText.Results(machines)),
            ];
    }

    /// <summary>Writes everything.</summary>
    /// <returns>The files, relative to the repository's folder.</returns>
    public static IReadOnlyList<string> Write(string root)
    {
        IReadOnlyList<(string Path, string Marker, string Content)> texts = Texts(root);
        string[] contents = [.. texts.Select(text => Markers.Replace(File.ReadAllText(text.Path), text.Marker, text.Content))];
        var files = new List<string>();
        foreach (IReadOnlyList<RecordedRun> runs in ReportText.ByMachine(ResultStore.ReadAll(ResultStore.Folder(root))))
        {
            string folder = Path.Combine(ResultStore.Folder(root), runs[0].Machine.Folder());
            Directory.CreateDirectory(folder);
            files.AddRange(Charts.Save(runs, folder).SelectMany(name => new[] { $"{name}-light.svg", $"{name}-dark.svg" }).Select(name => Path.Combine(folder, name)));
        }
        for (int i = 0; i < texts.Count; i++)
        {
            File.WriteAllText(texts[i].Path, contents[i]);
            files.Add(texts[i].Path);
        }
        return [.. files.Select(file => Path.GetRelativePath(root, file))];
    }
}
