using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;

namespace Engine.Tests.Readme;

/// <summary>The README's samples, compiled and run. <see cref="ReadmeTests"/> checks that the README shows just these lines.</summary>
internal static class ReadmeSample
{
    public static (double Accuracy, int Digit) Run()
    {
        ImageDataset training = MnistFolder.ReadTraining("data/mnist");
        ImageDataset test = MnistFolder.ReadTest("data/mnist");

        var network = new Network(
            NetworkDescription.Parse("784 -> Dense 100 -> ReLU -> Dense 200 -> ReLU -> Dense 10"),
            new InitializationOptions { Scheme = Initialization.GlorotNormal, Seed = 1 });

        using var trainer = new Trainer(network, new SoftmaxCrossEntropy(), new TrainerOptions { BatchSize = 64, LearningRates = [0.05f, 0.05f, 0.1f] });
        TrainingReport report = trainer.Train(training, new TrainingPlan
        {
            Epochs = 5,
            Validation = test,
            OnEpoch = epoch => Console.WriteLine($"{epoch.Epoch}: {epoch.Validation!.Value.Accuracy:P2} in {epoch.TrainSeconds * 1000:F0} ms"),
        });

        Safetensors.Save(network, "model.safetensors");       // loads into torch.nn.Sequential(Linear, ReLU, Linear, ReLU, Linear)

        var workspace = new Workspace(network);                // once for each thread
        float[] logits = new float[network.Outputs];
        network.Predict(test.Image(0), logits, workspace);
        int digit = Engine.Kernels.ArgMax.Of(logits);

        return (report.Epochs[^1].Validation!.Value.Accuracy, digit);
    }
}
