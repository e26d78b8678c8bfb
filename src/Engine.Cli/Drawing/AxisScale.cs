namespace Engine.Cli.Drawing;

/// <summary>
/// A numbered axis: from <see cref="Low"/> to <see cref="High"/> in steps of 1, 2 or 5 times a power of ten.
/// </summary>
/// <param name="Low">The first tick.</param>
/// <param name="Step">The distance of two ticks.</param>
/// <param name="Steps">The ticks after the first.</param>
internal readonly record struct AxisScale(double Low, double Step, int Steps)
{
    private const double Tolerance = 1e-9;

    /// <summary>No step is a smaller part of the values: a constant does not get an axis of many decimals.</summary>
    private const double SmallestShare = 1e-3;

    /// <summary>The last tick.</summary>
    public double High => Tick(Steps);

    /// <summary>The ticks, ascending.</summary>
    public IEnumerable<double> Ticks
    {
        get
        {
            AxisScale scale = this;
            return Enumerable.Range(0, Steps + 1).Select(scale.Tick);
        }
    }

    /// <summary>The narrowest axis that holds some values.</summary>
    /// <param name="values">The values; those that are no finite numbers are passed over.</param>
    /// <param name="maximumSteps">The most steps, 2 or more.</param>
    /// <param name="smallestStep">No step is smaller.</param>
    /// <param name="floor">The axis does not reach below, unless a value does.</param>
    /// <param name="ceiling">The axis does not reach above, unless a value does.</param>
    public static AxisScale Around(
        IEnumerable<double> values, int maximumSteps, double smallestStep, double floor = double.NegativeInfinity, double ceiling = double.PositiveInfinity)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
        {
            return new AxisScale(0, 1, 1);
        }
        double minimum = finite.Min();
        double maximum = finite.Max();
        double step = Math.Max(smallestStep, Math.Max(Math.Abs(minimum), Math.Abs(maximum)) * SmallestShare);
        step = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(step, (maximum - minimum) / maximumSteps / 10)) + Tolerance));
        for (int turn = 0; ; turn++)
        {
            double low = Math.Floor((minimum / step) + Tolerance);
            double high = Math.Ceiling((maximum / step) - Tolerance);
            if (low == high)
            {
                low -= (low - 1) * step >= floor ? 1 : 0;
                high += (high + 1) * step <= ceiling ? 1 : 0;
            }
            if (high - low <= maximumSteps)
            {
                return new AxisScale(low * step, step, (int)(high - low));
            }
            step *= turn % 3 == 1 ? 2.5 : 2;
        }
    }

    /// <summary>A value's place on the axis: 0 at <see cref="Low"/>, 1 at <see cref="High"/>.</summary>
    public double Position(double value) => (value - Low) / (Step * Steps);

    /// <summary>A tick's number with the decimals that the step needs.</summary>
    public string Label(double tick)
    {
        IFormatProvider format = System.Globalization.CultureInfo.InvariantCulture;
        if (tick == 0)
        {
            return "0";
        }
        if (Math.Max(Math.Abs(Low), Math.Abs(High)) is < 1e-4 or >= 1e6)
        {
            return tick.ToString("0.###e0", format);
        }
        int decimals = Math.Max(0, (int)-Math.Floor(Math.Log10(Step) + Tolerance));
        return tick.ToString($"F{decimals}", format);
    }

    private double Tick(int number) => Math.Round(Low / Step + number) * Step;
}
