using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Benchmarks.Measuring;

namespace Engine.Benchmarks.Cost;

/// <summary>What a user of the command waits for: <c>engine train</c> as a process, from its start, over the files and 32 epochs with training and test accuracy after each, to its end.</summary>
internal static partial class TrainingProgram
{
    /// <summary>The measurement's name.</summary>
    public const string Name = "process/engine train";

    private const int Samples = 10;
    private const double LeastAccuracy = 97;

    /// <summary>How often the process is asked for the most memory that it has had, which the system keeps.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Measures.</summary>
    /// <exception cref="InvalidOperationException">The command failed, did not learn, or did not end with the same accuracy every time.</exception>
    public static Measurement Measure(Action<double> onProgress)
    {
        double[] seconds = new double[Samples];
        double[] memory = new double[Samples];
        double? accuracy = null;
        for (int i = 0; i < Samples; i++)
        {
            (seconds[i], memory[i], string output) = Run();
            double found = Accuracy(output);
            accuracy ??= found;
            if (!(found >= LeastAccuracy) || found != accuracy)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Expected a test accuracy of {LeastAccuracy} % at least, the same each time; found {found} %, first {accuracy} %."));
            }
            onProgress((i + 1.0) / Samples);
        }
        return new Measurement(Name, seconds, PeakMemory: (long)Summary.MedianOf(memory));
    }

    /// <summary>The test accuracy that the command tells at its end, per cent; NaN if it tells none.</summary>
    public static double Accuracy(string output)
    {
        Match match = AccuracyPattern().Match(output);
        return match.Success ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : double.NaN;
    }

    private static (double Seconds, double Memory, string Output) Run()
    {
        string file = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Engine.Cli.exe" : "Engine.Cli");
        var start = new ProcessStartInfo(file, "train") { RedirectStandardOutput = true, RedirectStandardError = true };
        long clock = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"Expected {file} to start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        long memory = 0;
        while (!process.WaitForExit(Interval))
        {
            try
            {
                process.Refresh();
                memory = Math.Max(memory, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException) when (process.HasExited)
            {
                // It ended since it was asked last.
            }
        }
        double seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        return process.ExitCode == 0
            ? (seconds, memory, output.GetAwaiter().GetResult())
            : throw new InvalidOperationException($"engine train ended with exit code {process.ExitCode}: {errors.GetAwaiter().GetResult().Trim()}");
    }

    [GeneratedRegex(@"^Test accuracy ([0-9.]+) %", RegexOptions.Multiline)]
    private static partial Regex AccuracyPattern();
}
