using Engine.Layers;
using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Networks;

public class NetworkDescriptionTests
{
    [TestCase("784 -> Dense 100 -> ReLU -> Dense 200 -> ReLU -> Dense 10")]
    [TestCase("1 -> Dense 1")]
    [TestCase("3 -> Softmax")]
    [TestCase("1073741824 -> Sigmoid -> Tanh -> BinaryStep -> Softmax -> ReLU -> LeakyReLU 0.01")]
    [TestCase("5 -> LeakyReLU 0 -> LeakyReLU 1E-20 -> LeakyReLU 0.33333334")]
    public void Parse_WhatToStringWrote_GivesTheSameDescription(string text)
    {
        var description = NetworkDescription.Parse(text);
        Assert.That(description.ToString(), Is.EqualTo(text));
        Assert.That(NetworkDescription.Parse(description.ToString()), Is.EqualTo(description));
        Assert.That(NetworkDescription.Parse(text).GetHashCode(), Is.EqualTo(description.GetHashCode()));
    }

    [TestCase("  4->dense 3->RELU ->leakyrelu->  Dense   2 ", "4 -> Dense 3 -> ReLU -> LeakyReLU 0.01 -> Dense 2")]
    [TestCase("007->SoftMax", "7 -> Softmax")]
    [TestCase("4\t->\tDense\t3", "4 -> Dense 3")]
    public void Parse_OtherSpacingAndCase_IsAccepted(string text, string expected) =>
        Assert.That(NetworkDescription.Parse(text).ToString(), Is.EqualTo(expected));

    [TestCase("", "")]
    [TestCase("Dense 3", "Dense 3")]
    [TestCase("0 -> ReLU", "0")]
    [TestCase("-4 -> ReLU", "-4")]
    [TestCase("4.0 -> ReLU", "4.0")]
    [TestCase("2147483648 -> ReLU", "2147483648")]
    [TestCase(" -> ReLU", "")]
    public void Parse_NoNumberOfInputs_SaysSo(string text, string found) =>
        Assert.That(
            () => NetworkDescription.Parse(text),
            Throws.InstanceOf<FormatException>().With.Message.EqualTo(
                $"Expected a description that starts with the number of inputs, from 1 to 1073741824; found \"{found}\"."));

    [Test]
    public void Parse_NoLayer_SaysSo() =>
        Assert.That(
            () => NetworkDescription.Parse("12"),
            Throws.InstanceOf<FormatException>().With.Message.EqualTo("Expected a layer after 12 inputs; found the end of the description."));

    [TestCase("")]
    [TestCase("Dense")]
    [TestCase("Dense 0")]
    [TestCase("Dense -1")]
    [TestCase("Dense 1.5")]
    [TestCase("Dense 2147483648")]
    [TestCase("Dense 1073741825")]
    [TestCase("Dense 3 4")]
    [TestCase("Dense100")]
    [TestCase("ReLU 1")]
    [TestCase("Convolution")]
    [TestCase("LeakyReLU -0.1")]
    [TestCase("LeakyReLU NaN")]
    [TestCase("LeakyReLU Infinity")]
    [TestCase("LeakyReLU slope")]
    [TestCase("LeakyReLU 0,01")]
    [TestCase("1")]
    [TestCase("6")]
    [TestCase("ReLU,Tanh")]
    [TestCase("Tanh,Sigmoid")]
    public void Parse_NoLayerOfThatName_QuotesIt(string layer) =>
        Assert.That(
            () => NetworkDescription.Parse($"4 -> {layer}"),
            Throws.InstanceOf<FormatException>().With.Message.EqualTo(
                $"Expected a layer: Dense N (N from 1 to 1073741824), ReLU, LeakyReLU [slope], Sigmoid, Tanh, BinaryStep or Softmax; found \"{layer}\"."));

    [Test]
    public void Equals_AnotherShape_IsFalse()
    {
        var description = NetworkDescription.Parse("4 -> Dense 3 -> LeakyReLU 0.1");
        string[] others = ["5 -> Dense 3 -> LeakyReLU 0.1", "4 -> Dense 2 -> LeakyReLU 0.1", "4 -> Dense 3 -> LeakyReLU 0.2", "4 -> Dense 3"];
        foreach (string other in others)
        {
            Assert.That(NetworkDescription.Parse(other), Is.Not.EqualTo(description));
        }
        Assert.That(description.Equals((object?)null), Is.False);
    }

    [Test]
    public void Chain_OfWidths_PutsTheActivationBetweenDenseLayers()
    {
        Assert.That(
            NetworkDescription.Chain([784, 100, 200, 10], LayerDescription.ReLU).ToString(),
            Is.EqualTo("784 -> Dense 100 -> ReLU -> Dense 200 -> ReLU -> Dense 10"));
        Assert.That(NetworkDescription.Chain([3, 2], LayerDescription.Tanh).ToString(), Is.EqualTo("3 -> Dense 2"));
    }

    [Test]
    public void Constructors_BadArguments_AreRefused()
    {
        Assert.That(() => NetworkDescription.Chain([3], LayerDescription.ReLU), Throws.ArgumentException.With.Message.Contains("found 1"));
        Assert.That(() => NetworkDescription.Chain([], LayerDescription.ReLU), Throws.ArgumentException);
        Assert.That(() => NetworkDescription.Chain([3, 0], LayerDescription.ReLU), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => NetworkDescription.Chain([0, 3], LayerDescription.ReLU), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => NetworkDescription.Chain([3, 3], null!), Throws.ArgumentNullException);
        Assert.That(() => new NetworkDescription(3), Throws.ArgumentException);
        Assert.That(() => new NetworkDescription(0, LayerDescription.ReLU), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => NetworkDescription.Parse(null!), Throws.ArgumentNullException);
        Assert.That(() => new NetworkDescription(int.MaxValue, LayerDescription.ReLU), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new NetworkDescription(3, LayerDescription.ReLU, null!), Throws.ArgumentException.With.Message.Contains("null at position 1"));
        Assert.That(() => LayerDescription.Dense(int.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LayerDescription.Dense(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LayerDescription.LeakyReLU(-1f), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LayerDescription.LeakyReLU(float.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Layers_CannotBeChanged()
    {
        var network = new Network(NetworkDescription.Parse("4 -> Dense 3"));
        Assert.That(() => ((IList<LayerDescription>)network.Description.Layers)[0] = LayerDescription.ReLU, Throws.InstanceOf<NotSupportedException>());
        Assert.That(() => ((IList<Layer>)network.Layers)[0] = new ReLU(3), Throws.InstanceOf<NotSupportedException>());
        Assert.That(() => ((IList<Dense>)network.DenseLayers)[0] = new Dense(4, 3), Throws.InstanceOf<NotSupportedException>());
    }

    [Test]
    public void Network_TooLargeForOneArray_IsRefusedByItsDescription() =>
        Assert.That(
            () => new Network(NetworkDescription.Parse("100000 -> Dense 100000")),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("description"));
}
