using System.Collections;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Benchmarks.History;

/// <summary>Where a run was made.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Model">Its family and model, which the names of virtual machines' processors hide.</param>
/// <param name="Cores">Logical processors that the process may use.</param>
/// <param name="Caches">The caches of a core.</param>
/// <param name="System">Operating system and architecture.</param>
/// <param name="Runtime">The .NET version.</param>
/// <param name="VectorBits">Width of the vectors of matrix products and activations.</param>
/// <param name="GarbageCollector">Its mode.</param>
/// <param name="Settings">Environment variables of the runtime, DOTNET_*.</param>
internal sealed record Machine(
    string Processor, string Model, int Cores, string Caches, string System, string Runtime, int VectorBits, string GarbageCollector,
    IReadOnlyDictionary<string, string> Settings)
{
    private const string CpuInfo = "/proc/cpuinfo";
    private const string CacheFolder = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>The settings that say something about speed.</summary>
    private static readonly string[] Unimportant = ["DOTNET_CLI_", "DOTNET_NOLOGO", "DOTNET_ROOT", "DOTNET_SKIP_", "DOTNET_HOST", "DOTNET_GENERATE_"];

    /// <summary>The machine that this process runs on.</summary>
    public static Machine Here() => new(
        Field("model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor",
        Field("cpu family") is { } family ? $"family {family} model {Field("model") ?? "?"}" : "",
        Environment.ProcessorCount,
        CacheSizes(),
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
        RuntimeInformation.FrameworkDescription,
        Hardware.VectorBits,
        $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {(GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent")}",
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => (Name: (string)entry.Key, Value: (string?)entry.Value ?? ""))
            .Where(entry => entry.Name.StartsWith("DOTNET_", StringComparison.Ordinal) && !Array.Exists(Unimportant, entry.Name.StartsWith))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .ToDictionary(entry => entry.Name, entry => entry.Value));

    /// <summary>The folder of this machine's results: processor, model and cores.</summary>
    public string Folder()
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{Processor} {Model} {Cores} cores");
        var words = new string([.. text.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ')]);
        return string.Join('-', words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string? Field(string name)
    {
        string? line = File.Exists(CpuInfo) ? File.ReadLines(CpuInfo).FirstOrDefault(text => text.Split(':')[0].Trim() == name) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static string CacheSizes()
    {
        if (!Directory.Exists(CacheFolder))
        {
            return "unknown";
        }
        IEnumerable<string> caches = Directory.EnumerateDirectories(CacheFolder, "index*").Order(StringComparer.Ordinal)
            .Select(folder => $"L{Read(folder, "level")} {Read(folder, "type").ToLowerInvariant()} {Read(folder, "size")}");
        return string.Join(", ", caches);
    }

    private static string Read(string folder, string file) => File.ReadAllText(Path.Combine(folder, file)).Trim();
}
