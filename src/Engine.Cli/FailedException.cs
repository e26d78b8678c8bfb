namespace Engine.Cli;

/// <summary>The command could not do what it was asked for, though nothing is wrong with its input.</summary>
internal sealed class FailedException(string message, Exception? innerException = null) : Exception(message, innerException);
