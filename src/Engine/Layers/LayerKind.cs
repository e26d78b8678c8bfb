namespace Engine.Layers;

/// <summary>The kinds of layer.</summary>
public enum LayerKind
{
    /// <summary><see cref="Layers.Dense"/>.</summary>
    Dense,

    /// <summary><see cref="Layers.ReLU"/>.</summary>
    ReLU,

    /// <summary><see cref="Layers.LeakyReLU"/>.</summary>
    LeakyReLU,

    /// <summary><see cref="Layers.Sigmoid"/>.</summary>
    Sigmoid,

    /// <summary><see cref="Layers.Tanh"/>.</summary>
    Tanh,

    /// <summary><see cref="Layers.BinaryStep"/>.</summary>
    BinaryStep,

    /// <summary><see cref="Layers.Softmax"/>.</summary>
    Softmax,
}
