using Engine.Kernels;
using Engine.Threads;

namespace Engine.Networks;

/// <summary>
/// Predicts many samples at once on several threads, with scratch memory and threads of its own.
/// </summary>
/// <remarks>
/// <para>
/// The samples are cut into batches of <see cref="BatchSize"/>, or smaller ones so that each thread gets one; the threads take them as they get done. One that sleeps is woken, but not
/// waited for if it comes too late. A sample's outputs do not depend on the batch it is in, but for the sign of one that is zero, so they are those of <see cref="Network.Predict(ReadOnlySpan{byte}, Span{float}, Workspace)"/>.
/// </para>
/// <para>Memory instead of spans, because other threads read it. Allocates nothing after the first call, but for what a <see cref="Gemm"/> of large matrices takes when a thread first comes to one. Not thread-safe: one call at a time. Its threads live until it is disposed of.</para>
/// </remarks>
public sealed class BatchPredictor : IDisposable
{
    private readonly Workspace[] _workspaces;
    private readonly WorkerTeam _team;
    private readonly Turn _turn = new("predictor");
    private readonly SharedInteger _taken = new();
    private readonly Action<int> _predictFloats;
    private readonly Action<int> _predictPixels;
    private ReadOnlyMemory<float> _inputs;
    private ReadOnlyMemory<byte> _pixels;
    private Memory<float> _outputs;
    private int _samples;
    private int _batch;

    /// <summary>Allocates scratch memory and starts the threads.</summary>
    /// <param name="network">The network; not to be changed during a call.</param>
    /// <param name="threads">Threads, the caller's included, from 1 to 1,024; the number of cores if null.</param>
    /// <param name="batchSize">Samples that a thread takes at once, at most; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the memory does not fit one array.</exception>
    public BatchPredictor(Network network, int? threads = null, int batchSize = 128)
    {
        ArgumentNullException.ThrowIfNull(network);
        int count = threads ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(threads));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1024, nameof(threads));
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        Network = network;
        BatchSize = batchSize;
        _workspaces = [.. Enumerable.Range(0, count).Select(_ => new Workspace(network, batchSize))];
        _predictFloats = PredictFloats;
        _predictPixels = PredictPixels;
        _team = new WorkerTeam(count);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Samples that a thread takes at once, at most.</summary>
    public int BatchSize { get; }

    /// <summary>The outputs for any number of samples.</summary>
    /// <param name="inputs">Samples one after another, as many numbers each as the network has inputs.</param>
    /// <param name="outputs">Where the outputs go, as many numbers for each sample as the network has outputs; not over the inputs.</param>
    /// <exception cref="ArgumentException">The inputs are no whole number of samples, or the outputs have another length or overlap them.</exception>
    /// <exception cref="InvalidOperationException">Another thread is in a call.</exception>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public void Predict(ReadOnlyMemory<float> inputs, Memory<float> outputs)
    {
        int samples = Network.ValidateSamples(inputs.Length, outputs.Length, nameof(inputs));
        Check.Disjoint(inputs.Span, outputs.Span, nameof(inputs));
        Run(inputs, default, outputs, samples, _predictFloats);
    }

    /// <summary>The outputs for any number of images.</summary>
    /// <param name="pixels">Images one after another, as many bytes each as the network has inputs, scaled to the range 0 to 1 as in training.</param>
    /// <param name="outputs">Where the outputs go, as many numbers for each image as the network has outputs; not over the pixels.</param>
    /// <exception cref="ArgumentException">The pixels are no whole number of images, or the outputs have another length or overlap them.</exception>
    /// <exception cref="InvalidOperationException">Another thread is in a call.</exception>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public void Predict(ReadOnlyMemory<byte> pixels, Memory<float> outputs)
    {
        int samples = Network.ValidateSamples(pixels.Length, outputs.Length, nameof(pixels));
        Check.Disjoint(pixels.Span, outputs.Span, nameof(pixels));
        Run(default, pixels, outputs, samples, _predictPixels);
    }

    /// <summary>Ends the threads.</summary>
    /// <exception cref="InvalidOperationException">Another thread is in a call.</exception>
    public void Dispose()
    {
        using Turn.Held turn = _turn.Take();
        _team.Dispose();
    }

    private void Run(ReadOnlyMemory<float> inputs, ReadOnlyMemory<byte> pixels, Memory<float> outputs, int samples, Action<int> work)
    {
        using Turn.Held turn = _turn.Take();
        ObjectDisposedException.ThrowIf(_team.IsDisposed, this);
        (_inputs, _pixels, _outputs, _samples) = (inputs, pixels, outputs, samples);
        _batch = Math.Clamp(((_samples - 1) / _team.Count) + 1, 1, BatchSize);
        _taken.Publish(0);
        try
        {
            _team.Offer(work);
        }
        finally
        {
            // The caller's arrays must not live as long as this object.
            _inputs = default;
            _pixels = default;
            _outputs = default;
        }
    }

    private void PredictFloats(int worker)
    {
        while (_taken.Take(_batch, _samples, out int first, out int count))
        {
            Network.Predict(_inputs.Span.Slice(first * Network.Inputs, count * Network.Inputs), Outputs(first, count), _workspaces[worker]);
        }
    }

    private void PredictPixels(int worker)
    {
        while (_taken.Take(_batch, _samples, out int first, out int count))
        {
            Network.Predict(_pixels.Span.Slice(first * Network.Inputs, count * Network.Inputs), Outputs(first, count), _workspaces[worker]);
        }
    }

    private Span<float> Outputs(int first, int count) => _outputs.Span.Slice(first * Network.Outputs, count * Network.Outputs);
}
