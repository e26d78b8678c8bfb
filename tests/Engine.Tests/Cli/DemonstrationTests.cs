using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Cli.Commands;
using NUnit.Framework;

namespace Engine.Tests.Cli;

/// <summary>The two demonstrations: <c>xor</c> and <c>perceptron</c>.</summary>
public sealed class DemonstrationTests
{
    [Test]
    public void Xor_Seed1_LearnsAllFour()
    {
        EngineProcess.Result result = EngineProcess.Run("xor");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain("0 xor 0 = 0").And.Contain("0 xor 1 = 1").And.Contain("1 xor 0 = 1").And.Contain("1 xor 1 = 0"));
        int[] epochs = [.. Regex.Matches(result.Output, @"epoch +(\d+)  summed error").Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.That(epochs, Is.EqualTo(new[] { 0, 100, 200, 500, 1000, 2000, 5000, 60_000 }), "some while it learns, every 5,000 of 60,000 that tells anything new, and the last");
        Assert.That(Regex.Count(result.Output, @"hidden layer(  [01]\.\d\d){3}\n"), Is.EqualTo(4));
    }

    [Test]
    public void Xor_TooFewEpochs_SaysSoAndFails()
    {
        EngineProcess.Result result = EngineProcess.Run("xor", "--epochs", "10");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("Not learnt"));
    }

    [Test]
    public void Xor_LastError_IsThatOfItsOutputs()
    {
        string output = EngineCommand.Run(XorCommand.Create(), "--epochs", "200").Output;
        double error = Number(Regex.Match(output, @"epoch    200  summed error (\S+)"));
        double[] outputs = [.. Regex.Matches(output, @"\((-?[0-9.]+)\)").Select(Number)];
        Assert.That(outputs.Zip([0.0, 1, 1, 0], (y, target) => (y - target) * (y - target)).Sum(), Is.EqualTo(error).Within(1e-3));
    }

    [Test]
    public void Xor_ManySeeds_CountsThoseThatLearnAndFailsUnlessAllDo()
    {
        Assert.That(
            EngineCommand.Run(XorCommand.Create(), "--seed", "4", "--seeds", "3", "--epochs", "1"),
            Is.EqualTo((1, "0 of 3 seeds learn exclusive or in 1 epoch.\nSeeds that do not: 4, 5, 6.\n")));
        Assert.That(
            EngineCommand.Run(XorCommand.Create(), "--seeds", "2", "--epochs", "20000"),
            Is.EqualTo((0, "2 of 2 seeds learn exclusive or in 20,000 epochs.\n")));
    }

    [Test]
    public void Xor_OutputJustBelowZero_HasNoSign()
    {
        EngineProcess.Result result = EngineProcess.Run("xor", "--seed", "4", "--epochs", "3000");
        Assert.That(result.Output, Does.Contain("0 xor 0 = 0   (0.0000)"));
    }

    [Test]
    public void Perceptron_TooFewEpochs_SaysSoAndFails()
    {
        EngineProcess.Result result = EngineProcess.Run("perceptron", "--epochs", "1");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("not learnt yet in 1 epoch:"));
    }

    [Test]
    public void Perceptron_LearnsAndAndOrButNotXor()
    {
        EngineProcess.Result result = EngineProcess.Run("perceptron");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output.Split("4 of 4 right"), Has.Length.EqualTo(5));
        Assert.That(result.Output[result.Output.IndexOf("XOR", StringComparison.Ordinal)..], Does.Not.Contain("4 of 4 right").And.Contain("wrong"));
    }

    [Test]
    public void Perceptron_Outputs_AreThoseOfItsWeights()
    {
        string output = EngineCommand.Run(PerceptronCommand.Create(), "--epochs", "5").Output;
        GroupCollection[] neurons = [.. Regex.Matches(output, @"sigmoid +w1 +(\S+) +w2 +(\S+) +bias +(\S+) [^\n]*\n(?: +(\d) (\d)  ->  \d   \(output (\S+)\)[^\n]*\n){4}").Select(neuron => neuron.Groups)];
        Assert.That(neurons, Has.Length.EqualTo(3));
        foreach (GroupCollection groups in neurons)
        {
            double[] weights = [.. groups.Values.Skip(1).Take(3).Select(Number)];
            for (int i = 0; i < 4; i++)
            {
                double sum = (weights[0] * Number(groups[4].Captures[i])) + (weights[1] * Number(groups[5].Captures[i])) + weights[2];
                Assert.That(Number(groups[6].Captures[i]), Is.EqualTo(1 / (1 + Math.Exp(-sum))).Within(1e-3));
            }
        }
    }

    /// <summary>What was matched, or its first group, as a number.</summary>
    private static double Number(Capture capture) => double.Parse(capture is Match match ? match.Groups[1].Value : capture.Value, CultureInfo.InvariantCulture);
}
