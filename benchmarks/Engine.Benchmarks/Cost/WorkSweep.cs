using System.Diagnostics;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Suite;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;
using Engine.Training;

namespace Engine.Benchmarks.Cost;

/// <summary>What else a run records: elementwise kernels, epochs by size of the minibatch and with all inputs multiplied, prediction, loading.</summary>
internal static class WorkSweep
{
    private const int Samples = 15;
    private const int EpochSamples = 7;
    private const float Tolerance = 5e-7f;

    /// <summary>Sizes of a minibatch.</summary>
    public static readonly int[] BatchSizes = [16, 32, 64, 128, 256, 512];

    /// <summary>How many digits are predicted at once.</summary>
    public static readonly int[] Predictions = [1, 64, 1024, 10_000];

    /// <summary>The name of the epochs with a size of minibatch.</summary>
    public static string BatchName(int size, int threads) => $"epoch/minibatch {size}/{Quantity.Threads(threads)}";

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

    /// <summary>Epochs with minibatches of several sizes, and with all inputs multiplied.</summary>
    public static IEnumerable<Measurement> Epochs(Action<double> onProgress)
    {
        ImageDataset data = SeedNetwork.ReadTraining();
        int threads = Environment.ProcessorCount;
        (string Name, TrainerOptions Options)[] work =
        [
            .. BatchSizes.Select(size => (BatchName(size, threads), EpochSubject.Options(threads, batchSize: size))),
            ($"epoch/784-100-200-10 dense/{Quantity.Threads(threads)}", EpochSubject.Options(threads, InputPath.Dense)),
        ];
        EpochSubject[] subjects = [.. work.Select(one => new EpochSubject(data, one.Options))];
        double[][] seconds = [.. work.Select(_ => new double[EpochSamples])];
        long[] allocated = new long[work.Length];
        try
        {
            Array.ForEach(subjects, subject => subject.Run());
            for (int sample = 0; sample < EpochSamples; sample++)
            {
                for (int i = 0; i < subjects.Length; i++)
                {
                    EpochReport report = subjects[i].Run();
                    seconds[i][sample] = report.TrainSeconds;
                    allocated[i] = Math.Max(allocated[i], report.AllocatedBytes);
                }
                onProgress((sample + 1.0) / EpochSamples);
            }
            return [.. work.Select((one, i) => new Measurement(
                one.Name, seconds[i], one.Options.InputPath == InputPath.Dense ? subjects[i].DenseFlops : subjects[i].UsefulFlops, AllocatedBytes: allocated[i]))];
        }
        finally
        {
            Array.ForEach(subjects, subject => subject.Dispose());
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

    /// <summary>Reading the four files.</summary>
    public static Measurement Loading()
    {
        string checksum = SeedNetwork.Checksum(SeedNetwork.ReadTraining());
        double[] seconds = new double[EpochSamples];
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
