using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Engine.Data;
using Engine.Networks;
using TorchSharp;

namespace Engine.Peers;

/// <summary>
/// Trains 784-100-200-10 on MNIST with TorchSharp; prints one JSON object a line, for each epoch and then the settings, as
/// numpy_mnist.py and openblas_mnist.cpp do.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        Option<string> data = PeerOptions.Data();
        Option<int> epochs = PeerOptions.Number("--epochs", "Epochs.", 10, 1, 1_000_000);
        Option<int> threads = PeerOptions.Threads();
        Option<ulong> seed = PeerOptions.Seed();
        return PeerCommand.Run(
            "TorchSharpPeer", "Trains 784-100-200-10 on MNIST with TorchSharp.", [data, epochs, threads, seed], args,
            result =>
            {
                TorchLibrary.Load();
                Train(result.GetRequiredValue(data), result.GetRequiredValue(epochs), result.GetRequiredValue(threads), result.GetRequiredValue(seed));
            });
    }

    private static void Train(string folder, int epochs, int threads, ulong seed)
    {
        torch.set_num_threads(threads);
        Network network = PeerNetwork.Create(seed);
        (ImageDataset training, ImageDataset test) = MnistFolder.Read(folder);
        using torch.Tensor images = Images(folder, training, network);
        using torch.Tensor labels = Labels(training);
        using torch.Tensor testImages = Images(folder, test, network);
        using torch.Tensor testLabels = Labels(test);
        using var peer = new TorchTraining(network);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            double loss = peer.TrainEpoch(images, labels);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Print(new { epoch, trainSeconds = Math.Round(seconds, 6), loss = Math.Round(loss, 9) });
        }
        Print(new
        {
            peer = "torchsharp",
            version = TorchLibrary.Version(),
            threads = torch.get_num_threads(),
            seed,
            epochs,
            testAccuracy = Math.Round(peer.Accuracy(testImages, testLabels), 4),
        });
    }

    /// <summary>All pixels as floats, before the clock starts: the peer's best case.</summary>
    private static torch.Tensor Images(string folder, ImageDataset images, Network network) =>
        torch.tensor(PeerData.Floats(folder, images, network, 1), [images.Count, network.Inputs]);

    private static torch.Tensor Labels(ImageDataset images) => torch.tensor(Array.ConvertAll(images.Labels.ToArray(), label => (long)label));

    private static void Print<T>(T line) => Console.WriteLine(JsonSerializer.Serialize(line));
}
