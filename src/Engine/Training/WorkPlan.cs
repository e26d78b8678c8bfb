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

    /// <summary>Where one worker takes all samples and owners keep to their columns: the share of the first piece, and of the first two.</summary>
    private const double SoleFirstShare = 1.0 / 4, SummedShare = 5.0 / 8;

    /// <summary>
    /// The most floating-point operations of a step with which one worker alone may be as fast as all: some 40 µs of one thread on Zen 5. Where cores are far apart, whoever waits for the other waits half a microsecond for the signal alone: with
    /// 784-32-10, 1.3 million, two threads that share take 1.4 times as long as one, with 784-100-10, 4.2 million, 1.03 times, with 16-128-128-8 and all inputs multiplied, 7.2 million, 1.05 times.
    /// </summary>
    private const double MostFlopsAlone = 8e6;

    private readonly Network _network;
    private readonly int _workers;
    private readonly double _otherFlops;

    /// <summary>The first piece of samples, and what others are multiples of: fewer leave lanes idle. But none must leave a worker idle.</summary>
    private readonly int _leastRows;

    /// <summary>
    /// The most, three vectors of 8 or two of 16: whoever takes them waits for the first layer to be done with all, and at the end others wait for the last who is at it.
    /// </summary>
    private readonly int _mostRows;

    /// <summary>What pieces of samples are multiples of where one worker takes all: half of <see cref="FewestRows"/> if most products skip zeros and go row by row, or vectors are narrow.</summary>
    private readonly int _soleRows;

    /// <param name="network">The network.</param>
    /// <param name="workers">How many workers share its steps.</param>
    /// <param name="lanes">Floats in a vector of the products.</param>
    /// <param name="skipsZeros">Whether the zeros that a ReLU leaves are skipped.</param>
    public WorkPlan(Network network, int workers, int lanes, bool skipsZeros)
    {
        _leastRows = Math.Max(FewestRows, lanes);
        _soleRows = skipsZeros || lanes <= FewestRows ? FewestRows / 2 : lanes;
        _mostRows = lanes > FewestRows ? 2 * lanes : 3 * FewestRows;
        _network = network;
        _workers = workers;
        _otherFlops = network.TrainingFlopsPerSample - (2.0 * network.DenseLayer(0).FlopsPerSample);
    }

    /// <summary>Into how many pieces the rows of every W are cut, for so many workers that take them: with those of the first W, or without.</summary>
    public int PieceCount(int takers, bool withFirst)
    {
        int count = 0;
        for (int layer = withFirst ? 0 : 1; layer < _network.DenseLayers.Count; layer++)
        {
            count += PiecesOf(layer, takers);
        }
        return count;
    }

    /// <summary>One of these pieces, from the last W to the first.</summary>
    public Piece PieceAt(int index, int takers)
    {
        int layer = _network.DenseLayers.Count - 1;
        for (; index >= PiecesOf(layer, takers); layer--)
        {
            index -= PiecesOf(layer, takers);
        }
        int inputs = _network.DenseLayer(layer).Inputs;
        int first = Share.Start(inputs, index, PiecesOf(layer, takers));
        return new Piece(layer, first, Share.Start(inputs, index + 1, PiecesOf(layer, takers)) - first);
    }

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

    /// <summary>The ways to divide a step. Which one is fastest is up to the machine and to the network: see <see cref="PlanTrial"/>.</summary>
    /// <remarks>
    /// In the first, owners take of the rest when they are done: nobody waits for long, but the other W move between cores. In the others they keep to their
    /// columns, but for one if everybody owns some: that takes the rest, and has only as many columns as make up an equal share of the work, or none.
    /// Then hardly anything moves, but owners wait, though they can begin their update meanwhile. Cores that are far apart hand what the other side needs over past the caches; of two that are near, each writes
    /// where the other reads.
    /// </remarks>
    /// <param name="density">As for <see cref="Owners"/>.</param>
    /// <param name="batchSize">Samples of a step. If these are so little work that it may not be worth sharing, one worker alone is another way.</param>
    public Divisions Divisions(double density, int batchSize)
    {
        int owners = Owners(density);
        int apart = owners == _workers ? LinesApart(density) : 0;
        var sharing = new Roles(owners, OwnersKeepToColumns: false);
        var far = new Roles(apart > 0 ? owners : Math.Min(owners, _workers - 1), OwnersKeepToColumns: owners > 0, apart, PastCaches: owners > 0);
        double flops = batchSize * ((2.0 * _network.DenseLayer(0).FlopsPerSample * density) + _otherFlops);
        return new Divisions(sharing, _workers == 2 ? far with { PastCaches = false } : sharing, far, MayBeAlone: _workers > 1 && flops <= MostFlopsAlone);
    }

    /// <summary>The columns of the first W that an owner has: whole cache lines, or what is left of the last.</summary>
    public (int First, int Count) Columns(int owner, Roles roles)
    {
        Dense layer = _network.DenseLayer(0);
        int apart = roles.LinesApart;
        int together = Lines(layer) - apart;
        bool isApart = roles.HasColumnsApart(owner);
        int first = isApart ? 0 : apart + Share.Start(together, owner, roles.Suppliers);
        int end = isApart ? apart : apart + Share.Start(together, owner + 1, roles.Suppliers);
        first *= RowLayout.LineFloats;
        return (first, Math.Min(end * RowLayout.LineFloats, RowLayout.PaddedColumns(layer.Outputs)) - first);
    }

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
    public int FirstPiece(Roles roles, int batchSize, int left)
    {
        int owners = roles.Suppliers;
        if (owners < _workers)
        {
            return SamplePiece(roles, batchSize, left);
        }
        return left < batchSize || IsEven(owners) ? left : Math.Min(left, RoundUp(FirstShare * left));
    }

    /// <summary>How many of the samples that are left a worker takes for the other layers.</summary>
    /// <remarks>
    /// Where some come late to it, because they own columns: few at first, as few are through the first layer; then more, as that is faster;
    /// but not much more than an equal share of what is left, so that all end together. Where all start together: an equal share. Where some own more
    /// columns than others and start later: an equal share of what is left, so that they take fewer.
    /// Where owners keep to their columns and one worker takes all: few at first; then so many that owners have time to sum what these add to their gradients before the others are back.
    /// </remarks>
    public int SamplePiece(Roles roles, int batchSize, int left)
    {
        if (roles.OwnersKeepToColumns && roles.Takers(_workers) == 1)
        {
            return SolePiece(batchSize, left);
        }
        int owners = roles.Suppliers;
        int equal = ((batchSize - 1) / roles.Workers(_workers)) + 1;
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

    /// <summary>How many of the samples that are left are taken where one worker takes all. A minibatch that fills no more than a vector is one piece: in two, 16 samples take 1.12 times as long on Zen 5, far.</summary>
    private int SolePiece(int batchSize, int left)
    {
        if (batchSize <= _leastRows)
        {
            return left;
        }
        int taken = batchSize - left;
        int end = RoundUp((taken == 0 ? SoleFirstShare : SummedShare) * batchSize, _soleRows);
        return end <= taken ? left : Math.Min(left, Math.Max(end - taken, Math.Max(FewestRows, _soleRows)));
    }

    /// <summary>As many as there are takers, but no more than rows.</summary>
    private int PiecesOf(int layer, int takers) => Math.Min(_network.DenseLayer(layer).Inputs, takers);

    private bool IsEven(int owners) => Lines(_network.DenseLayer(0)) % owners == 0;

    private int RoundUp(double rows) => RoundUp(rows, _leastRows);

    private static int RoundUp(double rows, int multiple) => (int)Math.Ceiling(rows / multiple) * multiple;

    private static int Lines(Dense layer) => RowLayout.Lines(layer.Outputs);

    /// <summary>Some rows of the W of a dense layer.</summary>
    internal readonly record struct Piece(int Layer, int First, int Count);
}

/// <summary>Who does what in a step.</summary>
/// <param name="Owners">Workers, from number 0 on, that own columns of the first W.</param>
/// <param name="OwnersKeepToColumns">Whether they leave everything else to the others.</param>
/// <param name="LinesApart">If the last owner is not to keep to its columns though others do: how many cache lines of columns it has, the first ones, in memory of their own; else 0. The last may be nearly empty, and take less time than others (<see cref="GemmFewColumns"/>): those who supply it have that.</param>
/// <param name="PastCaches">Whether owners that keep to their columns, and those that take the rest, compute what the other side needs in memory of their own and hand it over past the caches; else each writes where the other reads.</param>
/// <param name="IsAlone">Whether worker 0 does all, and the others sleep.</param>
internal readonly record struct Roles(int Owners, bool OwnersKeepToColumns, int LinesApart = 0, bool PastCaches = false, bool IsAlone = false)
{
    /// <summary>Worker 0 does all.</summary>
    public static Roles Alone => new(Owners: 0, OwnersKeepToColumns: false, IsAlone: true);

    /// <summary>How many of a team work.</summary>
    public int Workers(int team) => IsAlone ? 1 : team;

    /// <summary>Whether a worker is an owner that leaves everything else to the others.</summary>
    public bool KeepsToColumns(int worker) => OwnersKeepToColumns && worker < Suppliers;

    /// <summary>Whether a worker is such an owner and hands its outputs over past the caches, as gradients are handed to it.</summary>
    public bool HandsOver(int worker) => PastCaches && KeepsToColumns(worker);

    /// <summary>Whether a worker takes work that is nobody's own.</summary>
    public bool TakesRest(int worker) => !KeepsToColumns(worker);

    /// <summary>How many of a team take work that is nobody's own.</summary>
    public int Takers(int team) => Workers(team) - (OwnersKeepToColumns ? Suppliers : 0);

    /// <summary>Whether a worker is the owner that does not keep to its columns though others do.</summary>
    public bool HasColumnsApart(int worker) => LinesApart > 0 && worker == Owners - 1;

    /// <summary>The owners from whom others get samples piece by piece: not the one whose columns are apart, which has done its own before.</summary>
    public int Suppliers => LinesApart > 0 ? Owners - 1 : Owners;

    /// <summary>Whether the losses of a step are left to worker 0, who waits anyway: an owner that keeps to its columns.</summary>
    public bool LossesAreLate => OwnersKeepToColumns;

    /// <summary>How many owners, from number 0 on, a worker reads images for while it waits for them: where they keep to their columns, they have more time than others.</summary>
    public int OwnersReadFor(int worker) => worker < Owners || OwnersKeepToColumns ? 0 : Owners;
}

/// <summary>The ways to divide a step, from the one that loses most where cores are far apart to the one that loses least. Some may be the same.</summary>
/// <param name="Sharing">Owners take of the rest when they are done.</param>
/// <param name="Near">Owners keep to their columns, and cores are near one another; or the same as the first.</param>
/// <param name="Far">Owners keep to their columns, and cores are far apart.</param>
/// <param name="MayBeAlone">Whether it may be fastest not to divide it: then <see cref="Roles.Alone"/> is the last one.</param>
internal readonly record struct Divisions(Roles Sharing, Roles Near, Roles Far, bool MayBeAlone = false)
{
    /// <summary>The most that there can be.</summary>
    public const int Most = 4;

    /// <summary>How many there are to choose from.</summary>
    public int Count => Shared + (MayBeAlone ? 1 : 0);

    /// <summary>How many of these share the work.</summary>
    private int Shared => Sharing == Far ? 1 : Near == Sharing ? 2 : 3;

    /// <summary>One of them.</summary>
    public Roles this[int index] => index == Shared ? Roles.Alone : index == 0 ? Sharing : index == Shared - 1 ? Far : Near;
}
