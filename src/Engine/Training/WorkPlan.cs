using Engine.Kernels;
using Engine.Layers;
using Engine.Networks;
using Engine.Threads;

namespace Engine.Training;

/// <summary>Who does what in a training step: which columns of the first W a worker owns, and in which pieces everybody takes the rest.</summary>
/// <remarks>
/// <para>
/// Writing to a cache line that another core has read takes some ten times as long as to one that stays at home. So the largest matrix,
/// the first W, does not move: some workers own columns of it for good, as many as its share of the work asks for, and who owns none
/// or is done early takes more of the rest: samples on the way through the other layers, rows of the other W.
/// </para>
/// <para>
/// Nobody owns anything if there is one worker, if the first layer is not dense, or if its columns fill fewer cache lines than it
/// would have owners; then workers take samples for all layers, and rows of all W.
/// </para>
/// <para>No result depends on a plan.</para>
/// </remarks>
internal sealed class WorkPlan
{
    /// <summary>Samples that a worker reads at a time.</summary>
    public const int ReadPiece = 8;

    /// <summary>The fewest samples of a piece where others follow, however narrow the vectors.</summary>
    private const int FewestRows = 8;

    /// <summary>Who owns no columns takes this times its share of the samples that are left, as the owners still have to come to them.</summary>
    private const double OwnersLag = 1.2;

    /// <summary>The share of the samples that an owner tells of when others own fewer columns: 3 lines of columns take 3/4 of the time of 4.</summary>
    private const double FirstShare = 0.75;

    /// <summary>With zeros skipped, what is left takes so many times as long as in a dense product, reading included: as measured on Zen 4, and with wider vectors on Zen 5.</summary>
    private const double SparseCost = 1.6, WideSparseCost = 2.0;

    /// <summary>The other layers take so much of their time as dense products where they skip what a ReLU has made zero: as measured on Zen 4.</summary>
    private const double ActiveCost = 0.85;

    private readonly Network _network;
    private readonly int _workers;
    private readonly double _otherFlops;
    private readonly double _sparseCost;
    private readonly double _activeCost;

    /// <summary>The first piece of samples, and what others are multiples of: fewer leave lanes idle. But none must leave a worker idle.</summary>
    private readonly int _leastRows;

    /// <summary>
    /// The most, three vectors of 8 or two of 16: whoever takes them waits for the first layer to be done with all, and at the end others wait for the last who is at it.
    /// </summary>
    private readonly int _mostRows;

    /// <param name="network">The network.</param>
    /// <param name="workers">How many workers share its steps.</param>
    /// <param name="lanes">Floats in a vector of the products.</param>
    /// <param name="skipsActivations">Whether zeros that a ReLU leaves are skipped where a layer is wide enough.</param>
    public WorkPlan(Network network, int workers, int lanes, bool skipsActivations)
    {
        _leastRows = Math.Max(FewestRows, lanes);
        _mostRows = lanes > FewestRows ? 2 * lanes : 3 * FewestRows;
        _activeCost = skipsActivations ? ActiveCost : 1;
        _sparseCost = lanes > FewestRows ? WideSparseCost : SparseCost;
        _network = network;
        _workers = workers;
        _otherFlops = network.TrainingFlopsPerSample - (2.0 * network.DenseLayer(0).FlopsPerSample);
        var pieces = new List<Piece>();
        for (int layer = network.DenseLayers.Count - 1; layer >= 0; layer--)
        {
            if (layer == 0)
            {
                PiecesWithoutFirst = pieces.Count;
            }
            int inputs = network.DenseLayer(layer).Inputs;
            int count = Math.Min(inputs, workers);
            for (int i = 0; i < count; i++)
            {
                int first = Share.Start(inputs, i, count);
                pieces.Add(new Piece(layer, first, Share.Start(inputs, i + 1, count) - first));
            }
        }
        Pieces = [.. pieces];
    }

    /// <summary>Rows of every W, from the last to the first.</summary>
    public Piece[] Pieces { get; }

    /// <summary>How many of them are not rows of the first W.</summary>
    public int PiecesWithoutFirst { get; }

    /// <summary>The most workers that own columns of the first W, whatever the density.</summary>
    public int MostOwners => _workers > 1 && _network.Layers[0] is Dense first ? Math.Min(_workers, Lines(first)) : 0;

    /// <summary>How many workers, from number 0 on, own columns of the first W.</summary>
    /// <param name="density">The share of inputs that are not zero, if zeros are skipped; else 1.</param>
    public int Owners(double density)
    {
        double flops = 2.0 * _network.DenseLayer(0).FlopsPerSample * density;
        int owners = flops > 0 ? (int)Math.Ceiling(_workers * flops / (flops + _otherFlops)) : 0;
        return owners <= MostOwners ? owners : 0;
    }

    /// <summary>The ways to divide a step. Which one is fastest is up to the machine: see <see cref="PlanTrial"/>.</summary>
    /// <remarks>
    /// In the first, owners take of the rest when they are done: nobody waits for long, but the other W move between cores. In the second they keep to their
    /// columns, but for one if everybody owns some: that takes the rest, and has only as many columns as make up an equal share of the work, or none.
    /// Then hardly anything moves, but owners wait, though they can begin their update meanwhile. The third is the second where a single owner keeps some columns
    /// of the second W too, and so more of the work.
    /// </remarks>
    /// <param name="density">As for <see cref="Owners"/>.</param>
    public Divisions Divisions(double density)
    {
        int owners = Owners(density);
        int apart = owners == _workers ? LinesApart(density) : 0;
        var keeping = new Roles(apart > 0 ? owners : Math.Min(owners, _workers - 1), OwnersKeepToColumns: owners > 0, apart);
        int second = keeping is { Owners: 1, LinesApart: 0 } ? SecondLines(density) : 0;
        return new Divisions(new Roles(owners, OwnersKeepToColumns: false), keeping, keeping with { SecondLines = second });
    }

    /// <summary>The columns of the first W that an owner has: whole cache lines, or what is left of the last.</summary>
    public (int First, int Count) Columns(int owner, Roles roles)
    {
        Dense layer = _network.DenseLayer(0);
        int together = Lines(layer) - roles.LinesApart;
        bool apart = roles.HasColumnsApart(owner);
        int first = apart ? together : Share.Start(together, owner, roles.Suppliers);
        int end = apart ? Lines(layer) : Share.Start(together, owner + 1, roles.Suppliers);
        first *= RowLayout.LineFloats;
        return (first, Math.Min(end * RowLayout.LineFloats, RowLayout.PaddedColumns(layer.Outputs)) - first);
    }

    /// <summary>How many columns of the second W are left to those who own none: all but the last ones, which an owner may keep. Whole cache lines.</summary>
    public int SecondColumnsLeft(Roles roles) => (Lines(_network.DenseLayer(1)) - roles.SecondLines) * RowLayout.LineFloats;

    /// <summary>The most that <see cref="SecondLines"/> can be.</summary>
    public int MostSecondLines => MostOwners > 0 ? SecondLines(0) : 0;

    /// <summary>The most that <see cref="LinesApart"/> can be.</summary>
    public int MostLinesApart => MostOwners == _workers ? LinesApart(1) : 0;

    /// <summary>How many cache lines of columns the one that takes the rest can have besides, for an equal share of the work.</summary>
    private int LinesApart(double density)
    {
        double flops = 2.0 * _network.DenseLayer(0).FlopsPerSample * density;
        double left = ((flops + _otherFlops) / _workers) - _otherFlops;
        return Math.Max(0, (int)Math.Round(left / flops * Lines(_network.DenseLayer(0))));
    }

    /// <summary>How many of the samples that are left an owner takes through its columns before it tells the others.</summary>
    /// <remarks>
    /// As many as one of them will take. If everybody owns columns, all at once; but if some own more than others, first those with which the others
    /// can go on when they are done.
    /// </remarks>
    public int FirstPiece(int owners, int batchSize, int left)
    {
        if (owners < _workers)
        {
            return SamplePiece(owners, batchSize, left);
        }
        return left < batchSize || IsEven(owners) ? left : Math.Min(left, RoundUp(FirstShare * left));
    }

    /// <summary>How many of the samples that are left a worker takes for the other layers.</summary>
    /// <remarks>
    /// Where some come late to it, because they own columns: few at first, as few are through the first layer; then more, as that is faster;
    /// but not much more than an equal share of what is left, so that all end together. Where all start together: an equal share. Where some own more
    /// columns than others and start later: an equal share of what is left, so that they take fewer.
    /// </remarks>
    public int SamplePiece(int owners, int batchSize, int left)
    {
        int equal = ((batchSize - 1) / _workers) + 1;
        if (owners == 0 || (owners == _workers && IsEven(owners)))
        {
            return Math.Min(left, equal);
        }
        if (owners == _workers)
        {
            return Math.Min(Math.Min(left, equal), RoundUp((double)left / _workers));
        }
        int share = RoundUp(left * OwnersLag / _workers);
        return Math.Min(Math.Min(left, equal), Math.Min(Math.Min(share, _mostRows), batchSize - left + _leastRows));
    }

    /// <summary>How many pieces of the other W, from the last, a worker leaves to the others.</summary>
    /// <remarks>Where some own columns and some do not, an owner leaves the last one: its lines are then where they are needed next.</remarks>
    public int PiecesLeft(int worker, int owners) => worker < owners && owners < _workers ? 1 : 0;

    /// <summary>How many cache lines of columns of the second W a single owner can keep besides the first W, for an equal share of the work.</summary>
    private int SecondLines(double density)
    {
        if (!_network.HasSecondBehindRelu)
        {
            return 0;
        }
        Dense second = _network.DenseLayer(1);
        double cost = second.Outputs >= SparseGemm.FewestColumns ? _activeCost : 1;
        double own = 2.0 * _network.DenseLayer(0).FlopsPerSample * density * (density < 1 ? _sparseCost : 1);
        double left = ((own + (_otherFlops * cost)) / _workers) - own;
        double line = 3.0 * second.FlopsPerSample * cost / Lines(second);
        return Math.Clamp((int)Math.Round(left / line), 0, Lines(second) - 1);
    }

    private bool IsEven(int owners) => Lines(_network.DenseLayer(0)) % owners == 0;

    private int RoundUp(double rows) => (int)Math.Ceiling(rows / _leastRows) * _leastRows;

    private static int Lines(Dense layer) => RowLayout.Lines(layer.Outputs);

    /// <summary>Some rows of the W of a dense layer.</summary>
    internal readonly record struct Piece(int Layer, int First, int Count);
}

/// <summary>Who does what in a step.</summary>
/// <param name="Owners">Workers, from number 0 on, that own columns of the first W.</param>
/// <param name="OwnersKeepToColumns">Whether they leave everything else to the others.</param>
/// <param name="LinesApart">If the last owner is not to keep to its columns though others do: how many cache lines of columns it has, the last ones, in memory of their own; else 0.</param>
/// <param name="SecondLines">How many cache lines of columns of the second W, the last ones, an owner keeps that is the only one and keeps to its columns; else 0.</param>
internal readonly record struct Roles(int Owners, bool OwnersKeepToColumns, int LinesApart = 0, int SecondLines = 0)
{
    /// <summary>Whether a worker is the owner that keeps columns of the second W too.</summary>
    public bool KeepsSecond(int worker) => SecondLines > 0 && worker == 0;

    /// <summary>Whether a worker is an owner that leaves everything else to the others.</summary>
    public bool KeepsToColumns(int worker) => OwnersKeepToColumns && worker < Suppliers;

    /// <summary>Whether a worker takes work that is nobody's own.</summary>
    public bool TakesRest(int worker) => !KeepsToColumns(worker);

    /// <summary>How many of some workers take work that is nobody's own.</summary>
    public int Takers(int workers) => workers - (OwnersKeepToColumns ? Suppliers : 0);

    /// <summary>Whether a worker is the owner that does not keep to its columns though others do.</summary>
    public bool HasColumnsApart(int worker) => LinesApart > 0 && worker == Owners - 1;

    /// <summary>The owners from whom others get samples piece by piece: not the one whose columns are apart, which has done its own before.</summary>
    public int Suppliers => LinesApart > 0 ? Owners - 1 : Owners;

    /// <summary>Whether the losses of a step are left to worker 0, who waits anyway: an owner that keeps to its columns.</summary>
    public bool LossesAreLate => OwnersKeepToColumns;

    /// <summary>How many owners, from number 0 on, a worker reads images for while it waits for them: where they keep to their columns, they have more time than others.</summary>
    public int OwnersReadFor(int worker) => worker < Owners || OwnersKeepToColumns ? 0 : Owners;
}

/// <summary>The ways to divide a step, the usual one first. Those that are there twice are no ways of their own.</summary>
/// <param name="Usual">Owners take of the rest when they are done.</param>
/// <param name="Keeping">Owners keep to their columns.</param>
/// <param name="KeepingSecond">So does the only one, and keeps some of the second W too.</param>
internal readonly record struct Divisions(Roles Usual, Roles Keeping, Roles KeepingSecond)
{
    /// <summary>How many there are.</summary>
    public int Count => Usual == Keeping ? 1 : Keeping == KeepingSecond ? 2 : 3;

    /// <summary>One of them.</summary>
    public Roles this[int index] => index switch { 0 => Usual, 1 => Keeping, _ => KeepingSecond };
}
