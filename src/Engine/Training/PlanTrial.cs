namespace Engine.Training;

/// <summary>Which way to divide a step is the faster one: both are tried in turns, some steps each, and the trial is repeated now and then, and when steps have become slower.</summary>
/// <remarks>
/// It depends on how far apart the cores are, and that may change while a program runs: a system moves threads. As no result depends on it, it can be tried.
/// <code>
/// three times: 32 steps with the division for cores that are near, 32 with that for cores far apart
/// the latter, unless the fastest 32 of the former took 1 % less time; for 8,192 steps, then again
/// if a run of 32 steps or more takes 15 % longer than these 32 did: again at once; but if that trial chooses the same one, not before the 8,192 steps are over
/// </code>
/// Where cores move apart, steps that are divided for near ones take 1.2 times as long with two threads, and 1.7 times where owners take of the rest; with the other division 1.08 times (Zen 4). So the former must be clearly faster where they are near.
/// The fastest of three, because what disturbs only ever takes longer. Steps that have become slower may do so because the cores are no longer where they were, or because others use them,
/// which no division helps against: then there is one trial for nothing, some 200 steps of which are slower.
/// </remarks>
internal sealed class PlanTrial
{
    /// <summary>Steps that are timed at once: many enough for what moves between cores after a change.</summary>
    public const int StretchSteps = 32;

    private const int Rounds = 3;
    private const int StepsBetween = 8192;
    private const double LeastGainOfNear = 0.01;
    private const double MostLoss = 0.15;
    private long _fastestNear = long.MaxValue;
    private long _fastestFar = long.MaxValue;
    private int _stretch;
    private long _stepsLeft;

    /// <summary>Whether the division for cores that are far apart was found to be the faster one.</summary>
    private bool _isFar;
    private double _ticksPerStep;
    private bool _mayBeEarly = true;

    /// <summary>How many steps the next run should have, at most.</summary>
    public int RunSteps => IsTrying ? StretchSteps : (int)_stepsLeft;

    private bool IsTrying => _stepsLeft <= 0;

    private bool TriesFar => _stretch % 2 == 1;

    /// <summary>Which one a run should take. Shorter runs than those of a trial take the one that was found to be the faster one.</summary>
    public Roles Choose(Divisions divisions, int steps) => (IsTrying && steps == StretchSteps ? TriesFar : _isFar) ? divisions.Far : divisions.Near;

    /// <summary>A run with the one that was chosen for it is done.</summary>
    /// <param name="steps">Its steps.</param>
    /// <param name="ticks">The time it took, in any unit.</param>
    public void Done(int steps, long ticks)
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
            ref long fastest = ref TriesFar ? ref _fastestFar : ref _fastestNear;
            fastest = Math.Min(fastest, ticks);
            _stretch++;
            if (_stretch == 2 * Rounds)
            {
                EndTrial();
            }
        }
    }

    private void EndTrial()
    {
        bool isFar = _fastestNear >= (1 - LeastGainOfNear) * _fastestFar;
        _mayBeEarly |= isFar != _isFar;
        _isFar = isFar;
        _ticksPerStep = (double)(isFar ? _fastestFar : _fastestNear) / StretchSteps;
        _stretch = 0;
        (_fastestNear, _fastestFar) = (long.MaxValue, long.MaxValue);
        _stepsLeft = StepsBetween;
    }
}
