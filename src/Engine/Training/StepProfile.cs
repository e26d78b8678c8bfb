using System.Diagnostics;
using Engine.Kernels;

namespace Engine.Training;

/// <summary>
/// Where the time of training steps goes: seconds of each part on each thread.
/// </summary>
/// <remarks>
/// <para>
/// Parts follow one another without a gap from the start of a step to its end, so on each thread they add up to the time of the
/// steps. What is not work is <see cref="Waiting"/>.
/// </para>
/// <para>Made by <see cref="TrainerOptions.Profile"/>. Reading the clock takes some 25 nanoseconds, some 30 times a step, and again and again while a thread waits. Read it between steps, not during one.</para>
/// </remarks>
public sealed class StepProfile
{
    /// <summary>Reading the minibatch: targets, floats or blocks of pixels.</summary>
    public const string Inputs = "inputs";

    /// <summary>Forward pass of the first layer and the ReLU behind it.</summary>
    public const string FirstForward = "forward, first layer";

    /// <summary>Forward pass of the other layers.</summary>
    public const string OtherForward = "forward, other layers";

    /// <summary>Losses, and which samples were decided rightly.</summary>
    public const string Loss = "loss";

    /// <summary>Backward pass down to the first dense layer's outputs.</summary>
    public const string Backward = "backward";

    /// <summary>Waiting for the other threads.</summary>
    public const string Waiting = "waiting";

    internal const int InputsPart = 0;
    internal const int FirstForwardPart = 1;
    internal const int OtherForwardPart = 2;
    internal const int LossPart = 3;
    internal const int BackwardPart = 4;
    internal const int WaitingPart = 5;
    private const int UpdateParts = 6;
    private readonly int _stride;
    private readonly long[] _ticks;
    private readonly long[] _last;
    private long _stepStart;
    private long _stepEnd;

    internal StepProfile(int denseLayers, int threads)
    {
        Threads = threads;
        Parts = [Inputs, FirstForward, OtherForward, Loss, Backward, Waiting, .. Enumerable.Range(1, denseLayers).Select(layer => $"update, layer {layer}")];

        // Each thread writes to cache lines of its own.
        _stride = (Parts.Count + (RowLayout.LineBytes / sizeof(long))) * 2;
        _ticks = new long[_stride * threads];
        _last = new long[_stride * threads];
    }

    /// <summary>Threads of the trainer.</summary>
    public int Threads { get; }

    /// <summary>The names of the parts.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>Seconds of a part since the last <see cref="Reset"/>.</summary>
    /// <param name="part">Its number in <see cref="Parts"/>.</param>
    /// <param name="thread">The thread, from 0, the caller's.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part or thread.</exception>
    public double Seconds(int part, int thread)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(part);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(part, Parts.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(thread);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(thread, Threads);
        return (double)_ticks[(thread * _stride) + part] / Stopwatch.Frequency;
    }

    /// <summary>Starts anew.</summary>
    public void Reset()
    {
        Array.Clear(_ticks);
        Array.Clear(_last);
    }

    internal static int UpdatePart(int denseLayer) => UpdateParts + denseLayer;

    /// <summary>The caller starts some steps.</summary>
    internal void Start()
    {
        _stepStart = Stopwatch.GetTimestamp();
        _last[0] = _stepStart;
    }

    /// <summary>The caller ends them. Threads that had no part in them have waited.</summary>
    /// <param name="workers">How many had one.</param>
    internal void End(int workers)
    {
        Mark(0, WaitingPart);
        for (int thread = workers; thread < Threads; thread++)
        {
            Mark(thread, WaitingPart);
        }
        _stepEnd = _last[0];
    }

    /// <summary>Counts the time since this thread's last mark for a part, but not what was between two runs of steps.</summary>
    internal void Mark(int thread, int part)
    {
        long now = Stopwatch.GetTimestamp();
        ref long last = ref _last[thread * _stride];
        ref long ticks = ref _ticks[(thread * _stride) + part];
        if (last >= _stepStart)
        {
            ticks += now - last;
        }
        else
        {
            ticks += now - _stepStart + (last == 0 ? 0 : Math.Max(0, _stepEnd - last));
        }
        last = now;
    }
}
