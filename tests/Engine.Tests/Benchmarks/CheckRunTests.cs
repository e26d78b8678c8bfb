using BenchmarkDotNet.Attributes;
using Engine.Benchmarks.Suite;
using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class CheckRunTests
{
    [Test]
    public void Run_AnAssemblyWithoutABenchmark_IsNoSuccess() => Assert.That(CheckRun.Run(typeof(Network).Assembly), Is.EqualTo(1));

    /// <summary>This assembly has one benchmark that is right and one that is wrong.</summary>
    [Test]
    public void Run_AWrongResultBesideARightOne_IsNoSuccess()
    {
        Assert.That(CheckRun.Cases(typeof(HalfWrongBenchmark).Assembly).Select(check => check.Name), Is.EqualTo(new[] { "HalfWrongBenchmark.Right", "HalfWrongBenchmark.Wrong" }));
        Assert.That(CheckRun.Run(typeof(HalfWrongBenchmark).Assembly), Is.EqualTo(1));
    }
}

/// <summary>A benchmark whose clean-up finds the result of one of its methods wrong.</summary>
public class HalfWrongBenchmark
{
    private bool _isRight;

    [Benchmark]
    public void Right() => _isRight = true;

    [Benchmark]
    public void Wrong() => _isRight = false;

    [GlobalCleanup]
    public void VerifyResult()
    {
        if (!_isRight)
        {
            throw new InvalidOperationException("wrong");
        }
    }
}
