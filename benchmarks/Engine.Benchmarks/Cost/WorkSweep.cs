using System.Diagnostics;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;

namespace Engine.Benchmarks.Cost;

/// <summary>What else a run records: elementwise kernels, prediction, loading.</summary>
internal static class WorkSweep
{
    private const int Samples = 15;
    private const int LoadingSamples = 10;
    private const float Tolerance = 5e-7f;

    /// <summary>How many digits are predicted at once.</summary>
    public static readonly int[] Predictions = [1, 64, 1024, 10_000];

    /// <summary>Kernels that do little for each byte.</summary>
    public static IEnumerable<Measurement> Elementwise()
    {
        int[] counts = [64 * 208, 1 << 22];
        foreach (int count in counts)
        {
            var input = new AlignedBuffer(count);
            var random = new SplitMix64(1);
            foreach (ref float value in input.Span)
            {
                value = (float)((4 * random.NextDouble()) - 2);
            }
            var results = new AlignedBuffer[] { new(count), new(count), new(count) };
            double[][] seconds = Sampler.InTurns(
                Samples,
                () => ReluKernel.Forward(input.Span, results[0].Span),
                () => SigmoidKernel.Forward(input.Span, results[1].Span),
                () => TanhKernel.Forward(input.Span, results[2].Span));
            float[] expected = new float[count];
            ScalarBaseline.ReLU(input.Span, expected);
            Verify.SameBits(expected, results[0].Span, "ReLU");
            ScalarBaseline.Sigmoid(input.Span, expected);
            Verify.Close(expected, results[1].Span, Tolerance, "sigmoid");
            ScalarBaseline.Tanh(input.Span, expected);
            Verify.Close(expected, results[2].Span, Tolerance, "tanh");
            double bytes = 2.0 * sizeof(float) * count;

            // One comparison; for exp about 20 operations and a division.
            yield return new Measurement($"elementwise/ReLU/{count}", seconds[0], count, bytes);
            yield return new Measurement($"elementwise/sigmoid/{count}", seconds[1], 20.0 * count, bytes);
            yield return new Measurement($"elementwise/tanh/{count}", seconds[2], 24.0 * count, bytes);
        }
    }

    /// <summary>Prediction: one digit on the caller's thread, more on all cores.</summary>
    public static IEnumerable<Measurement> Prediction()
    {
        ImageDataset test = SeedNetwork.ReadTest();
        Network network = SeedNetwork.Create();
        var workspace = new Workspace(network);
        byte[] pixels = test.Pixels.ToArray();
        float[] expected = new float[test.Count * network.Outputs];
        network.Predict(pixels, expected, workspace);
        foreach (int count in Predictions)
        {
            float[] outputs = new float[count * network.Outputs];
            int next = 0;
            using BatchPredictor? predictor = count > 1 ? new BatchPredictor(network) : null;
            Action work = predictor is null
                ? () => network.Predict(test.Image(next++ % test.Count), outputs, workspace)
                : () => predictor.Predict(pixels.AsMemory(0, count * network.Inputs), outputs);
            double[][] seconds = Sampler.InTurns(Samples, work);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            work();
            long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            int last = predictor is null ? (next - 1) % test.Count : 0;
            Verify.SameBits(expected.AsSpan(last * network.Outputs, outputs.Length), outputs, "predictions");
            yield return new Measurement($"predict/{count}", seconds[0], (double)network.FlopsPerSample * count, AllocatedBytes: allocated);
        }
    }

    /// <summary>Prediction of one digit after the other on the caller's thread, each call with its own clock: the median and the 99th percentile of all test images.</summary>
    /// <remarks>A reading of the clock is part of each call's time.</remarks>
    public static IEnumerable<Measurement> Latency()
    {
        ImageDataset test = SeedNetwork.ReadTest();
        Network network = SeedNetwork.Create();
        var workspace = new Workspace(network);
        float[] outputs = new float[network.Outputs];
        double[] calls = new double[test.Count];
        double[] medians = new double[Samples];
        double[] tails = new double[Samples];
        for (int sample = -1; sample < Samples; sample++)
        {
            for (int i = 0; i < calls.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                network.Predict(test.Image(i), outputs, workspace);
                calls[i] = (Stopwatch.GetTimestamp() - start) / (double)Stopwatch.Frequency;    // a TimeSpan counts in 100 ns
            }
            if (sample >= 0)
            {
                medians[sample] = Summary.Quantile(calls, 0.5);
                tails[sample] = Summary.Quantile(calls, 0.99);
            }
        }
        yield return new Measurement("latency/1 digit/median", medians);
        yield return new Measurement("latency/1 digit/99th percentile", tails);
    }

    /// <summary>Reading the four files.</summary>
    public static Measurement Loading()
    {
        string checksum = SeedNetwork.Checksum(SeedNetwork.ReadTraining());
        double[] seconds = new double[LoadingSamples];
        for (int i = 0; i < seconds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            ImageDataset data = SeedNetwork.ReadTraining();
            SeedNetwork.ReadTest();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Verify.Same(checksum, SeedNetwork.Checksum(data), "training data");
        }
        return new Measurement("load/MNIST", seconds);
    }
}
