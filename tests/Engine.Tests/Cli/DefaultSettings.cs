using Engine.Cli.Commands;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Tests.Cli;

/// <summary>Settings of <c>train</c> to change one by one.</summary>
internal static class DefaultSettings
{
    public static TrainSettings Train { get; } = new()
    {
        Data = null,
        Widths = null,
        Activation = LayerDescription.ReLU,
        Initialization = Initialization.GlorotNormal,
        Epochs = 1,
        BatchSize = 64,
        LearningRates = [],
        Shuffle = false,
        Seed = 1,
        Threads = 1,
        InputPath = InputPath.Automatic,
        From = null,
        Save = null,
        Log = null,
        LogSteps = null,
        Plot = null,
        Target = null,
        Quiet = true,
    };
}
