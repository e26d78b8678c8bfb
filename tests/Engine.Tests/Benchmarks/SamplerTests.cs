using System.Diagnostics;
using Engine.Benchmarks.Measuring;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class SamplerTests
{
    /// <summary>What times lose when they are cut to whole ticks.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromTicks(2);

    /// <summary>
    /// A sample, times the operations in it, is at least as long as from its first to its last operation, and at most as long as from the operation before to the one after:
    /// so whatever else the machine does meanwhile.
    /// </summary>
    [Test]
    public void InTurns_TwoOperations_GivesTheSecondsOfOneOperation()
    {
        const int Samples = 5;
        var turns = new List<Turn>();

        double[][] seconds = Sampler.InTurns(Samples, () => Note(turns, 0), () => Note(turns, 1));

        long end = Stopwatch.GetTimestamp();
        Assert.That(seconds.Select(samples => samples.Length), Is.EqualTo(new[] { Samples, Samples }));
        int first = turns.Count - (2 * Samples);
        for (int i = first; i < turns.Count; i++)
        {
            Turn turn = turns[i];
            TimeSpan sample = TimeSpan.FromSeconds(seconds[turn.Operation][(i - first) / 2] * turn.Count);
            long next = i + 1 < turns.Count ? turns[i + 1].First : end;
            Assert.That(sample, Is.InRange(Stopwatch.GetElapsedTime(turn.First, turn.Last) - Rounding, Stopwatch.GetElapsedTime(turns[i - 1].Last, next) + Rounding), $"{turn.Count} operations");
        }
    }

    private static void Note(List<Turn> turns, int operation)
    {
        long now = Stopwatch.GetTimestamp();
        if (turns.Count == 0 || turns[^1].Operation != operation)
        {
            turns.Add(new Turn(operation, now));
        }
        turns[^1].Last = now;
        turns[^1].Count++;
    }

    /// <summary>Runs of one operation without another between them.</summary>
    private sealed class Turn(int operation, long first)
    {
        public int Operation => operation;

        public long First => first;

        public long Last { get; set; }

        public int Count { get; set; }
    }
}
