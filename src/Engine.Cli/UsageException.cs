namespace Engine.Cli;

/// <summary>The command was called with something that it cannot work with; the message says what was expected and found.</summary>
internal sealed class UsageException(string message) : Exception(message);
