using System.Text.Json.Serialization;
using Engine.Benchmarks.Measuring;

namespace Engine.Benchmarks.Peers;

/// <summary>The same work on other software, measured in turns.</summary>
internal sealed record PeerComparison
{
    /// <summary>How the engine is called in a comparison.</summary>
    public const string EngineName = "Engine";

    /// <summary>Seconds of an epoch, the median of each round.</summary>
    public required IReadOnlyList<PeerSeries> Epochs { get; init; }

    /// <summary>Other work, each against the engine's.</summary>
    public required IReadOnlyList<PeerPair> Pairs { get; init; }

    /// <summary>Who was not there.</summary>
    public required IReadOnlyList<MissingPeer> Missing { get; init; }

    /// <summary>Why the figures are not to be trusted; none if they are.</summary>
    public required IReadOnlyList<string> Noise { get; init; }

    /// <summary>The ratios of the rounds: how many times as long a contender took as the engine on as many threads.</summary>
    public double[] Ratios(PeerSeries peer)
    {
        PeerSeries engine = Epochs.First(series => series.Name == EngineName && series.Threads == peer.Threads);
        return [.. peer.Seconds.Zip(engine.Seconds, (a, b) => a / b)];
    }
}

/// <summary>A contender's epochs.</summary>
/// <param name="Name">Who.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Version">Version and build, as it tells them.</param>
/// <param name="Seconds">Seconds of an epoch, the median of each round.</param>
/// <param name="FirstLoss">The mean loss of the first epoch, which must be everybody's.</param>
internal sealed record PeerSeries(string Name, int Threads, string Version, double[] Seconds, double FirstLoss);

/// <summary>Other work of a peer, and the engine's on the same.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Name">Who.</param>
/// <param name="Threads">Threads of both.</param>
/// <param name="Version">Version and build of the peer.</param>
/// <param name="EngineSeconds">The engine's seconds, a sample a round.</param>
/// <param name="PeerSeconds">The peer's.</param>
internal sealed record PeerPair(string Work, string Name, int Threads, string Version, double[] EngineSeconds, double[] PeerSeconds)
{
    /// <summary>How many times as long the peer took, by round.</summary>
    public double[] Ratios() => [.. PeerSeconds.Zip(EngineSeconds, (peer, engine) => peer / engine)];

    /// <summary>The median of the ratios.</summary>
    [JsonIgnore]
    public double Ratio => Summary.MedianOf(Ratios());
}

/// <summary>A peer that could not run.</summary>
/// <param name="Name">Who.</param>
/// <param name="Reason">What was not found.</param>
/// <param name="Installation">How to get it.</param>
internal sealed record MissingPeer(string Name, string Reason, string Installation);
