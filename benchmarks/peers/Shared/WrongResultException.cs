namespace Engine.Peers;

/// <summary>The peer computes something else than the engine; the message says what was expected and found.</summary>
internal sealed class WrongResultException(string message) : Exception(message);
