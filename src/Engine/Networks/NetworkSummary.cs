using System.Globalization;
using System.Text;
using Engine.Layers;

namespace Engine.Networks;

/// <summary>One line of a network's summary.</summary>
/// <param name="Layer">The layer as in the description.</param>
/// <param name="Inputs">Features that come in.</param>
/// <param name="Outputs">Features that go out.</param>
/// <param name="Parameters">Numbers that training changes.</param>
/// <param name="FlopsPerSample">Floating-point operations of the matrix product for one sample's forward pass.</param>
/// <param name="Bytes">Memory of the parameters in bytes, padding included, but without the rows that are left empty behind each layer.</param>
public sealed record LayerSummary(string Layer, int Inputs, int Outputs, long Parameters, long FlopsPerSample, long Bytes);

/// <summary>
/// Layers, shapes, parameters, operations and memory of a network.
/// </summary>
public sealed class NetworkSummary
{
    /// <summary>Summarises a network.</summary>
    /// <param name="network">The network.</param>
    public NetworkSummary(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Layers = [.. network.Layers.Select(Summarise)];
        Parameters = network.ParameterCount;
        FlopsPerSample = network.FlopsPerSample;
        TrainingFlopsPerSample = network.TrainingFlopsPerSample;
        Bytes = Layers.Sum(layer => layer.Bytes);
        WorkspaceBytesPerSample = new Workspace(network).Bytes;
    }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; }

    /// <summary>Numbers that training changes.</summary>
    public long Parameters { get; }

    /// <summary>Floating-point operations of the matrix products for one sample's forward pass.</summary>
    public long FlopsPerSample { get; }

    /// <summary>Floating-point operations of the matrix products to train on one sample.</summary>
    public long TrainingFlopsPerSample { get; }

    /// <summary>Memory of the parameters in bytes, padding included, but without the rows that are left empty behind each layer.</summary>
    public long Bytes { get; }

    /// <summary>Memory of a <see cref="Workspace"/> in bytes for each row.</summary>
    public long WorkspaceBytesPerSample { get; }

    /// <summary>The summary as a table of plain text.</summary>
    public override string ToString()
    {
        string[][] rows =
        [
            ["layer", "shape", "parameters", "flops/sample", "memory KB"],
            .. Layers.Select(layer => Row(layer.Layer, $"{layer.Inputs} -> {layer.Outputs}", layer.Parameters, layer.FlopsPerSample, layer.Bytes)),
            Row("total", "", Parameters, FlopsPerSample, Bytes),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            // Names on the left, numbers on the right, as narrow as they allow.
            text.AppendJoin("  ", row.Select((cell, column) => column < 2 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).AppendLine();
        }
        text.Append(CultureInfo.InvariantCulture, $"training: {TrainingFlopsPerSample:N0} flops a sample; workspace: {WorkspaceBytesPerSample / 1024.0:N1} KB a sample");
        return text.ToString();
    }

    private static string[] Row(string layer, string shape, long parameters, long flops, long bytes) =>
        [layer, shape, parameters.ToString("N0", CultureInfo.InvariantCulture), flops.ToString("N0", CultureInfo.InvariantCulture), (bytes / 1024.0).ToString("N1", CultureInfo.InvariantCulture)];

    private static LayerSummary Summarise(Layer layer)
    {
        long bytes = layer is Dense dense ? ((long)dense.Weights.Length + dense.Bias.Length) * sizeof(float) : 0;
        return new LayerSummary(layer.Description.ToString(), layer.Inputs, layer.Outputs, layer.ParameterCount, layer.FlopsPerSample, bytes);
    }
}
