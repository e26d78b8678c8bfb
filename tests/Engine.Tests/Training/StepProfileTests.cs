using Engine.Data;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

public sealed class StepProfileTests
{
    private static readonly NetworkDescription Shape = NetworkDescription.Parse("784 -> Dense 30 -> ReLU -> Dense 20 -> ReLU -> Dense 10");

    [Test]
    public void Parts_AddUpToTheTimeOfTheSteps([Values(1, 2)] int threads, [Values] InputPath path)
    {
        using Trainer trainer = Create(threads, path, profile: true);
        ImageDataset data = Mnist.Test;
        trainer.Train(data, new TrainingPlan { Epochs = 1 });
        StepProfile profile = trainer.Profile!;
        profile.Reset();

        double seconds = trainer.Train(data, new TrainingPlan { Epochs = 3 }).Epochs.Sum(epoch => epoch.TrainSeconds);

        Assert.That(profile.Threads, Is.EqualTo(threads));
        for (int thread = 0; thread < threads; thread++)
        {
            double sum = Enumerable.Range(0, profile.Parts.Count).Sum(part => profile.Seconds(part, thread));
            Assert.That(sum, Is.EqualTo(seconds).Within(3).Percent, $"thread {thread}");
        }
        for (int part = 0; part < profile.Parts.Count; part++)
        {
            // Who takes what depends on who is there first.
            Assert.That(Enumerable.Range(0, threads).Sum(thread => profile.Seconds(part, thread)), Is.GreaterThan(0), profile.Parts[part]);
        }
    }

    [Test]
    public void Evaluation_IsNotCounted()
    {
        using Trainer trainer = Create(2, InputPath.Automatic, profile: true);

        trainer.Evaluate(Mnist.Test);

        StepProfile profile = trainer.Profile!;
        Assert.That(Enumerable.Range(0, profile.Parts.Count).Sum(part => profile.Seconds(part, 0) + profile.Seconds(part, 1)), Is.Zero);
    }

    [Test]
    public void Profile_IsNullUnlessAskedFor()
    {
        using Trainer trainer = Create(1, InputPath.Automatic, profile: false);
        Assert.That(trainer.Profile, Is.Null);
    }

    [Test]
    public void Seconds_OfNoSuchPartOrThread_Throw()
    {
        using Trainer trainer = Create(2, InputPath.Automatic, profile: true);
        StepProfile profile = trainer.Profile!;
        Assert.That(() => profile.Seconds(-1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => profile.Seconds(profile.Parts.Count, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => profile.Seconds(0, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => profile.Seconds(0, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static Trainer Create(int threads, InputPath path, bool profile) =>
        new(new Network(Shape), new SoftmaxCrossEntropy(), new TrainerOptions { Threads = threads, InputPath = path, Profile = profile });
}
