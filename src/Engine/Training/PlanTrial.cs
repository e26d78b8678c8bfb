namespace Engine.Training;

/// <summary>Which way to divide a step is the fastest one: all are tried in turns, some steps each, and the trial is repeated now and then, and when steps have become slower.</summary>
/// <remarks>
/// It depends on how far apart the cores are, and that may change while a program runs: a system moves threads. As no result depends on it, it can be tried.
/// <code>
/// three times: 32 steps with each division
/// the last one, unless the fastest 32 of one before took 1 % less time; for 8,192 steps, then again
/// if a run of 32 steps or more takes 15 % longer than these 32 did: again at once; but if that trial chooses the same one, not before the 8,192 steps are over
/// </code>
/// Where cores move apart, steps in which owners take of the rest take 1.7 times as long, those divided for near cores 1.2 times, those for far ones 1.08 times (Zen 4). So what loses more must be clearly faster where they are near.
/// The fastest of three, because what disturbs only ever takes longer. Steps that have become slower may do so because the cores are no longer where they were, or because others use them,
/// which no division helps against: then there is one trial for nothing, some 200 steps of which are slower.
/// </remarks>
internal sealed class PlanTrial
{
    /// <summary>Steps that are timed at once: many enough for what moves between cores after a change.</summary>
    public const int StretchSteps = 32;

    private const int Rounds = 3;
    private const int StepsBetween = 8192;
    private const double LeastGain = 0.01;
    private const double MostLoss = 0.15;

    /// <summary>The ticks of the fastest stretch of each.</summary>
    private readonly long[] _fastest = new long[Divisions.Most];
    private int _stretch;
    private long _stepsLeft;
    private int _chosen;
    private double _ticksPerStep;
    private bool _mayBeEarly = true;

    /// <summary>Before the first trial.</summary>
    public PlanTrial() => Array.Fill(_fastest, long.MaxValue);

    /// <summary>How many steps the next run should have, at most.</summary>
    public int RunSteps => IsTrying ? StretchSteps : (int)_stepsLeft;

    private bool IsTrying => _stepsLeft <= 0;

    /// <summary>Which one a run should take. Shorter runs than those of a trial take the one that was found to be the fastest one.</summary>
    /// <param name="divisions">Two or more, the same ones each time, or as many.</param>
    /// <param name="steps">Steps of the run.</param>
    public Roles Choose(Divisions divisions, int steps) => divisions[IsTrying && steps == StretchSteps ? _stretch % divisions.Count : _chosen];

    /// <summary>A run with the one that was chosen for it is done.</summary>
    /// <param name="divisions">Those that it was chosen from.</param>
    /// <param name="steps">Its steps.</param>
    /// <param name="ticks">The time it took, in any unit.</param>
    public void Done(Divisions divisions, int steps, long ticks)
    {
        if (!IsTrying)
        {
            _stepsLeft -= steps;
            if (IsTrying)
            {
                _mayBeEarly = true;
            }
            else if (_mayBeEarly && steps >= StretchSteps && ticks > (1 + MostLoss) * steps * _ticksPerStep)
            {
                _stepsLeft = 0;
                _mayBeEarly = false;
            }
        }
        else if (steps == StretchSteps)
        {
            ref long fastest = ref _fastest[_stretch % divisions.Count];
            fastest = Math.Min(fastest, ticks);
            _stretch++;
            if (_stretch >= divisions.Count * Rounds)
            {
                EndTrial(divisions.Count);
            }
        }
    }

    private void EndTrial(int count)
    {
        int best = count - 1;
        for (int i = best - 1; i >= 0; i--)
        {
            best = _fastest[i] < (1 - LeastGain) * _fastest[best] ? i : best;
        }
        _mayBeEarly |= best != _chosen;
        _chosen = best;
        _ticksPerStep = (double)_fastest[best] / StretchSteps;
        _stretch = 0;
        Array.Fill(_fastest, long.MaxValue);
        _stepsLeft = StepsBetween;
    }
}
