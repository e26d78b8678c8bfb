using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class ComparisonTests
{
    private const double Threshold = 0.03;

    [TestCase(1.00, nameof(Verdict.Same))]
    [TestCase(1.02, nameof(Verdict.Same), TestName = "below the threshold")]
    [TestCase(1.10, nameof(Verdict.Worse))]
    [TestCase(0.90, nameof(Verdict.Better))]
    [TestCase(3.00, nameof(Verdict.Worse))]
    public void Of_SteadySamples_JudgesByTheThreshold(double factor, string expected)
    {
        Change change = Compare(new Measurement("x", RecordedRuns.Around(1e-3)), new Measurement("x", RecordedRuns.Around(factor * 1e-3)));
        Assert.That(change.Verdict.ToString(), Is.EqualTo(expected));
        Assert.That(change.Ratio, Is.EqualTo(factor).Within(0.01));
    }

    [Test]
    public void Of_AFewScatteredSamples_ProvesNothing()
    {
        double[] before = [1e-3, 2e-3, 1.5e-3, 0.9e-3, 1.8e-3];
        double[] after = [1.2e-3, 1.9e-3, 1.7e-3, 1.1e-3, 2.1e-3];
        Assert.That(Compare(new Measurement("x", before), new Measurement("x", after)).Verdict, Is.EqualTo(Verdict.Same));
    }

    [Test]
    public void Of_ADifferenceBelowTheFloor_IsSame()
    {
        var before = new Measurement("x", RecordedRuns.Around(10e-9));
        var after = new Measurement("x", RecordedRuns.Around(14e-9));
        Assert.That(Compare(before, after).Verdict, Is.EqualTo(Verdict.Same));
        Assert.That(Compare(before, after, floor: 1e-9).Verdict, Is.EqualTo(Verdict.Worse));
    }

    [TestCase(0L, 0L, nameof(Verdict.Same))]
    [TestCase(0L, 8L, nameof(Verdict.Worse))]
    [TestCase(32L, 0L, nameof(Verdict.Better))]
    public void Of_Bytes_ComparesExactly(long before, long after, string expected)
    {
        double[] seconds = RecordedRuns.Around(1e-3);
        Change change = Compare(new Measurement("x", seconds, AllocatedBytes: before), new Measurement("x", seconds, AllocatedBytes: after));
        Assert.That(change.Verdict.ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void Of_MoreBytesAndLessTime_IsWorse()
    {
        Change change = Compare(new Measurement("x", RecordedRuns.Around(2e-3), AllocatedBytes: 0), new Measurement("x", RecordedRuns.Around(1e-3), AllocatedBytes: 8));
        Assert.That(change.TimeVerdict, Is.EqualTo(Verdict.Better));
        Assert.That(change.Verdict, Is.EqualTo(Verdict.Worse));
    }

    [Test]
    public void Of_OtherNamesAndOtherSoftware_LeavesThemOut()
    {
        double[] seconds = RecordedRuns.Around(1e-3);
        RecordedRun a = RecordedRuns.Create(new Measurement("x", seconds), new Measurement("gone", seconds), new Measurement("gemm/OpenBLAS/square 64", seconds));
        RecordedRun b = RecordedRuns.Create(new Measurement("x", seconds), new Measurement("new", seconds), new Measurement("gemm/OpenBLAS/square 64", seconds));
        Assert.That(Comparison.Of(a, b, Threshold, 0).Select(change => change.Name), Is.EqualTo(new[] { "x" }));
    }

    private static Change Compare(Measurement before, Measurement after, double floor = Comparison.DefaultFloor) =>
        Comparison.Of(RecordedRuns.Create(before), RecordedRuns.Create(after), Threshold, floor)[0];
}
