using System.Diagnostics;
using Engine.Networks;

namespace Engine.Peers;

/// <summary>Times the engine and ONNX Runtime in turns, on the same samples in one process.</summary>
internal sealed class PredictionComparison : IDisposable
{
    private const double Tolerance = 1e-4;

    // Threads of either contender may spin for a while after a call, waiting for the next; the other must not pay for it.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(5);

    private readonly Network _network;
    private readonly Workspace _workspace;
    private readonly BatchPredictor _predictor;
    private readonly OnnxPrediction _peer;
    private readonly float[] _inputs;
    private readonly float[] _outputs;
    private readonly float[] _peerOutputs;

    /// <summary>Prepares both.</summary>
    /// <param name="network">The network.</param>
    /// <param name="model">The same network as the bytes of an ONNX model.</param>
    /// <param name="inputs">Samples one after another, as floats.</param>
    /// <param name="threads">Threads that either may use.</param>
    public PredictionComparison(Network network, byte[] model, float[] inputs, int threads)
    {
        Samples = inputs.Length / network.Inputs;
        _network = network;
        _inputs = inputs;
        _outputs = new float[Samples * network.Outputs];
        _peerOutputs = new float[_outputs.Length];
        _workspace = new Workspace(network);
        // Small batches leave work for every thread.
        _predictor = new BatchPredictor(network, threads);
        _peer = new OnnxPrediction(model, network, inputs, _peerOutputs, threads);
    }

    /// <summary>Samples of one call.</summary>
    public int Samples { get; }

    /// <summary>Verifies that both compute the same.</summary>
    /// <exception cref="WrongResultException">They do not.</exception>
    public void Verify()
    {
        Array.Fill(_outputs, float.NaN);
        Array.Fill(_peerOutputs, float.NaN);
        RunEngine();
        _peer.Run();
        for (int i = 0; i < _outputs.Length; i++)
        {
            if (!(Math.Abs(_outputs[i] - _peerOutputs[i]) <= Tolerance))
            {
                throw new WrongResultException(
                    $"output {i % _network.Outputs} of sample {i / _network.Outputs} of {Samples}: "
                    + $"expected the engine's {_outputs[i]} within {Tolerance} from ONNX Runtime; found {_peerOutputs[i]}");
            }
        }
    }

    /// <summary>The seconds of a call in each round, of the engine and of ONNX Runtime.</summary>
    public (double[] Engine, double[] Peer) Measure(int rounds)
    {
        Action engine = RunEngine;
        Action peer = _peer.Run;
        SecondsOfCall(engine, WarmUp);
        SecondsOfCall(peer, WarmUp);
        var engineSeconds = new double[rounds];
        var peerSeconds = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            bool engineFirst = round % 2 == 0;
            if (engineFirst)
            {
                engineSeconds[round] = SecondsOfTurn(engine);
            }
            peerSeconds[round] = SecondsOfTurn(peer);
            if (!engineFirst)
            {
                engineSeconds[round] = SecondsOfTurn(engine);
            }
        }
        return (engineSeconds, peerSeconds);
    }

    /// <summary>Ends both.</summary>
    public void Dispose()
    {
        _peer.Dispose();
        _predictor.Dispose();
    }

    private void RunEngine()
    {
        if (Samples == 1)
        {
            _network.Predict(_inputs, _outputs, _workspace);
        }
        else
        {
            _predictor.Predict(_inputs, _outputs);
        }
    }

    private static double SecondsOfTurn(Action run)
    {
        Thread.Sleep(Rest);
        // After the rest its threads and its memory come back first.
        SecondsOfCall(run, Least);
        return SecondsOfCall(run, Least);
    }

    /// <summary>Repeats a call for at least some time; the mean seconds of one.</summary>
    private static double SecondsOfCall(Action run, TimeSpan least)
    {
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        TimeSpan elapsed;
        do
        {
            run();
            calls++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < least);
        return elapsed.TotalSeconds / calls;
    }
}
