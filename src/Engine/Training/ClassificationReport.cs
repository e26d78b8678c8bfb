using Engine.Data;
using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;

namespace Engine.Training;

/// <summary>
/// How a classifier does on labelled images, class by class and image by image.
/// </summary>
/// <remarks>Immutable; made on the calling thread.</remarks>
public sealed class ClassificationReport
{
    private const int RowsAtOnce = 64;
    private readonly ImageDataset _data;
    private readonly float[] _probabilities;
    private readonly int[] _predicted;
    private readonly int[][] _confusion;

    /// <summary>Runs a network over all images.</summary>
    /// <param name="network">A classifier; its outputs are logits, or probabilities if its last layer is <see cref="Softmax"/>.</param>
    /// <param name="data">Images of its input size, labels below its number of outputs.</param>
    /// <exception cref="ArgumentException">The data does not fit the network.</exception>
    public ClassificationReport(Network network, ImageDataset data)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Inputs != network.Inputs || !data.FitsOutputs(network.Outputs))
        {
            throw new ArgumentException(
                $"Expected images of {network.Inputs} pixels in at most {network.Outputs} classes; found {data.Inputs} pixels and {data.Classes} classes.", nameof(data));
        }
        if ((long)data.Count * network.Outputs > Array.MaxLength)
        {
            throw new ArgumentException($"Expected at most {Array.MaxLength / network.Outputs} images, as each has {network.Outputs} probabilities; found {data.Count}.", nameof(data));
        }
        _data = data;
        Classes = network.Outputs;
        _probabilities = new float[data.Count * Classes];
        _predicted = new int[data.Count];

        // Not the square of the outputs, which may be many: no image is of a class beyond the data's.
        int[] none = new int[Classes];
        _confusion = [.. Enumerable.Range(0, Classes).Select(actual => actual < data.Classes ? new int[Classes] : none)];

        network.Predict(data.Pixels, _probabilities, new Workspace(network, RowsAtOnce));
        bool logits = network.Layers[^1] is not Softmax;
        double loss = 0;
        for (int i = 0; i < data.Count; i++)
        {
            Span<float> row = _probabilities.AsSpan(i * Classes, Classes);
            loss += Loss(row, data.Labels[i], logits);
            _predicted[i] = ArgMax.Of(row);
            _confusion[data.Labels[i]][_predicted[i]]++;
            if (logits)
            {
                SoftmaxKernel.Forward(1, Classes, Classes, row, row);
            }
        }
        MeanLoss = data.Count == 0 ? 0 : loss / data.Count;
        Hits = Enumerable.Range(0, Classes).Sum(c => _confusion[c][c]);
    }

    /// <summary>Classes that the network tells apart.</summary>
    public int Classes { get; }

    /// <summary>Images.</summary>
    public int Count => _data.Count;

    /// <summary>Images whose class was found.</summary>
    public int Hits { get; }

    /// <summary>The share of hits, from 0 to 1; 0 for no images.</summary>
    public double Accuracy => Count == 0 ? 0 : (double)Hits / Count;

    /// <summary>The mean cross-entropy; infinite where a network that ends in <see cref="Softmax"/> gives some image's label the probability 0, which from logits it does not.</summary>
    public double MeanLoss { get; }

    /// <summary>How many images of one class were taken for another, or for that class itself.</summary>
    /// <param name="actual">The label.</param>
    /// <param name="predicted">What the network said.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public int Confusion(int actual, int predicted) => _confusion[actual][predicted];

    /// <summary>Of the images taken for a class, the share that are of it; NaN if there are none.</summary>
    /// <param name="class">The class.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public double Precision(int @class) => Ratio(_confusion[@class][@class], Enumerable.Range(0, Classes).Sum(actual => _confusion[actual][@class]));

    /// <summary>Of the images of a class, the share that were taken for it; NaN if there are none.</summary>
    /// <param name="class">The class.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public double Recall(int @class) => Ratio(_confusion[@class][@class], Support(@class));

    /// <summary>Images of a class.</summary>
    /// <param name="class">The class.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public int Support(int @class) => _confusion[@class].Sum();

    /// <summary>The class that the network gave an image.</summary>
    /// <param name="sample">The image's number.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such image.</exception>
    public int Predicted(int sample) => _predicted[sample];

    /// <summary>The probability of each class for an image.</summary>
    /// <param name="sample">The image's number.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<float> Probabilities(int sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, Count);
        return _probabilities.AsSpan(sample * Classes, Classes);
    }

    /// <summary>The images that were taken for a wrong class, the surest mistakes first.</summary>
    public IReadOnlyList<int> WorstMistakes() =>
        [.. Enumerable.Range(0, Count)
            .Where(i => _predicted[i] != _data.Labels[i])
            .OrderByDescending(i => _probabilities[(i * Classes) + _predicted[i]])
            .ThenBy(i => i)];

    private static double Loss(ReadOnlySpan<float> row, int label, bool logits)
    {
        if (!logits)
        {
            return -Logarithm.Log(row[label]);
        }
        Span<float> target = stackalloc float[IdxReader.MaximumClasses];
        target = row.Length <= target.Length ? target[..row.Length] : new float[row.Length];
        target.Clear();
        target[label] = 1f;
        Span<double> loss = stackalloc double[1];
        SoftmaxCrossEntropyKernel.Forward(1, row.Length, row.Length, row, target, loss);
        return loss[0];
    }

    private static double Ratio(int part, int whole) => whole == 0 ? double.NaN : (double)part / whole;
}
