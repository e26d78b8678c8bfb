namespace Engine.Training;

/// <summary>Which way to divide a step is the fastest one: all are tried in turns, some steps each, and the trial is repeated now and then, and when steps have become slower.</summary>
/// <remarks>
/// It depends on how far apart the cores are, and that may change while a program runs: a system moves threads. As no result depends on it, it can be tried.
/// <code>
/// three times: a stretch of 32 steps with each division, in one run or in several
/// the last one, unless the fastest stretch of one before took 1 % less time a step; for 8,192 steps, then again
/// if a stretch takes 15 % longer than that one did: again at once; but if that trial chooses the same one, not before the 8,192 steps are over
/// </code>
/// Where cores move apart, steps in which owners take of the rest take 1.7 times as long, those divided for near cores 1.2 times, those for far ones 1.08 times (Zen 4), and those that one worker makes alone as long as before. So what loses more must be clearly faster where they are near.
/// The fastest of three, because what disturbs only ever takes longer. Steps that have become slower may do so because the cores are no longer where they were, or because others use them,
/// which no division helps against: then there is one trial for nothing, some 200 to 300 steps of which are slower.
/// </remarks>
internal sealed class PlanTrial
{
    /// <summary>Steps that are timed at once: many enough for what moves between cores after a change.</summary>
    public const int StretchSteps = 32;

    private const int Rounds = 3;
    private const int StepsBetween = 8192;
    private const double LeastGain = 0.01;
    private const double MostLoss = 0.15;

    /// <summary>The ticks of a step in the fastest stretch of each.</summary>
    private readonly double[] _fastest = new double[Divisions.Most];
    private int _stretch;

    /// <summary>What there is of the stretch so far.</summary>
    private long _steps, _ticks;
    private long _stepsLeft;
    private int _chosen;
    private double _ticksPerStep;
    private bool _mayBeEarly = true;

    /// <summary>Before the first trial.</summary>
    public PlanTrial() => Array.Fill(_fastest, double.PositiveInfinity);

    /// <summary>How many steps the next run should have, at most.</summary>
    public int RunSteps => (int)(IsTrying ? StretchSteps - _steps : _stepsLeft);

    private bool IsTrying => _stepsLeft <= 0;

    /// <summary>Which one the next run should take.</summary>
    /// <param name="divisions">Two or more, the same ones each time, or as many.</param>
    public Roles Choose(Divisions divisions) => divisions[IsTrying ? _stretch % divisions.Count : _chosen];

    /// <summary>A run with the one that was chosen for it is done.</summary>
    /// <param name="divisions">Those that it was chosen from.</param>
    /// <param name="steps">Its steps; some may have been left out, as it was stopped.</param>
    /// <param name="ticks">The time it took, in any unit.</param>
    public void Done(Divisions divisions, int steps, long ticks)
    {
        _steps += steps;
        _ticks += ticks;
        double ticksPerStep = (double)_ticks / _steps;
        bool isStretch = _steps >= StretchSteps;
        bool wasTrying = IsTrying;
        _stepsLeft -= wasTrying ? 0 : steps;
        bool isDue = !wasTrying && IsTrying;
        if (isStretch || isDue)
        {
            (_steps, _ticks) = (0, 0);
        }
        if (isDue)
        {
            _mayBeEarly = true;
        }
        else if (isStretch && wasTrying)
        {
            EndStretch(divisions.Count, ticksPerStep);
        }
        else if (isStretch && _mayBeEarly && ticksPerStep > (1 + MostLoss) * _ticksPerStep)
        {
            _stepsLeft = 0;
            _mayBeEarly = false;
        }
    }

    private void EndStretch(int count, double ticksPerStep)
    {
        ref double fastest = ref _fastest[_stretch % count];
        fastest = Math.Min(fastest, ticksPerStep);
        _stretch++;
        if (_stretch >= count * Rounds)
        {
            EndTrial(count);
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
        _ticksPerStep = _fastest[best];
        _stretch = 0;
        Array.Fill(_fastest, double.PositiveInfinity);
        _stepsLeft = StepsBetween;
    }
}
