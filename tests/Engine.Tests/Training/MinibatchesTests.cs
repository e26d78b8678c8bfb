using System.Runtime.CompilerServices;
using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Each owner of columns has images for itself; what was read ahead is there when its minibatch comes, and the minibatch before is left alone.</summary>
public sealed class MinibatchesTests
{
    private const int Owner = 1;
    private const int Pixels = 10 * 15;

    [Test]
    public void ReadAhead_AnyNumberOfTimes_LeavesTheRestToReadInputs([Values(1, 5, 64)] int size, [Values(0, 1, 2, 100)] int times, [Values] bool sparse, [Values] bool packed)
    {
        ImageDataset data = TestDatasets.Images((3 * size) + 1, 10, 15, density: 0.3, classes: 4);
        for (int round = 0; round < 2 && packed; round++)
        {
            data.BeginRound();
        }
        Minibatches batches = Start(data, [.. Enumerable.Range(0, data.Count).Reverse()], size, sparse);
        batches.ReadInputs(Owner, batches[0], 0, batches[0].Rows);
        for (int number = 0; number < batches.Count; number++)
        {
            StepBatch batch = batches[number];
            if (number + 1 < batches.Count)
            {
                int pieces = 0;
                while (pieces < times && batches.ReadAhead(Owner, batches[number + 1]))
                {
                    pieces++;
                }
                Assert.That(times < 100 || pieces is > 0 and < 100, "it ends");
            }
            AssertHolds(batches, batch, data, sparse);
            if (number + 1 < batches.Count)
            {
                ReadInPieces(batches, batches[number + 1]);
            }
        }
    }

    /// <summary>Whoever changes what was read ahead finds the change again.</summary>
    [Test]
    public void ReadInputs_OfWhatWasReadAhead_DoesNotReadItAgain()
    {
        const int Size = 5;
        ImageDataset data = TestDatasets.Images(2 * Size, 10, 15, density: 0.3, classes: 4);
        Minibatches batches = Start(data, [.. Enumerable.Range(0, data.Count)], Size, sparse: false);
        batches.ReadInputs(Owner, batches[0], 0, Size);
        Assert.That(batches.ReadAhead(Owner, batches[1]), Is.True);
        for (int row = 0; row < Size; row++)
        {
            batches.Floats(Owner, batches[1], row, 1)[0] = 7f;
        }

        batches.ReadInputs(Owner, batches[1], 0, Size);

        float[] firstPixels = [.. Enumerable.Range(0, Size).Select(row => batches.Floats(Owner, batches[1], row, 1)[0])];
        Assert.That(firstPixels, Is.EqualTo(new[] { 7f, 7f, 7f, 7f, firstPixels[^1] }));
        Assert.That(firstPixels[^1], Is.InRange(0f, 1f), "four were read ahead, the fifth was not");
    }

    /// <summary>Whoever waits for an owner reads on, though that is not done with reading the minibatch before.</summary>
    [Test]
    public void ReadAhead_BeforeTheMinibatchIsRead_LeavesBothWhole([Values] bool sparse)
    {
        const int Size = 10;
        ImageDataset data = TestDatasets.Images(3 * Size, 10, 15, density: 0.3, classes: 4);
        Minibatches batches = Start(data, [.. Enumerable.Range(0, data.Count).Reverse()], Size, sparse);
        for (int number = 0; number < batches.Count; number++)
        {
            batches.ReadInputs(Owner, batches[number], 0, 3);
            Assert.That(number + 1 == batches.Count || batches.ReadAhead(Owner, batches[number + 1]), Is.True);
            batches.ReadInputs(Owner, batches[number], 3, Size - 3);
            AssertHolds(batches, batches[number], data, sparse);
        }
    }

    [Test]
    public void ReadAhead_ByTwoThreads_TakesEachSampleOnce([Values] bool sparse)
    {
        const int Size = 64, Piece = 4, Rounds = 1000;
        ImageDataset data = TestDatasets.Images(Size * Rounds, 10, 15, density: 0.3, classes: 4);
        Minibatches batches = Start(data, [.. Enumerable.Range(0, data.Count).Reverse()], Size, sparse);
        int[] pieces = new int[Rounds];
        using var together = new Barrier(2);
        var other = Task.Factory.StartNew(ReadAll, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ReadAll();
        other.Wait();
        Assert.That(pieces, Is.All.EqualTo(Size / Piece));
        AssertHolds(batches, batches[Rounds - 1], data, sparse);

        void ReadAll()
        {
            for (int number = 0; number < Rounds; number++)
            {
                together.SignalAndWait();

                // Who finds a piece taken meanwhile comes again.
                for (int i = 0; i < Size; i++)
                {
                    if (batches.ReadAhead(Owner, batches[number]))
                    {
                        Interlocked.Increment(ref pieces[number]);
                    }
                }
            }
        }
    }

    /// <summary>A run may end before the minibatch that was read ahead.</summary>
    [Test]
    public void Start_AfterReadingAhead_ForgetsIt([Values] bool sparse)
    {
        const int Size = 5;
        ImageDataset data = TestDatasets.Images(2 * Size, 10, 15, density: 0.3, classes: 4);
        int[] order = [.. Enumerable.Range(0, data.Count)];
        Minibatches batches = Start(data, order, Size, sparse);
        Assert.That(batches.ReadAhead(Owner, batches[1]), Is.True);

        batches.Start(data, order, Size, Size, sparse, new Roles(2, OwnersKeepToColumns: false));
        batches.ReadInputs(Owner, batches[0], 0, Size);

        AssertHolds(batches, batches[0], data, sparse, first: Size);
    }

    /// <summary>A core that goes down the rows of one owner's floats asks for some lines behind them: these must not be another owner's.</summary>
    [Test]
    public void Floats_OfTwoOwners_AreApart()
    {
        const int Size = 5;
        ImageDataset data = TestDatasets.Images(2 * Size, 10, 15, density: 0.3, classes: 4);
        Minibatches batches = Start(data, [.. Enumerable.Range(0, data.Count)], Size, sparse: false);
        int gap = 16 * RowLayout.Stride(Pixels);
        for (int first = 0; first < 2; first++)
        {
            for (int second = 0; second < 2; second++)
            {
                Span<float> one = batches.Floats(0, batches[first], 0, Size), other = batches.Floats(Owner, batches[second], 0, Size);
                long distance = Unsafe.ByteOffset(ref one[0], ref other[0]) / sizeof(float);
                Assert.That(Math.Abs(distance), Is.GreaterThanOrEqualTo(one.Length + gap), $"of minibatches {first} and {second}");
            }
        }
    }

    private static Minibatches Start(ImageDataset data, int[] order, int size, bool sparse)
    {
        var network = new Network(NetworkDescription.Parse($"{Pixels} -> Dense 40 -> ReLU -> Dense 4"));
        var batches = new Minibatches(new Backpropagation(network, new SoftmaxCrossEntropy(), size), inTurns: true, owners: 2);
        batches.Start(data, order, 0, data.Count, sparse, new Roles(2, OwnersKeepToColumns: false));
        return batches;
    }

    private static void ReadInPieces(Minibatches batches, StepBatch batch)
    {
        for (int first = 0, rows; first < batch.Rows; first += rows)
        {
            rows = Math.Min(3, batch.Rows - first);
            batches.ReadInputs(Owner, batch, first, rows);
        }
    }

    /// <summary>Each row holds its sample's pixels.</summary>
    private static void AssertHolds(Minibatches batches, StepBatch batch, ImageDataset data, bool sparse, int? first = null)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            int sample = first + row ?? data.Count - 1 - batch.First - row;
            if (sparse)
            {
                PixelBlocks blocks = batches.Images(Owner, batch), expected = new(batch.Rows, Pixels);
                expected.Fill(row, data.Image(sample));
                for (int word = 0; word < blocks.Words; word++)
                {
                    Assert.That(blocks.Masks(word, row, 1)[0], Is.EqualTo(expected.Masks(word, row, 1)[0]), $"minibatch {batch.Number}, row {row}");
                    Assert.That(Block(blocks, word, row), Is.EqualTo(Block(expected, word, row)), $"pixels of minibatch {batch.Number}, row {row}");
                }
            }
            else
            {
                float[] expected = new float[Pixels];
                data.CopyInput(sample, expected);
                Assert.That(batches.Floats(Owner, batch, row, 1)[..Pixels].ToArray(), Is.EqualTo(expected), $"minibatch {batch.Number}, row {row}");
            }
        }
    }
    private static byte[] Block(PixelBlocks blocks, int word, int row) =>
        blocks.Pixels.Slice(((word * blocks.RowsBetween) + row) * NonZeroMask.WordBits, NonZeroMask.WordBits).ToArray();
}
