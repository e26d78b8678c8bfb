using System.Text.Json;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Tests.Reference;

/// <summary>What an independent double-precision implementation computed on MNIST; norms are Frobenius norms after the last step.</summary>
internal sealed record GoldenValues(
    int[] Sizes,
    int Batch,
    float[] LearningRates,
    ulong Seed,
    double[] Losses,
    double[] SumW,
    double[] NormW,
    double[] NormB,
    double[] FirstWeights,
    double[][] FirstGradBias,
    double[] FirstGradNorm,
    int TestCorrect,
    int Steps)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static GoldenValues Read(string name) =>
        JsonSerializer.Deserialize<GoldenValues>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name)), Json)!;

    public Network CreateNetwork() => new(
        NetworkDescription.Chain(Sizes, LayerDescription.ReLU), new InitializationOptions { Scheme = Initialization.GlorotUniform, Seed = Seed });

    public TrainerOptions CreateOptions() => new() { BatchSize = Batch, LearningRates = LearningRates };
}
