using System.Buffers;
using System.Runtime.InteropServices;
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

    /// <summary>Also where no single batch's outputs lie over its own inputs.</summary>
    [Test]
    public void Predict_OutputsOverInputs_AreRefused()
    {
        using var predictor = new BatchPredictor(Small, 2, batchSize: 4);
        float[] memory = new float[100 * (30 + 4)];
        Assert.That(() => predictor.Predict(memory.AsMemory(0, 3000), memory.AsMemory(2999, 400)), Throws.ArgumentException.With.Message.Contains("must not overlap"));
        Assert.That(() => predictor.Predict(memory.AsMemory(0, 3000), memory.AsMemory(3000, 400)), Throws.Nothing);
        using var bytes = new FloatsAsBytes(memory);
        Assert.That(() => predictor.Predict(bytes.Memory[..3000], memory.AsMemory(749, 400)), Throws.ArgumentException.With.Message.Contains("must not overlap"));
        Assert.That(() => predictor.Predict(bytes.Memory[..3000], memory.AsMemory(750, 400)), Throws.Nothing);
    }

    [Test]
    public void Call_DuringAnother_IsRefused([Values(1, 2)] int threads)
    {
        using var predictor = new BatchPredictor(Small, threads);
        float[] outputs = new float[40];
        predictor.Predict(new byte[300], outputs);
        foreach (Action action in new Action[] { () => predictor.Predict(new byte[30], new float[4]), () => predictor.Predict(new float[30], new float[4]), predictor.Dispose })
        {
            // The first time it is asked for before the call, to be checked; then in the call, by whoever takes a batch.
            int asked = 0;
            using var bytes = new FloatsAsBytes(new float[75], () => (Interlocked.Increment(ref asked) > 1 ? action : () => { })());
            Assert.That(() => predictor.Predict(bytes.Memory, outputs), Throws.InvalidOperationException.With.Message.Contains("one call of the predictor at a time"));
        }
        Assert.That(() => predictor.Predict(new byte[300], outputs), Throws.Nothing, "and it goes on");
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

    /// <summary>The memory of some floats, as bytes; tells when it is asked for.</summary>
    private sealed class FloatsAsBytes(float[] floats, Action? onAsked = null) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan()
        {
            onAsked?.Invoke();
            return MemoryMarshal.AsBytes(floats.AsSpan());
        }

        public override Memory<byte> Memory => CreateMemory(floats.Length * sizeof(float));

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
