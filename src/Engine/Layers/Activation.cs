using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// A layer without parameters whose derivative can be told from its output alone.
/// </summary>
public abstract class Activation : Layer
{
    private protected Activation(int width)
        : base(width, width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, RowLayout.MaximumColumns);
    }

    /// <summary>Whether there is a backward pass.</summary>
    public virtual bool IsDifferentiable => true;

    /// <summary>dInput ← the gradient by the input.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="output">What <see cref="Layer.Forward"/> left, padded.</param>
    /// <param name="dOutput">The gradient by the output, padded.</param>
    /// <param name="dInput">The gradient by the input, padded; may be <paramref name="dOutput"/> itself.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    /// <exception cref="NotSupportedException">The activation is not differentiable.</exception>
    public abstract void Backward(int rows, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<float> dInput);

    /// <summary>Some rows, padding included: what an elementwise kernel runs over.</summary>
    private protected Span<float> Block(int rows, Span<float> matrix, [CallerArgumentExpression(nameof(matrix))] string name = "")
    {
        int length = BlockLength(rows);
        Check.AtLeast<float>(matrix, length, name);
        return matrix[..length];
    }

    /// <inheritdoc cref="Block(int, Span{float}, string)"/>
    private protected ReadOnlySpan<float> Block(int rows, ReadOnlySpan<float> matrix, [CallerArgumentExpression(nameof(matrix))] string name = "")
    {
        int length = BlockLength(rows);
        Check.AtLeast(matrix, length, name);
        return matrix[..length];
    }

    private int BlockLength(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        long length = (long)rows * RowLayout.Stride(Outputs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Array.MaxLength, nameof(rows));
        return (int)length;
    }

    /// <summary>Sets the padding to zero again, after a function f with f(0) ≠ 0, or where it may be no number.</summary>
    private protected void ClearPadding(int rows, Span<float> output) => RowLayout.ClearPadding(rows, Outputs, output);
}
