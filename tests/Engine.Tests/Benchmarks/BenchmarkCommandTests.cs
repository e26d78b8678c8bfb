using Engine.Benchmarks.Commands;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class BenchmarkCommandTests
{
    [TestCase("--bogus")]
    [TestCase("--filter", "nomatch*")]
    public void Run_NothingToRun_IsNoSuccess(params string[] arguments) => Assert.That(BenchmarkCommand.Run(arguments), Is.Null);

    [Test]
    public void Run_ListOfBenchmarks_Succeeds() => Assert.That(BenchmarkCommand.Run(["--list", "flat"]), Is.Zero);
}
