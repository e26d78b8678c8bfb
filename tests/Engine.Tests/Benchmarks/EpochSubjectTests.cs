using Engine.Benchmarks.Cost;
using Engine.Benchmarks.Suite;
using Engine.Data;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class EpochSubjectTests
{
    [Test]
    public void Flops_OfAnImageThatIsHalfZero_LeaveOutHalfOfTheFirstLayers()
    {
        const double First = 2 * 784 * 100;
        const double Others = 2 * ((100 * 200) + (200 * 10));
        byte[] pixels = [.. Enumerable.Range(0, 784).Select(i => (byte)(i % 2))];
        using var subject = new EpochSubject(new ImageDataset(pixels, [0], 28, 28), TrainingProblem.Seed, threads: 1);

        // Forward and for the weights; for the inputs too, but not for those of the first layer.
        Assert.That(subject.DenseFlops, Is.EqualTo((2 * First) + (3 * Others)));
        Assert.That(subject.UsefulFlops, Is.EqualTo(First + (3 * Others)));
    }
}
