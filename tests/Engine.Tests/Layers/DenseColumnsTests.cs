using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Tests.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Columns of a dense layer that two workers have: together they are the layer.</summary>
public sealed class DenseColumnsTests
{
    [Test]
    public void BackwardInput_ByTheFirstColumnsThenByTheLast_HasTheBitsOfTheLayer([Values(1, 9, 20, 100)] int inputs, [Values(1, 8, 16, 24, 64)] int rows)
    {
        const int Outputs = 50;
        Func<float> source = KernelTestData.WithSpecialValues(KernelTestData.Uniform(-1f, 1f));
        Dense layer = new Network(NetworkDescription.Parse($"{inputs} -> Dense {Outputs}")).DenseLayers[0];
        layer.SetParameters([.. Enumerable.Range(0, inputs * Outputs).Select(_ => source())], new float[Outputs]);
        float[] input = Padded(inputs), dOutput = Padded(Outputs);
        float[] expected = new float[rows * RowLayout.Stride(inputs)];
        layer.BackwardInputRelu(rows, input, dOutput, expected);
        for (int first = RowLayout.LineFloats; first < Outputs; first += RowLayout.LineFloats)
        {
            float[] found = new float[expected.Length], transposed = new float[Outputs * RowLayout.Stride(inputs)];
            DenseColumns last = layer.Columns(first, RowLayout.PaddedColumns(Outputs) - first);
            layer.Columns(0, first).BackwardInput(rows, dOutput, found);
            last.CopyTransposedTo(transposed);
            last.EndBackwardInputRelu(rows, transposed, input, dOutput, found);
            Expect.SameBits(found, expected, $"{first} columns first");
        }

        float[] Padded(int columns)
        {
            int stride = RowLayout.Stride(columns);
            return [.. Enumerable.Range(0, rows * stride).Select(i => i % stride < columns ? source() : 0f)];
        }
    }
}
