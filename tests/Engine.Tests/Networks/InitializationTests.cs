using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Networks;

public class InitializationTests
{
    private const int Inputs = 300;
    private const int Outputs = 200;
    private const int Count = Inputs * Outputs;

    private static readonly object[] NormalSchemes =
    [
        new object[] { Initialization.GlorotNormal, 2.0 / (Inputs + Outputs) },
        new object[] { Initialization.He, 2.0 / Inputs },
    ];

    private static readonly object[] UniformSchemes =
    [
        new object[] { Initialization.GlorotUniform, Math.Sqrt(6.0 / (Inputs + Outputs)) },
        new object[] { Initialization.Uniform, 0.25 },
    ];

    [TestCaseSource(nameof(NormalSchemes))]
    public void Weights_NormalScheme_HaveItsMoments(Initialization scheme, double variance)
    {
        double[] z = [.. Weights(scheme).Select(w => w / Math.Sqrt(variance))];

        // Five standard errors each, for moments 1, 2 and 4 of the standard normal distribution, whose own are 0, 1 and 3.
        Assert.That(z.Average(), Is.Zero.Within(5 / Math.Sqrt(Count)));
        Assert.That(z.Average(x => x * x), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / Count)));
        Assert.That(z.Average(x => x * x * x * x), Is.EqualTo(3).Within(5 * Math.Sqrt(96.0 / Count)));
        Assert.That(z.Max(Math.Abs), Is.InRange(3.5, 6));
    }

    [TestCaseSource(nameof(UniformSchemes))]
    public void Weights_UniformScheme_FillItsRange(Initialization scheme, double range)
    {
        double[] u = [.. Weights(scheme).Select(w => w / range)];

        // Five standard errors each; the variance of a uniform number in ±1 is 1/3, that of its square 4/45.
        Assert.That(u.Average(), Is.Zero.Within(5 * Math.Sqrt(1.0 / 3 / Count)));
        Assert.That(u.Average(x => x * x), Is.EqualTo(1.0 / 3).Within(5 * Math.Sqrt(4.0 / 45 / Count)));
        Assert.That(u.Max(), Is.InRange(0.999, 1 + 1e-7));
        Assert.That(u.Min(), Is.InRange(-1 - 1e-7, -0.999));
    }

    [Test]
    public void Network_NoOptions_IsGlorotNormalWithSeedZero()
    {
        var description = NetworkDescription.Parse("5 -> Dense 4 -> Dense 3");
        var options = new InitializationOptions { Scheme = Initialization.GlorotNormal, Seed = 0 };
        Assert.That(Parameters.Bits(new Network(description)), Is.EqualTo(Parameters.Bits(new Network(description, options))));
    }

    [Test]
    public void Weights_OfTheNextLayer_ComeFromTheNextSeed()
    {
        var options = new InitializationOptions { Seed = 7 };
        Dense second = new Network(NetworkDescription.Parse("6 -> Dense 6 -> ReLU -> Dense 6"), options).DenseLayers[1];
        Dense first = new Network(NetworkDescription.Parse("6 -> Dense 6"), options with { Seed = 8 }).DenseLayers[0];
        Assert.That(second.Weights.ToArray(), Is.EqualTo(first.Weights.ToArray()));
    }

    [Test]
    public void Biases_AnyScheme_AreZero([Values] Initialization scheme)
    {
        Dense layer = Layer(new InitializationOptions { Scheme = scheme });
        Assert.That(layer.Bias.ToArray(), Is.All.Zero);
        Assert.That(PaddedMatrix.Padding(layer), Is.All.Zero);
    }

    [Test]
    public void Network_UnknownSchemeOrRange_IsRefused()
    {
        Assert.That(() => Layer(new InitializationOptions { Scheme = (Initialization)9 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Layer(new InitializationOptions { Range = double.NaN }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Layer(new InitializationOptions { Range = 1e300 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Layer(new InitializationOptions { Range = double.PositiveInfinity }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static double[] Weights(Initialization scheme) =>
        ScalarNetwork.UnpaddedWeights(Layer(new InitializationOptions { Scheme = scheme, Seed = 11, Range = 0.25 }));

    private static Dense Layer(InitializationOptions options) =>
        new Network(new NetworkDescription(Inputs, LayerDescription.Dense(Outputs)), options).DenseLayers[0];

    [Test]
    public void New_WithTheLastSeed_GoesOnWithTheFirst()
    {
        var network = new Network(NetworkDescription.Parse("5 -> Dense 4 -> Dense 3"), new InitializationOptions { Seed = ulong.MaxValue });
        var next = new Network(NetworkDescription.Parse("4 -> Dense 3"), new InitializationOptions { Seed = 0 });
        Assert.That(network.DenseLayers[1].Weights.ToArray(), Is.EqualTo(next.DenseLayers[0].Weights.ToArray()));
    }
}
