using System.Reflection;
using System.Runtime.ExceptionServices;
using Engine.Benchmarks.Suite;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

/// <summary>The body of every benchmark once, with the set-up and clean-up that verify its result.</summary>
public class BenchmarkBodyTests
{
    private static IEnumerable<TestCaseData> Cases =>
        CheckRun.Cases(typeof(CheckRun).Assembly).Select(check => new TestCaseData(check).SetArgDisplayNames(check.Name));

    [TestCaseSource(nameof(Cases))]
    public void RunOnce_EveryBenchmark_GivesTheExpectedResult(object check)
    {
        try
        {
            ((CheckCase)check).RunOnce();
        }
        catch (TargetInvocationException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
        }
    }
}
