namespace Engine.Peers;

/// <summary>What a peer's process ends with.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int BadInput = 2;
    public const int Unavailable = 3;
}
