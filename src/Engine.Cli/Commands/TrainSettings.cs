using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Commands;

/// <summary>What <c>train</c> was asked to do.</summary>
internal sealed record TrainSettings
{
    public required string? Data { get; init; }

    /// <summary>Inputs, hidden widths, outputs; null: as the data asks for.</summary>
    public required int[]? Widths { get; init; }

    public required LayerDescription Activation { get; init; }

    public required Initialization Initialization { get; init; }

    public required int Epochs { get; init; }

    public required int BatchSize { get; init; }

    public required float[] LearningRates { get; init; }

    public required bool Shuffle { get; init; }

    public required ulong Seed { get; init; }

    public required int Threads { get; init; }

    public required InputPath InputPath { get; init; }

    public required string? From { get; init; }

    public required string? Save { get; init; }

    public required string? Log { get; init; }

    public required string? LogSteps { get; init; }

    public required string? Plot { get; init; }

    public required double? Target { get; init; }

    public required bool Quiet { get; init; }
}
