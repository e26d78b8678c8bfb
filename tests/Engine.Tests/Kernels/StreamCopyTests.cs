using System.Runtime.InteropServices;
using Engine.Kernels;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

public sealed class StreamCopyTests
{
    [Test]
    public void Run_AnyNumberOfLines_CopiesTheseAndNothingElse([Range(0, 5)] int rows, [Range(0, 4)] int lines, [Values(0, 1, 2)] int between)
    {
        int columns = lines * RowLayout.LineFloats;
        int stride = Math.Max(1, lines + between) * RowLayout.LineFloats;
        AlignedBuffer from = Random(seed: 1, rows * stride), to = Random(seed: 2, rows * stride);
        float[] expected = to.Span.ToArray();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                expected[(i * stride) + j] = from.Span[(i * stride) + j];
            }
        }

        StreamCopy.Run(rows, columns, from.Span, to.Span, stride);

        Assert.That(MemoryMarshal.Cast<float, int>(to.Span).ToArray(), Is.EqualTo(MemoryMarshal.Cast<float, int>(expected).ToArray()));
    }

    /// <summary>Two threads hand a number over and back: each writes it to many lines, then tells the other, who must find it in all of them.</summary>
    [Test]
    public void Run_ThenPublished_IsFoundByWhoeverIsTold()
    {
        const int Rounds = 20_000, Rows = 12, Columns = 7 * RowLayout.LineFloats;
        var shared = new AlignedBuffer(Rows * Columns);
        var turn = new SharedInteger();
        string? failure = null;
        using var team = new WorkerTeam(2);
        team.Run(worker =>
        {
            var own = new AlignedBuffer(shared.Length);
            for (int round = worker; round < Rounds && failure is null; round += 2)
            {
                for (int i = 0; !turn.Has(round); i++)
                {
                    team.Patience.Pause(i);
                }
                int missing = shared.Span.IndexOfAnyExcept(round);
                if (missing >= 0)
                {
                    failure = $"round {round}: line {missing / RowLayout.LineFloats} is not there yet";
                }
                own.Span.Fill(round + 1);
                StreamCopy.Run(Rows, Columns, own.Span, shared.Span, Columns);
                turn.Publish(round + 1);
            }
            turn.Publish(Rounds + 1);
        });
        Assert.That(failure, Is.Null);
    }

    private static AlignedBuffer Random(int seed, int length)
    {
        var buffer = new AlignedBuffer(length);
        new Random(seed).NextBytes(MemoryMarshal.AsBytes(buffer.Span));
        return buffer;
    }
}
