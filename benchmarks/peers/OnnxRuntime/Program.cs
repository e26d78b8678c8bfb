using System.CommandLine;
using System.Text.Json;
using Engine.Data;
using Engine.Networks;

namespace Engine.Peers;

/// <summary>Prediction with 784-100-200-10, the engine against ONNX Runtime; prints one JSON object a line for each number of samples.</summary>
internal static class Program
{
    private const ulong Seed = 42;
    private const int Decimals = 10;

    private static readonly int[] SampleCounts = [1, 64, 1024, 10000];

    private static int Main(string[] args)
    {
        Option<string> data = PeerOptions.Data();
        Option<int> threads = PeerOptions.Threads();
        Option<int> rounds = PeerOptions.Number("--rounds", "Rounds, in each of which both are timed.", 20, 1, 1_000_000);
        return PeerCommand.Run(
            "OnnxRuntimePeer", "Prediction with 784-100-200-10 from floats, the engine against ONNX Runtime.", [data, threads, rounds], args,
            result => Compare(result.GetRequiredValue(data), result.GetRequiredValue(threads), result.GetRequiredValue(rounds)));
    }

    private static void Compare(string folder, int threads, int rounds)
    {
        string version = OnnxPrediction.Version();
        Network network = PeerNetwork.Create(Seed);
        byte[] model = OnnxModel.Write(network);
        float[] images = PeerData.Floats(folder, MnistFolder.ReadTest(folder), network, SampleCounts.Max());
        foreach (int samples in SampleCounts)
        {
            using var comparison = new PredictionComparison(network, model, images[..(samples * network.Inputs)], threads);
            comparison.Verify();
            (double[] engine, double[] peer) = comparison.Measure(rounds);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                samples,
                threads,
                engineSeconds = Rounded(engine),
                peerSeconds = Rounded(peer),
                version,
            }));
        }
    }

    private static double[] Rounded(double[] seconds) => Array.ConvertAll(seconds, value => Math.Round(value, Decimals));
}
