using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using Engine.Benchmarks.Measuring;
using Engine.Kernels;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// Benchmarks as tests: the body of every case once, with the set-up and clean-up that verify its result, in this process.
/// </summary>
/// <remarks>The cases come from BenchmarkDotNet itself, so a benchmark that is added is checked without further ado.</remarks>
internal static class CheckRun
{
    /// <summary>All cases of an assembly. Jobs do not multiply them: all would run in this process, with the same settings.</summary>
    public static IReadOnlyList<CheckCase> Cases(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(IsBenchmark)
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .SelectMany(type => BenchmarkConverter.TypeToBenchmarks(type).BenchmarksCases)
            .Select(benchmark => new CheckCase(Name(benchmark), benchmark))
            .DistinctBy(check => check.Name),
    ];

    /// <summary>Runs all cases of an assembly.</summary>
    /// <returns>The exit code: 0 if all results are right, else 1.</returns>
    public static int Run(Assembly assembly)
    {
        int passed = 0;
        int failed = 0;
        foreach (CheckCase check in Cases(assembly))
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                check.RunOnce();
                passed++;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ok     {check.Name} ({Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms)"));
            }
            catch (TargetInvocationException exception)
            {
                failed++;
                Console.WriteLine($"FAILED {check.Name}: {exception.InnerException?.GetType().Name}: {exception.InnerException?.Message}");
            }
        }
        double peak = FmaPeak.Measure();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"FMA peak of one core: {peak:F1} GFLOP/s with vectors of {Hardware.VectorBits} bits"));
        if (!(peak > 0 && double.IsFinite(peak)))
        {
            failed++;
        }
        Console.WriteLine($"benchmark checks: {passed} passed, {failed} failed");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    private static bool IsBenchmark(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type.GetMethods().Any(method => method.IsDefined(typeof(BenchmarkAttribute), inherit: true));

    private static string Name(BenchmarkCase benchmark)
    {
        IEnumerable<string> parameters = benchmark.Parameters.Items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Name} {item.Value}"));
        return string.Join(", ", [$"{benchmark.Descriptor.Type.Name}.{benchmark.Descriptor.WorkloadMethod.Name}", .. parameters]);
    }
}
