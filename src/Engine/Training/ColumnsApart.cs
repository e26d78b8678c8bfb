using Engine.Kernels;
using Engine.Layers;

namespace Engine.Training;

/// <summary>Some columns of a dense layer in memory of their own, for as long as a worker keeps them: who takes and updates them touches no cache line beside another worker's.</summary>
/// <remarks>Not thread-safe: one worker's.</remarks>
internal sealed class ColumnsApart
{
    private readonly Dense _layer;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;
    private int _first;
    private int _count;

    /// <param name="layer">The layer.</param>
    /// <param name="mostColumns">The most columns that will be taken.</param>
    public ColumnsApart(Dense layer, int mostColumns)
    {
        _layer = layer;
        _weights = new AlignedBuffer(checked(layer.Inputs * RowLayout.Stride(mostColumns)));
        _bias = new AlignedBuffer(RowLayout.Stride(mostColumns));
    }

    /// <summary>The columns that were taken.</summary>
    public DenseColumns Columns => new(_layer, _first, _count, _weights.Span, Stride, _bias.Span);

    private int Stride => RowLayout.Stride(_count);

    /// <summary>Takes columns out of the layer; until they are given back, nobody may use those in it.</summary>
    public void Take(int first, int count)
    {
        (_first, _count) = (first, count);
        for (int row = 0; row < _layer.Inputs; row++)
        {
            LayerRow(row).CopyTo(Row(row));
        }
        _layer.BiasMemory.Slice(_first, _count).CopyTo(_bias.Span);
    }

    /// <summary>Puts them back.</summary>
    public void GiveBack()
    {
        for (int row = 0; row < _layer.Inputs; row++)
        {
            Row(row).CopyTo(LayerRow(row));
        }
        _bias.Span[.._count].CopyTo(_layer.BiasMemory[_first..]);
    }

    private Span<float> Row(int row) => _weights.Span.Slice(row * Stride, _count);

    private Span<float> LayerRow(int row) => _layer.WeightMemory.Slice((row * _layer.Stride) + _first, _count);
}
