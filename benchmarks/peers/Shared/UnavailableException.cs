namespace Engine.Peers;

/// <summary>The peer cannot run on this machine; the message says why.</summary>
internal sealed class UnavailableException(string message) : Exception(message);
