namespace Engine.Cli;

/// <summary>A result could not be written.</summary>
internal sealed class OutputException(string message, Exception innerException) : Exception(message, innerException);
