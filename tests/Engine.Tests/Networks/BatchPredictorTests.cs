using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Networks;

public sealed class BatchPredictorTests
{
    private static readonly Network Small = new(NetworkDescription.Parse("30 -> Dense 20 -> ReLU -> Dense 7 -> Tanh -> Dense 4 -> Softmax"));

    [Test]
    public void Predict_AnyNumberOfSamples_HasTheBitsOfOneAtATime(
        [Values(0, 1, 5, 64, 65, 200)] int samples, [Values(1, 2, 5)] int threads, [Values(1, 3, 64)] int batchSize, [Values(0.2, 0.9)] double density)
    {
        var random = new Random(samples);
        byte[] pixels = [.. Enumerable.Range(0, samples * 30).Select(_ => random.NextDouble() < density ? (byte)random.Next(1, 256) : (byte)0)];
        float[] inputs = [.. pixels.Select(pixel => (float)(pixel / 255.0))];
        float[] expected = new float[samples * 4];
        var workspace = new Workspace(Small);
        for (int i = 0; i < samples; i++)
        {
            Small.Predict(pixels.AsSpan(i * 30, 30), expected.AsSpan(i * 4, 4), workspace);
        }

        using var predictor = new BatchPredictor(Small, threads, batchSize);
        float[] fromPixels = new float[expected.Length];
        float[] fromFloats = new float[expected.Length];
        predictor.Predict(pixels, fromPixels);
        predictor.Predict(inputs, fromFloats);
        Assert.That(fromPixels, Is.EqualTo(expected));
        Assert.That(fromFloats, Is.EqualTo(expected));
    }

    [Test]
    public void Predict_WrongLengths_AreRefused()
    {
        using var predictor = new BatchPredictor(Small, 2);
        Assert.That(() => predictor.Predict(new byte[31], new float[4]), Throws.ArgumentException.With.Message.Contain("31"));
        Assert.That(() => predictor.Predict(new float[60], new float[9]), Throws.ArgumentException.With.Message.Contain("9"));
        Assert.That(() => new BatchPredictor(Small, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BatchPredictor(Small, 1025), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BatchPredictor(Small, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BatchPredictor(null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Predict_AfterDispose_IsRefused()
    {
        var predictor = new BatchPredictor(Small, 2);
        predictor.Dispose();
        Assert.That(() => predictor.Predict(new byte[30], new float[4]), Throws.InstanceOf<ObjectDisposedException>().With.Property("ObjectName").EqualTo(typeof(BatchPredictor).FullName));
        Assert.That(() => predictor.Predict(new float[30], new float[4]), Throws.InstanceOf<ObjectDisposedException>().With.Property("ObjectName").EqualTo(typeof(BatchPredictor).FullName));
    }

    [Test]
    public void Predict_WhenDone_KeepsNothingOfTheCallers()
    {
        using var predictor = new BatchPredictor(Small, 2);
        WeakReference[] Predict()
        {
            byte[] pixels = new byte[2 * Small.Inputs];
            float[] inputs = new float[pixels.Length], outputs = new float[2 * Small.Outputs];
            predictor.Predict(inputs, outputs);
            predictor.Predict(pixels, outputs);
            return [new(pixels), new(inputs), new(outputs)];
        }
        WeakReference[] kept = Predict();
        GC.Collect();
        Assert.That(kept.Select(reference => reference.IsAlive), Is.All.False);
    }
}
