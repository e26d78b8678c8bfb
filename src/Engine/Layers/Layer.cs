namespace Engine.Layers;

/// <summary>
/// A step of a network: a function of the rows of a matrix, one row a sample.
/// </summary>
/// <remarks>
/// Matrices are rows x features with a row stride of <see cref="Kernels.RowLayout.Stride"/> floats; the padding between rows is
/// zero, and every layer leaves it zero or as it was. A layer keeps nothing of what passes through it, so threads may share it.
/// </remarks>
public abstract class Layer
{
    private protected Layer(int inputs, int outputs)
    {
        Inputs = inputs;
        Outputs = outputs;
    }

    /// <summary>Features that come in.</summary>
    public int Inputs { get; }

    /// <summary>Features that go out.</summary>
    public int Outputs { get; }

    /// <summary>What this layer is, without its parameters.</summary>
    public abstract LayerDescription Description { get; }

    /// <summary>Numbers that training changes.</summary>
    public virtual int ParameterCount => 0;

    /// <summary>Floating-point operations of the matrix product for one sample's forward pass; 0 for an activation.</summary>
    public virtual long FlopsPerSample => 0;

    /// <summary>output ← f(input), for one sample or a whole minibatch.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="input">rows x <see cref="Inputs"/>, padded.</param>
    /// <param name="output">rows x <see cref="Outputs"/>, padded.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public abstract void Forward(int rows, ReadOnlySpan<float> input, Span<float> output);
}
