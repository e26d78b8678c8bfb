namespace Engine.Networks;

/// <summary>How the weights of a dense layer are drawn. Biases start at zero.</summary>
public enum Initialization
{
    /// <summary>Normal with variance 2 / (inputs + outputs). Source: Glorot, Bengio, AISTATS 2010.</summary>
    GlorotNormal,

    /// <summary>Uniform in ±√(6 / (inputs + outputs)). Source: Glorot, Bengio, AISTATS 2010.</summary>
    GlorotUniform,

    /// <summary>Normal with variance 2 / inputs, for ReLU. Source: He, Zhang, Ren, Sun, ICCV 2015.</summary>
    He,

    /// <summary>Uniform in ±<see cref="InitializationOptions.Range"/>.</summary>
    Uniform,
}
