using System.CommandLine;
using System.Text.Json;
using Engine.Benchmarks.Suite;
using Engine.Cli;
using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Training;

namespace Engine.Benchmarks.Peers;

/// <summary>The engine as one of the contenders: the same options and the same output as the other programs.</summary>
internal static class EngineProgram
{
    /// <summary>The verb that starts it.</summary>
    public const string Verb = "contender";

    public static Command Create()
    {
        var data = new Option<string>("--data") { Required = true };
        var seed = new Option<ulong>("--seed") { Required = true };
        var epochs = new Option<int>("--epochs") { Required = true };
        var threads = new Option<int>("--threads") { Required = true };
        var command = new Command(Verb, "One of the contenders of peers.") { data, seed, epochs, threads };
        command.Hidden = true;
        command.SetAction(result => Run(result.GetValue(data)!, result.GetValue(seed), result.GetValue(epochs), result.GetValue(threads)));
        return command;
    }

    private static int Run(string folder, ulong seed, int epochs, int threads)
    {
        ImageDataset data = MnistFolder.ReadTraining(folder);
        using var trainer = new Trainer(SeedNetwork.Create(seed), new SoftmaxCrossEntropy(), TrainingProblem.Seed.Options(threads));
        TrainingReport report = trainer.Train(data, new TrainingPlan { Epochs = epochs });
        foreach (EpochReport epoch in report.Epochs)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { epoch = epoch.Epoch, trainSeconds = epoch.TrainSeconds, loss = epoch.Loss }));
        }
        double accuracy = trainer.Evaluate(MnistFolder.ReadTest(folder)).Accuracy;
        string version = $"{System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, vectors of {Hardware.VectorBits} bits";
        Console.WriteLine(JsonSerializer.Serialize(new { version, threads, testAccuracy = accuracy }));
        return ExitCode.Done;
    }
}
