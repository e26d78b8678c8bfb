using System.Globalization;
using System.Text.Json;

namespace Engine.Benchmarks.History;

/// <summary>Recorded runs as files: <c>benchmarks/results/PROCESSOR/DATE-COMMIT.json</c>.</summary>
internal static class ResultStore
{
    private const int CommitDigits = 7;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new SampleConverter() },
    };

    /// <summary>The repository's folder: that of the solution, here or above.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Root()
    {
        for (DirectoryInfo? folder = new(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
            {
                return folder.FullName;
            }
        }
        throw new DirectoryNotFoundException("Expected to be run in the repository's folder or one below it; found no Engine.sln there.");
    }

    /// <summary>The folder of all results in a repository.</summary>
    public static string Folder(string root) => Path.Combine(root, "benchmarks", "results");

    /// <summary>Makes sure that a folder can be written, before anybody spends minutes on what goes there.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public static void Prepare(string folder)
    {
        Directory.CreateDirectory(folder);
        string probe = Path.Combine(folder, "." + Path.GetRandomFileName());
        File.WriteAllText(probe, "");
        File.Delete(probe);
    }

    /// <summary>Writes a run to a file of its own, which is there whole or not at all.</summary>
    /// <returns>The file.</returns>
    public static string Save(RecordedRun run, string folder)
    {
        string directory = Path.Combine(folder, run.Machine.Folder());
        Directory.CreateDirectory(directory);
        string commit = run.Commit[..Math.Min(CommitDigits, run.Commit.Length)];
        string name = string.Create(CultureInfo.InvariantCulture, $"{run.Date.UtcDateTime:yyyy-MM-dd-HHmmss}-{commit}{(run.Dirty ? "-dirty" : "")}");
        string path = Path.Combine(directory, name + ".json");
        string temporary = Path.Combine(directory, "." + Path.GetRandomFileName());
        try
        {
            File.WriteAllText(temporary, JsonSerializer.Serialize(run, Json) + "\n");
            File.Move(temporary, path, overwrite: false);
        }
        finally
        {
            File.Delete(temporary);
        }
        return path;
    }

    /// <summary>Reads a run.</summary>
    /// <exception cref="FormatException">The file is no run that this program can read.</exception>
    public static RecordedRun Read(string path)
    {
        try
        {
            RecordedRun run = JsonSerializer.Deserialize<RecordedRun>(File.ReadAllText(path), Json) ?? throw new FormatException($"{path}: expected a recorded run; found null.");
            if (run.Schema != RecordedRun.CurrentSchema)
            {
                throw new FormatException($"{path}: expected a recorded run with schema {RecordedRun.CurrentSchema}; found {run.Schema}.");
            }
            return run;
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{path}: expected a recorded run; found something else: {exception.Message}", exception);
        }
    }

    /// <summary>All runs of a folder and those below it, oldest first.</summary>
    public static IReadOnlyList<RecordedRun> ReadAll(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Read).OrderBy(run => run.Date)]
            : [];

    /// <summary>The run that a file name, or the start of a commit, means; of several the latest.</summary>
    /// <exception cref="FileNotFoundException">There is no such run.</exception>
    public static RecordedRun Resolve(string name, string root)
    {
        if (File.Exists(name))
        {
            return Read(name);
        }
        return ReadAll(Folder(root)).LastOrDefault(run => name.Length >= 4 && run.Commit.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FileNotFoundException($"Expected a file, or the first four digits or more of a recorded commit; found \"{name}\".");
    }
}
