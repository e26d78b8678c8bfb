using System.Globalization;
using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// What a layer is, without its parameters: <c>Dense 100</c>, <c>ReLU</c>, <c>LeakyReLU 0.01</c>, <c>Sigmoid</c>, <c>Tanh</c>,
/// <c>BinaryStep</c> or <c>Softmax</c>. Immutable.
/// </summary>
public sealed record LayerDescription
{
    /// <summary>The slope of a leaky ReLU for which none is given.</summary>
    public const float DefaultSlope = 0.01f;

    private LayerDescription(LayerKind kind, int units = 0, float slope = 0f)
    {
        Kind = kind;
        Units = units;
        Slope = slope;
    }

    /// <summary>The rectified linear unit.</summary>
    public static LayerDescription ReLU { get; } = new(LayerKind.ReLU);

    /// <summary>The logistic function.</summary>
    public static LayerDescription Sigmoid { get; } = new(LayerKind.Sigmoid);

    /// <summary>The hyperbolic tangent.</summary>
    public static LayerDescription Tanh { get; } = new(LayerKind.Tanh);

    /// <summary>The binary step, forward only.</summary>
    public static LayerDescription BinaryStep { get; } = new(LayerKind.BinaryStep);

    /// <summary>Softmax over the features of a sample.</summary>
    public static LayerDescription Softmax { get; } = new(LayerKind.Softmax);

    /// <summary>The kind of layer.</summary>
    public LayerKind Kind { get; }

    /// <summary>Outputs of a dense layer; 0 for an activation, which is as wide as what comes before it.</summary>
    public int Units { get; }

    /// <summary>The slope of a leaky ReLU below 0; 0 for every other kind.</summary>
    public float Slope { get; }

    /// <summary>A fully connected layer.</summary>
    /// <param name="units">Its outputs, from 1 to <see cref="RowLayout.MaximumColumns"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is out of range.</exception>
    public static LayerDescription Dense(int units)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(units, RowLayout.MaximumColumns);
        return new(LayerKind.Dense, units);
    }

    /// <summary>The leaky rectified linear unit.</summary>
    /// <param name="slope">The slope below 0; finite, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slope is out of range.</exception>
    public static LayerDescription LeakyReLU(float slope = DefaultSlope)
    {
        LeakyReluKernel.ValidateSlope(slope);
        return new(LayerKind.LeakyReLU, slope: slope);
    }

    /// <summary>Reads a layer as <see cref="ToString"/> writes it; letter case does not matter.</summary>
    /// <param name="text">For example <c>Dense 100</c> or <c>relu</c>.</param>
    /// <exception cref="FormatException">The text names no layer.</exception>
    public static LayerDescription Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string? number = words.Length == 2 ? words[1] : null;

        // Letters only: Enum.TryParse would also take a number, or several names with commas between.
        if (words.Length is 1 or 2 && words[0].All(char.IsAsciiLetter) && Enum.TryParse(words[0], ignoreCase: true, out LayerKind kind))
        {
            if (kind == LayerKind.Dense && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int units) && units is > 0 and <= RowLayout.MaximumColumns)
            {
                return Dense(units);
            }
            if (kind == LayerKind.LeakyReLU)
            {
                float slope = DefaultSlope;
                if (number is null || (float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out slope) && slope >= 0f && float.IsFinite(slope)))
                {
                    return LeakyReLU(slope);
                }
            }
            else if (kind != LayerKind.Dense && number is null)
            {
                return new(kind);
            }
        }
        throw new FormatException(
            $"Expected a layer: Dense N (N from 1 to {RowLayout.MaximumColumns}), ReLU, LeakyReLU [slope], Sigmoid, Tanh, BinaryStep or Softmax; found \"{text.Trim()}\".");
    }

    /// <summary>The layer as one or two words; <see cref="Parse"/> reads them.</summary>
    public override string ToString() => Kind switch
    {
        LayerKind.Dense => string.Create(CultureInfo.InvariantCulture, $"Dense {Units}"),
        LayerKind.LeakyReLU => string.Create(CultureInfo.InvariantCulture, $"LeakyReLU {Slope:R}"),
        _ => Kind.ToString(),
    };
}
