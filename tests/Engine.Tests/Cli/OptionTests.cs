using System.CommandLine;
using Engine.Cli.Commands;
using NUnit.Framework;

namespace Engine.Tests.Cli;

/// <summary>What the options take, and what they are when not given.</summary>
public sealed class OptionTests
{
    /// <summary>Whoever gives nothing learns first what comes first.</summary>
    [Test]
    public void Predict_WithoutAModel_AsksForTheModel() => Assert.That(EngineCommand.Fault(PredictCommand.Create(), ""), Does.Contain("MODEL").And.Not.Contain("--index"));

    [TestCase("show", "--train 1000", "--train 1001", "a whole number from 0 to 1000")]
    [TestCase("show", "--test 0", "--test 1001", "a whole number from 0 to 1000")]
    [TestCase("xor", "--seeds 10000", "--seeds 10001", "a whole number from 1 to 10000")]
    [TestCase("xor", "--seeds 1", "--seeds 0", "a whole number from 1 to 10000")]
    [TestCase("train", "--threads 1024", "--threads 1025", "a whole number from 1 to 1024")]
    [TestCase("train", "--batch-size 1048576", "--batch-size 1048577", "a whole number from 1 to 1048576")]
    [TestCase("train", "--epochs 2147483647", "--epochs 2147483648", "a whole number from 0 to 2147483647")]
    [TestCase("train", "--seed 18446744073709551615", "--seed 18446744073709551616", "a whole number from 0 to 18446744073709551615")]
    [TestCase("train", "--layers 784,1073741824", "--layers 784,1073741825", "two widths or more, each from 1 to 1073741824, such as 784,100,200,10")]
    [TestCase("train", "--learning-rate 1e-45", "--learning-rate 1e-46", "learning rates above 0 that single precision holds")]
    [TestCase("show", "--index 2147483647", "--index 2147483648", "a whole number from 0 to 2147483647")]
    [TestCase("train", "--target 0.0001", "--target 0", "an accuracy above 0 and up to 1")]
    [TestCase("train", "--target 1", "--target 1.0001", "an accuracy above 0 and up to 1")]
    public void Number_BeyondItsLimit_IsRefused(string command, string good, string bad, string expected)
    {
        Assert.That(EngineCommand.Fault(Create(command), good), Is.Empty);
        Assert.That(EngineCommand.Fault(Create(command), bad), Does.Match($@"\AOption --\S+: expected {expected}[^;]*; found ""{bad.Split(' ')[1]}""\.\z"));
    }

    [TestCase("--activation", "TanH", "tanh")]
    [TestCase("--init", "HE", "he")]
    [TestCase("--inputs", "Sparse", "sparse")]
    public void Choice_InCapitals_IsTheSame(string option, string text, string chosen) =>
        Assert.That(TrainCommand.Create().Parse([option, text]).GetValue<string>(option), Is.EqualTo(chosen));

    [Test]
    public void Train_WithoutOptions_TakesItsDefaults()
    {
        ParseResult result = TrainCommand.Create().Parse("");
        Assert.That(
            (result.GetValue<ulong>("--seed"), result.GetValue<int>("--epochs"), result.GetValue<int>("--batch-size"), result.GetValue<bool>("--shuffle"), result.GetValue<string>("--init")),
            Is.EqualTo((1UL, 32, 64, false, "glorot-normal")));
    }

    [TestCase(3, new[] { 0.05f, 0.05f, 0.1f })]
    [TestCase(2, new[] { 0.05f })]
    [TestCase(4, new[] { 0.05f })]
    [TestCase(3, new[] { 0.2f }, 0.2f)]
    public void LearningRates_NotGiven_AreOneForEachLayerOfThree(int denseLayers, float[] expected, params float[] given) =>
        Assert.That(TrainCommand.RatesFor(given, denseLayers), Is.EqualTo(expected));

    [TestCase("--layers", "36,6")]
    [TestCase("--activation", "tanh")]
    [TestCase("--init", "he")]
    public void Train_FromASavedNetwork_TakesNoOptionOfAFreshOne(string option, string value) =>
        Assert.That(
            EngineCommand.Fault(TrainCommand.Create(), $"--from a.safetensors {option} {value}"),
            Is.EqualTo($"Option {option} does not go with --from: the saved network has layers and weights already."));

    private static Command Create(string command) => command switch
    {
        "train" => TrainCommand.Create(),
        "show" => ShowCommand.Create(),
        _ => XorCommand.Create(),
    };
}
