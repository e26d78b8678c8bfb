using System.Text.Json.Serialization;
using Engine.Benchmarks.Cost;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Peers;

namespace Engine.Benchmarks.History;

/// <summary>One run of the suite on one machine, as it is kept.</summary>
internal sealed record RecordedRun
{
    /// <summary>The form of the file that this program writes and reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The form of this file.</summary>
    public required int Schema { get; init; }

    /// <summary>The commit that was measured.</summary>
    public required string Commit { get; init; }

    /// <summary>Its first line.</summary>
    public required string Subject { get; init; }

    /// <summary>Whether the checkout had changes beside it.</summary>
    public required bool Dirty { get; init; }

    /// <summary>When it was measured.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>Where.</summary>
    public required Machine Machine { get; init; }

    /// <summary>SHA-256 of the training pixels and labels.</summary>
    public required string DataChecksum { get; init; }

    /// <summary>Why the figures are not to be trusted; none if they are.</summary>
    public required IReadOnlyList<string> Noise { get; init; }

    /// <summary>The best FMA rate of one core.</summary>
    public required double PeakGigaflops { get; init; }

    /// <summary>Seconds that a signal took from one core to another, again and again while epochs were measured; null if not measured.</summary>
    public double[]? SignalSeconds { get; init; }

    /// <summary>Read rates of one core, GB/s, by what is read from.</summary>
    public required IReadOnlyDictionary<string, double> Bandwidths { get; init; }

    /// <summary>Mean loss of the measured epoch.</summary>
    public required double MeanLoss { get; init; }

    /// <summary>Test accuracy after the measured epoch.</summary>
    public required double TestAccuracy { get; init; }

    /// <summary>The most memory that the process had after the epochs.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Seconds of an epoch's parts, by number of threads.</summary>
    public required IReadOnlyDictionary<int, IReadOnlyDictionary<string, double>> Parts { get; init; }

    /// <summary>All samples.</summary>
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    /// <summary>How long training took to reach an accuracy; null if not measured.</summary>
    public IReadOnlyList<AccuracyRun>? TimesToAccuracy { get; init; }

    /// <summary>The same work on other software; null if not measured.</summary>
    public PeerComparison? Peers { get; init; }

    /// <summary>Whether its figures may stand for the machine: nothing disturbed its epochs, and at most a tenth of its measurements.</summary>
    [JsonIgnore]
    public bool IsQuiet => Noise.Count == 0 && 10 * Measuring.Noise.Disturbed(Measurements).Count <= Measurements.Count;

    /// <summary>The measurement of a name, or null.</summary>
    public Measurement? Find(string name) => Measurements.FirstOrDefault(measurement => measurement.Name == name);
}
