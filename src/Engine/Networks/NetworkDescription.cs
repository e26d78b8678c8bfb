using System.Globalization;
using System.Text;
using Engine.Kernels;
using Engine.Layers;

namespace Engine.Networks;

/// <summary>
/// The shape of a network: how many inputs, then layer after layer, for example
/// <c>784 -> Dense 100 -> ReLU -> Dense 200 -> ReLU -> Dense 10</c>. Immutable.
/// </summary>
public sealed class NetworkDescription : IEquatable<NetworkDescription>
{
    private const string Arrow = "->";
    private readonly LayerDescription[] _layers;

    /// <summary>Describes a network.</summary>
    /// <param name="inputs">Features of a sample, from 1 to <see cref="RowLayout.MaximumColumns"/>.</param>
    /// <param name="layers">The layers in order, one at least.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="inputs"/> is out of range.</exception>
    /// <exception cref="ArgumentException">There is no layer, or one of them is null.</exception>
    public NetworkDescription(int inputs, params IEnumerable<LayerDescription> layers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputs, RowLayout.MaximumColumns);
        ArgumentNullException.ThrowIfNull(layers);
        _layers = [.. layers];
        if (_layers.Length == 0)
        {
            throw new ArgumentException("A network needs one layer at least; found none.", nameof(layers));
        }
        if (Array.IndexOf(_layers, null) is var missing and >= 0)
        {
            throw new ArgumentException($"Expected layers; found null at position {missing}.", nameof(layers));
        }
        Inputs = inputs;
        Layers = Array.AsReadOnly(_layers);
    }

    /// <summary>Features of a sample.</summary>
    public int Inputs { get; }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<LayerDescription> Layers { get; }

    /// <summary>Dense layers with the same activation between them, none after the last: the usual classifier or regressor.</summary>
    /// <param name="widths">Inputs, then the outputs of each dense layer; two numbers at least, each 1 or more.</param>
    /// <param name="activation">What stands between the dense layers.</param>
    /// <exception cref="ArgumentException">There are fewer than two widths.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A width is below 1.</exception>
    public static NetworkDescription Chain(ReadOnlySpan<int> widths, LayerDescription activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        if (widths.Length < 2)
        {
            throw new ArgumentException($"Two widths at least, inputs and outputs; found {widths.Length}.", nameof(widths));
        }
        var layers = new List<LayerDescription>();
        foreach (int width in widths[1..])
        {
            if (layers.Count > 0)
            {
                layers.Add(activation);
            }
            layers.Add(LayerDescription.Dense(width));
        }
        return new NetworkDescription(widths[0], layers);
    }

    /// <summary>Reads a description as <see cref="ToString"/> writes it.</summary>
    /// <param name="text">The number of inputs, then layers, with <c>-&gt;</c> between.</param>
    /// <exception cref="FormatException">The text is no description.</exception>
    public static NetworkDescription Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(Arrow, StringSplitOptions.TrimEntries);
        if (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int inputs) || inputs is < 1 or > RowLayout.MaximumColumns)
        {
            throw new FormatException($"Expected a description that starts with the number of inputs, from 1 to {RowLayout.MaximumColumns}; found \"{parts[0]}\".");
        }
        if (parts.Length < 2)
        {
            throw new FormatException($"Expected a layer after {inputs} inputs; found the end of the description.");
        }
        return new NetworkDescription(inputs, parts.Skip(1).Select(LayerDescription.Parse));
    }

    /// <summary>The description as one line; <see cref="Parse"/> reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Inputs.ToString(CultureInfo.InvariantCulture));
        foreach (LayerDescription layer in _layers)
        {
            text.Append(' ').Append(Arrow).Append(' ').Append(layer);
        }
        return text.ToString();
    }

    /// <summary>Whether two descriptions have the same inputs and layers.</summary>
    /// <param name="other">Another description.</param>
    public bool Equals(NetworkDescription? other) =>
        ReferenceEquals(this, other) || (other is not null && Inputs == other.Inputs && _layers.AsSpan().SequenceEqual(other._layers));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NetworkDescription);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Inputs);
        foreach (LayerDescription layer in _layers)
        {
            hash.Add(layer);
        }
        return hash.ToHashCode();
    }
}
