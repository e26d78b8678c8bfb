using Engine.Data;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>Forward pass, losses and hits of a whole data set on a team of threads.</summary>
/// <remarks>
/// <para>
/// Each worker has some rows of the pass for itself. It takes as many samples as these hold, and then the next, as long as there are any: nobody waits for others after each minibatch.
/// </para>
/// <para>
/// Losses are kept by sample and added in the order of the samples, so the sum does not depend on the number of threads, nor on who took what.
/// </para>
/// </remarks>
internal sealed class EvaluationRunner
{
    /// <summary>Samples whose losses are kept before they are added up: many pieces, in little memory.</summary>
    private const int RoundSamples = 4096;

    private readonly Backpropagation _pass;
    private readonly Minibatches _batches;
    private readonly FirstLayer _firstLayer;
    private readonly WorkerTeam _team;
    private readonly SharedInteger _taken = new();
    private readonly int[] _order = new int[RoundSamples];
    private readonly double[] _losses = new double[RoundSamples];
    private readonly bool[] _hits = new bool[RoundSamples];
    private readonly Action<int> _work;
    private int _samples;

    /// <param name="pass">Where activations are.</param>
    /// <param name="batches">What reads samples into it.</param>
    /// <param name="firstLayer">The first layer of it.</param>
    /// <param name="team">The threads.</param>
    public EvaluationRunner(Backpropagation pass, Minibatches batches, FirstLayer firstLayer, WorkerTeam team)
    {
        _pass = pass;
        _batches = batches;
        _firstLayer = firstLayer;
        _team = team;
        _work = TakeSamples;
    }

    /// <summary>The sum of the losses, and how many samples are decided rightly.</summary>
    /// <param name="data">The data.</param>
    /// <param name="sparse">Whether to skip zero pixels.</param>
    public (double Loss, int Hits) Run(Dataset data, bool sparse)
    {
        double loss = 0;
        int hits = 0;
        for (int first = 0; first < data.Count; first += _samples)
        {
            _samples = Math.Min(RoundSamples, data.Count - first);
            for (int i = 0; i < _samples; i++)
            {
                _order[i] = first + i;
            }
            RunRound(data, sparse);
            foreach (double sampleLoss in _losses.AsSpan(0, _samples))
            {
                loss += sampleLoss;
            }
            hits += _hits.AsSpan(0, _samples).Count(true);
        }
        return (loss, hits);
    }

    private void RunRound(Dataset data, bool sparse)
    {
        _batches.Start(data, _order, 0, _samples, sparse, default);
        _taken.Publish(0);
        try
        {
            _team.Offer(_work);
        }
        finally
        {
            _batches.End();
        }
    }

    /// <summary>Samples as long as there are any, into the rows of this worker. Who comes too late for a sample, or has no row as there are fewer than workers, does nothing; the caller always has one.</summary>
    private void TakeSamples(int worker)
    {
        int workers = Math.Min(_team.Count, _pass.Rows);
        if (worker >= workers)
        {
            return;
        }
        int row = Share.Start(_pass.Rows, worker, workers);
        int most = Math.Min(Share.Start(_pass.Rows, worker + 1, workers) - row, ((_samples - 1) / workers) + 1);
        while (_taken.Take(most, _samples, out int first, out int count))
        {
            Forward(first, count, row);
        }
    }

    private void Forward(int first, int count, int row)
    {
        var batch = new StepBatch(0, first - row, row + count, _pass, default);
        _batches.Read(batch, row, count);
        _firstLayer.Forward(batch, row, count);
        _pass.ForwardRest(row, count);
        _pass.ForwardLoss(row, count);
        _pass.Losses.Slice(row, count).CopyTo(_losses.AsSpan(first));
        _pass.FindHits(row, count, _hits.AsSpan(first, count));
    }
}
