using NUnit.Framework;
using BenchmarksProgram = Engine.Benchmarks.Program;

namespace Engine.Tests.Benchmarks;

public sealed class ProgramTests
{
    [TestCase("benchmarks: --check: expected no other argument; found x.", "--check", "x")]
    [TestCase("benchmarks: expected options of BenchmarkDotNet and a benchmark to run; found none. Try --help.", "--bogus")]
    public void Main_BadArguments_SaysWhatWasExpectedAndFails(string message, params string[] arguments)
    {
        TextWriter before = Console.Error;
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            Assert.That(BenchmarksProgram.Main(arguments), Is.EqualTo(2));
        }
        finally
        {
            Console.SetError(before);
        }
        Assert.That(error.ToString().Trim(), Is.EqualTo(message));
    }
}
