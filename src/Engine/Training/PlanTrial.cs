namespace Engine.Training;

/// <summary>Which of two plans for a step is the faster one: both are tried in turns, some steps each, and the trial is repeated now and then.</summary>
/// <remarks>
/// It depends on how far apart the cores are, and that may change while a program runs: a system moves threads. As no result depends on a plan, it can be tried.
/// <code>
/// three times: 32 steps with the usual plan, 32 with the other
/// the other one, if its fastest 32 took 2 % less time than the usual one's; for 8,192 steps, then again
/// </code>
/// The fastest of three, because what disturbs only ever takes longer.
/// </remarks>
internal sealed class PlanTrial
{
    /// <summary>Steps that are timed at once: many enough for what moves between cores after a change of plan.</summary>
    public const int StretchSteps = 32;

    private const int Stretches = 6;
    private const int StepsBetween = 8192;
    private const double LeastGain = 0.02;
    private readonly long[] _fastest = [long.MaxValue, long.MaxValue];
    private int _stretch;
    private long _stepsLeft;
    private bool _choosesOther;

    /// <summary>How many steps the next run should have, at most.</summary>
    public int RunSteps => IsTrying ? StretchSteps : (int)_stepsLeft;

    private bool IsTrying => _stepsLeft <= 0;

    /// <summary>Which of the two a run should take. Shorter runs than those of a trial take the one that was found to be faster.</summary>
    public Roles Choose((Roles Usual, Roles Other) plans, int steps) =>
        (IsTrying && steps == StretchSteps ? _stretch % 2 == 1 : _choosesOther) ? plans.Other : plans.Usual;

    /// <summary>A run with the plan that was chosen for it is done.</summary>
    /// <param name="steps">Its steps.</param>
    /// <param name="ticks">The time it took, in any unit.</param>
    public void Done(int steps, long ticks)
    {
        if (!IsTrying)
        {
            _stepsLeft -= steps;
        }
        else if (steps == StretchSteps)
        {
            ref long fastest = ref _fastest[_stretch % 2];
            fastest = Math.Min(fastest, ticks);
            _stretch++;
            if (_stretch == Stretches)
            {
                _choosesOther = _fastest[1] < (1 - LeastGain) * _fastest[0];
                _stretch = 0;
                _fastest.AsSpan().Fill(long.MaxValue);
                _stepsLeft = StepsBetween;
            }
        }
    }
}
