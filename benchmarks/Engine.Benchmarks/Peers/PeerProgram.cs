using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;

namespace Engine.Benchmarks.Peers;

/// <summary>A program that trains the seed's network and prints one JSON object a line, as <c>benchmarks/README.md</c> tells.</summary>
/// <param name="Name">Who.</param>
/// <param name="File">The program.</param>
/// <param name="Arguments">Its arguments before those that all have.</param>
internal sealed record PeerProgram(string Name, string File, params string[] Arguments)
{
    /// <summary>The exit code of a program whose native library does not load on this system.</summary>
    public const int NotAvailable = 3;

    /// <summary>The seed of everybody's initial weights, that of the golden losses.</summary>
    public const string Seed = "42";

    private static readonly string[] VersionFields = ["version", "compiler", "blas"];

    /// <summary>Whether the program takes <c>--threads</c>; if not, the environment tells it.</summary>
    public bool TakesThreads { get; init; } = true;

    /// <summary>Trains for some epochs.</summary>
    /// <returns>What it reported.</returns>
    /// <exception cref="PeerUnavailableException">It cannot run on this system.</exception>
    /// <exception cref="InvalidOperationException">It failed or reported something else.</exception>
    public async Task<PeerRun> Run(string dataFolder, int threads, int epochs)
    {
        // Programs on .NET compile their code for speed at once, as the engine's command does, and not on another thread while the clock runs.
        string count = threads.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] common = ["--data", dataFolder, "--seed", Seed, "--epochs", epochs.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        BufferedCommandResult result = await CliWrap.Cli.Wrap(File)
            .WithArguments([.. Arguments, .. common, .. TakesThreads ? ["--threads", count] : Array.Empty<string>()])
            .WithEnvironmentVariables(variables => variables.Set("OPENBLAS_NUM_THREADS", count).Set("OMP_NUM_THREADS", count).Set("MKL_NUM_THREADS", count)
                .Set("DOTNET_TieredCompilation", "0"))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync();
        if (result.ExitCode == NotAvailable)
        {
            throw new PeerUnavailableException(result.StandardError.Trim());
        }
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Name} ended with exit code {result.ExitCode}: {result.StandardError.Trim()}");
        }
        return Parse(result.StandardOutput, epochs);
    }

    private PeerRun Parse(string output, int epochs)
    {
        var seconds = new List<double>();
        double firstLoss = double.NaN;
        string version = "";
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("epoch", out JsonElement epoch))
            {
                firstLoss = epoch.GetInt32() == 1 ? root.GetProperty("loss").GetDouble() : firstLoss;
                seconds.Add(root.GetProperty("trainSeconds").GetDouble());
            }
            else
            {
                version = string.Join(", ", VersionFields.Where(name => root.TryGetProperty(name, out _)).Select(name => root.GetProperty(name).GetString()));
            }
        }
        return seconds.Count == epochs
            ? new PeerRun([.. seconds], firstLoss, version)
            : throw new InvalidOperationException($"Expected {epochs} epochs from {Name}; found {seconds.Count}.");
    }
}

/// <summary>What a program reported.</summary>
/// <param name="Seconds">The seconds of each epoch.</param>
/// <param name="FirstLoss">The mean loss of the first.</param>
/// <param name="Version">Version and build.</param>
internal sealed record PeerRun(double[] Seconds, double FirstLoss, string Version);
