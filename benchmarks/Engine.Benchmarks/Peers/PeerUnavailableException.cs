namespace Engine.Benchmarks.Peers;

/// <summary>A peer is installed but cannot run on this system.</summary>
internal sealed class PeerUnavailableException(string message) : Exception(message);
