using System.CommandLine;
using System.Globalization;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Cli.Commands;

/// <summary>The options of <c>train</c>; <see cref="TrainRun"/> does the work.</summary>
internal static class TrainCommand
{
    /// <summary>Samples of a step, unless told otherwise.</summary>
    public const int DefaultBatchSize = 64;

    /// <summary>The names of the options that decide which kernels are compiled: <see cref="Training.Rehearsal"/>.</summary>
    public const string Layers = "--layers", Activation = "--activation", BatchSize = "--batch-size", Threads = "--threads", Inputs = "--inputs";

    private const int MaximumBatch = 1 << 20;

    /// <summary>The seed's learning rates, one for each dense layer of its network.</summary>
    private static readonly float[] DefaultRates = [0.05f, 0.05f, 0.1f];

    public static Command Create()
    {
        Option<string?> data = CommonOptions.Data();
        Option<int[]> layers = CommonOptions.List<int>(
            Layers, "784,100,200,10", "Inputs, hidden widths, outputs. [default: PIXELS,100,200,CLASSES]",
            $"two widths or more, each from 1 to {RowLayout.MaximumColumns}, such as 784,100,200,10", minimumCount: 2, width => width is > 0 and <= RowLayout.MaximumColumns);
        Option<string> activation = CommonOptions.Choice(Activation, "Between the dense layers: relu, leakyrelu, sigmoid or tanh.", "relu", "leakyrelu", "sigmoid", "tanh");
        Option<string> init = CommonOptions.Choice(
            "--init", "Initial weights: glorot-normal, glorot-uniform, he or uniform.", "glorot-normal", "glorot-uniform", "he", "uniform");
        Option<int> epochs = CommonOptions.Number("--epochs", "Passes over the training data.", 32, 0, int.MaxValue);
        Option<int> batchSize = CommonOptions.Number(BatchSize, "Samples of a step.", DefaultBatchSize, 1, MaximumBatch);
        Option<float[]> rates = CommonOptions.List<float>(
            "--learning-rate", "A[,B,C]", "One learning rate for all dense layers, or one for each. [default: 0.05,0.05,0.1, or 0.05 if there are not three]",
            "learning rates above 0 that single precision holds, such as 0.05,0.05,0.1", minimumCount: 1, rate => rate > 0 && float.IsFinite(rate));
        var shuffle = new Option<bool>("--shuffle") { Description = "Take the samples in a new random order each epoch; file order unless given." };
        Option<ulong> seed = CommonOptions.Seed("Seed of the initial weights and of the shuffling.");
        Option<int> threads = CommonOptions.Number(Threads, "Threads; the result does not depend on it.", Environment.ProcessorCount, 1, 1024);
        Option<string> inputs = CommonOptions.Choice(
            Inputs, "Whether zeros are skipped: automatic (where that is faster), dense (none, in no layer) or sparse (all zero pixels). The result does not depend on it.", "automatic", "dense", "sparse");
        Option<string?> from = CommonOptions.Name("--from", "MODEL.safetensors", "Start from a saved network instead of fresh weights.");
        Option<string?> save = CommonOptions.Name("--save", "MODEL.safetensors", "Save the network at the end, also after Ctrl-C, unless no step was made; a second Ctrl-C ends it without.");
        Option<string?> log = CommonOptions.Name("--log", "FILE.jsonl", "Write one JSON object a line for each epoch.");
        Option<string?> logSteps = CommonOptions.Name("--log-steps", "FILE.jsonl", "Write one JSON object a line for each step.");
        Option<string?> plot = CommonOptions.File("--plot", "Draw accuracy and loss by epoch.", ".png", ".svg");
        Option<double?> target = CommonOptions.Parsed(
            "--target", "ACC", "Stop after the epoch that reaches this test accuracy, for example 0.97.", "an accuracy above 0 and up to 1, such as 0.97",
            (string text, out double? value) =>
            {
                bool valid = double.TryParse(text, CultureInfo.InvariantCulture, out double number) && number is > 0 and <= 1;
                value = number;
                return valid;
            });
        var quiet = new Option<bool>("--quiet") { Description = "Print nothing but errors." };

        var command = new Command("train", "Train a network on images and report its test accuracy: 784-100-200-10 on MNIST unless told otherwise.")
        {
            data, layers, activation, init, epochs, batchSize, rates, shuffle, seed, threads, inputs, from, save, log, logSteps, plot, target, quiet,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(from) is not null && new Option[] { layers, activation, init }.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } conflicting)
            {
                result.AddError($"Option {conflicting.Name} does not go with --from: the saved network has layers and weights already.");
            }
        });
        command.SetAction(result => TrainRun.Run(new TrainSettings
        {
            Data = result.GetValue(data),
            Widths = result.GetResult(layers) is null ? null : result.GetValue(layers),
            Activation = LayerDescription.Parse(result.GetValue(activation)!),
            Initialization = Enum.Parse<Initialization>(result.GetValue(init)!.Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
            Epochs = result.GetValue(epochs),
            BatchSize = result.GetValue(batchSize),
            LearningRates = result.GetValue(rates) ?? [],
            Shuffle = result.GetValue(shuffle),
            Seed = result.GetValue(seed),
            Threads = result.GetValue(threads),
            InputPath = Enum.Parse<InputPath>(result.GetValue(inputs)!, ignoreCase: true),
            From = result.GetValue(from),
            Save = result.GetValue(save),
            Log = result.GetValue(log),
            LogSteps = result.GetValue(logSteps),
            Plot = result.GetValue(plot),
            Target = result.GetValue(target),
            Quiet = result.GetValue(quiet),
        }));
        return command;
    }

    /// <summary>The learning rates for a network: those given, or the seed's if they fit, or its first.</summary>
    public static float[] RatesFor(float[] given, int denseLayers) =>
        given.Length > 0 ? given : denseLayers == DefaultRates.Length ? DefaultRates : [DefaultRates[0]];
}
