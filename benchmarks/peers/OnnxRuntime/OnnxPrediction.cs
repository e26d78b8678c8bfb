using Engine.Networks;
using Microsoft.ML.OnnxRuntime;

namespace Engine.Peers;

/// <summary>ONNX Runtime with a network, an input and an output that are bound once, so that a run copies nothing.</summary>
internal sealed class OnnxPrediction : IDisposable
{
    private readonly SessionOptions _sessionOptions = new();
    private readonly RunOptions _runOptions = new();
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly OrtValue _input;
    private readonly OrtValue _output;

    /// <summary>Loads the model and pins the memory.</summary>
    /// <param name="model">The bytes of the model.</param>
    /// <param name="network">The network that the model was written from.</param>
    /// <param name="inputs">Samples one after another.</param>
    /// <param name="outputs">Where the outputs go.</param>
    /// <param name="threads">Threads within an operator.</param>
    public OnnxPrediction(byte[] model, Network network, Memory<float> inputs, Memory<float> outputs, int threads)
    {
        _sessionOptions.IntraOpNumThreads = threads;
        _sessionOptions.InterOpNumThreads = 1;
        _sessionOptions.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL;
        _session = new InferenceSession(model, _sessionOptions);
        int samples = inputs.Length / network.Inputs;
        _input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, inputs, [samples, network.Inputs]);
        _output = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, outputs, [samples, network.Outputs]);
        _binding = _session.CreateIoBinding();
        _binding.BindInput(OnnxModel.Input, _input);
        _binding.BindOutput(OnnxModel.Output, _output);
    }

    /// <summary>The version of the native library.</summary>
    /// <exception cref="UnavailableException">It cannot be loaded.</exception>
    public static string Version()
    {
        try
        {
            return $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";
        }
        catch (Exception exception) when (NativeLibraryFault.IsOne(exception))
        {
            throw new UnavailableException($"the native library of ONNX Runtime cannot be loaded: {NativeLibraryFault.Reason(exception)}");
        }
    }

    /// <summary>Computes the outputs.</summary>
    public void Run() => _session.RunWithBinding(_runOptions, _binding);

    /// <summary>Frees the session and unpins the memory.</summary>
    public void Dispose()
    {
        _binding.Dispose();
        _output.Dispose();
        _input.Dispose();
        _session.Dispose();
        _runOptions.Dispose();
        _sessionOptions.Dispose();
    }
}
