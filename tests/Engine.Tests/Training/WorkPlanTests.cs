using Engine.Kernels;
using Engine.Networks;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>Whoever does what in a step: all of it is done, and nothing twice.</summary>
public sealed class WorkPlanTests
{
    private const double Mnist = 0.19;
    private const string Seed = "784 -> Dense 100 -> ReLU -> Dense 200 -> ReLU -> Dense 10";

    [TestCase(1, Mnist, ExpectedResult = 0)]
    [TestCase(2, Mnist, ExpectedResult = 1)]
    [TestCase(4, Mnist, ExpectedResult = 2)]
    [TestCase(2, 1.0, ExpectedResult = 2)]
    [TestCase(2, 0.0, ExpectedResult = 0)]
    [TestCase(4, 1.0, ExpectedResult = 3)]
    [TestCase(64, 1.0, ExpectedResult = 0, Description = "more than the seven cache lines of a row")]
    public int Owners_OfTheSeedNetwork_AreAsManyAsTheFirstLayersShareOfTheWork(int workers, double density) =>
        Plan(Seed, workers).Owners(density);

    [TestCase(Seed, 1, Mnist, 0, 0, 0)]
    [TestCase(Seed, 2, Mnist, 1, 1, 0)]
    [TestCase(Seed, 2, 0.0, 0, 0, 0)]
    [TestCase(Seed, 3, Mnist, 1, 1, 0, Description = "its share is hardly more than the first W")]
    [TestCase(Seed, 4, Mnist, 2, 2, 0)]
    [TestCase(Seed, 2, 1.0, 2, 2, 2, Description = "one takes the rest, and two of seven lines of columns")]
    [TestCase(Seed, 4, 1.0, 3, 3, 0)]
    [TestCase("784 -> Dense 512 -> ReLU -> Dense 512 -> ReLU -> Dense 10", 2, 1.0, 2, 1, 0, Description = "one takes the rest, which is its share already")]
    [TestCase("784 -> Dense 64 -> ReLU -> Dense 10", 4, 1.0, 4, 4, 1)]
    public void Divisions_AreWithOwnersThatTakeOfTheRestAndThatKeepToTheirColumns(string description, int workers, double density, int sharing, int keeping, int apart)
    {
        Divisions divisions = Plan(description, workers).Divisions(density, batchSize: 1_000);
        Roles far = new(keeping, OwnersKeepToColumns: keeping > 0, apart, PastCaches: keeping > 0);
        Assert.That((divisions.Sharing, divisions.Far), Is.EqualTo((new Roles(sharing, OwnersKeepToColumns: false), far)));
        Assert.That(divisions.Near, Is.EqualTo(workers == 2 ? far with { PastCaches = false } : divisions.Sharing));
        Assert.That(
            Enumerable.Range(0, divisions.Count).Select(i => divisions[i]),
            Is.EqualTo(new[] { divisions.Sharing, divisions.Near, divisions.Far }.Distinct()), "each of them once, in this order");
    }

    [TestCase(Seed, 2, Mnist, 41, ExpectedResult = true, Description = "7.9 million operations")]
    [TestCase(Seed, 2, Mnist, 42, ExpectedResult = false)]
    [TestCase(Seed, 8, Mnist, 41, ExpectedResult = true)]
    [TestCase(Seed, 1, Mnist, 1, ExpectedResult = false, Description = "nobody to share with")]
    [TestCase(Seed, 2, 1.0, 41, ExpectedResult = false, Description = "no zeros skipped: more work")]
    [TestCase("784 -> Dense 10", 2, 1.0, 64, ExpectedResult = true)]
    public bool Divisions_OfLittleWork_AreAlsoOneWorkerAlone(string description, int workers, double density, int batchSize)
    {
        WorkPlan plan = Plan(description, workers);
        Divisions divisions = plan.Divisions(density, batchSize);
        Divisions shared = plan.Divisions(density, batchSize: 1_000);
        Assert.That(Enumerable.Range(0, shared.Count).Select(i => divisions[i]), Is.EqualTo(Enumerable.Range(0, shared.Count).Select(i => shared[i])));
        Assert.That(divisions.Count, Is.EqualTo(shared.Count + (divisions.MayBeAlone ? 1 : 0)));
        Assert.That(!divisions.MayBeAlone || divisions[divisions.Count - 1] == Roles.Alone, "the last one");
        return divisions.MayBeAlone;
    }

    [Test]
    public void Alone_OfAnyTeam_IsOneWorkerThatTakesAllSamplesAtOnce([Values(1, 2, 8)] int team, [Values(1, 64, 1000)] int batchSize)
    {
        Assert.That((Roles.Alone.Workers(team), Roles.Alone.Takers(team), Roles.Alone.TakesRest(0)), Is.EqualTo((1, 1, true)));
        Assert.That(new Roles(0, OwnersKeepToColumns: false).Workers(team), Is.EqualTo(team));
        Assert.That(Plan(Seed, team).SamplePiece(Roles.Alone, batchSize, batchSize), Is.EqualTo(batchSize));
    }

    [TestCase(0, 1, true, true, ExpectedResult = true)]
    [TestCase(0, 1, true, false, ExpectedResult = false)]
    [TestCase(1, 1, true, true, ExpectedResult = false, Description = "no owner")]
    [TestCase(1, 2, true, true, 1, ExpectedResult = false, Description = "the one whose columns are apart reads and writes its own memory")]
    [TestCase(0, 2, true, true, 1, ExpectedResult = true)]
    public bool HandsOver_OfAWorker_IsWhetherItKeepsToColumnsAndCoresAreFar(int worker, int owners, bool keep, bool pastCaches, int apart = 0) =>
        new Roles(owners, keep, apart, pastCaches).HandsOver(worker);

    [TestCase(1, false, 0, ExpectedResult = 4, Description = "owners take of the rest")]
    [TestCase(1, true, 0, ExpectedResult = 3)]
    [TestCase(3, true, 0, ExpectedResult = 1)]
    [TestCase(4, true, 1, ExpectedResult = 1, Description = "the one whose columns are apart")]
    public int Takers_OfFourWorkers_AreThoseThatDoNotKeepToColumns(int owners, bool keep, int apart)
    {
        var roles = new Roles(owners, keep, apart);
        Assert.That(roles.Takers(4), Is.EqualTo(Enumerable.Range(0, 4).Count(roles.TakesRest)));
        return roles.Takers(4);
    }

    [TestCase(0, 1, true, false)]
    [TestCase(1, 1, true, true)]
    [TestCase(0, 1, false, true)]
    [TestCase(0, 0, false, true)]
    [TestCase(0, 2, true, false, 1)]
    [TestCase(1, 2, true, true, 1)]
    public void TakesRest_OfAnOwner_IsWhetherItDoesNotKeepToItsColumns(int worker, int owners, bool keep, bool expected, int apart = 0)
    {
        var roles = new Roles(owners, keep, apart);
        Assert.That(roles.TakesRest(worker), Is.EqualTo(expected));
        Assert.That(roles.KeepsToColumns(worker), Is.EqualTo(!expected));
        Assert.That(roles.HasColumnsApart(worker), Is.EqualTo(apart > 0 && worker == owners - 1));
    }

    [TestCase(0, 1, false, 0)]
    [TestCase(1, 1, false, 1)]
    [TestCase(1, 2, false, 0)]
    [TestCase(3, 2, false, 2)]
    [TestCase(1, 0, false, 0)]
    [TestCase(1, 1, true, 0)]
    public void OwnersReadFor_OfOneThatIsNone_AreAllUnlessTheyKeepToTheirColumns(int worker, int owners, bool keep, int expected) =>
        Assert.That(new Roles(owners, keep).OwnersReadFor(worker), Is.EqualTo(expected));

    [TestCase("784 -> Tanh -> Dense 100 -> ReLU -> Dense 10")]
    [TestCase("784 -> Dense 10")]
    public void Owners_OfAFirstLayerThatIsNotDenseOrNarrow_AreNone(string description) =>
        Assert.That(Plan(description, workers: 4).Owners(1), Is.Zero);

    [Test]
    public void Columns_OfAllOwners_AreEveryPaddedColumnOnceFromWholeCacheLines([Values(1, 16, 17, 100, 200, 512)] int outputs)
    {
        WorkPlan plan = Plan($"30 -> Dense {outputs} -> ReLU -> Dense 3", workers: 8);
        int lines = (outputs + RowLayout.LineFloats - 1) / RowLayout.LineFloats;
        foreach (Roles roles in Enumerable.Range(1, lines).SelectMany(owners => Enumerable.Range(0, lines - owners + 2).Select(apart => new Roles(owners, apart > 0, apart))))
        {
            if (roles is { Owners: 1, LinesApart: > 0 })
            {
                continue;    // nobody would keep to columns
            }
            // The columns apart are the first ones, then come those of the others.
            int next = 0;
            foreach (int owner in Enumerable.Range(0, roles.Owners).OrderByDescending(roles.HasColumnsApart))
            {
                (int first, int count) = plan.Columns(owner, roles);
                Assert.That((first, first % RowLayout.LineFloats), Is.EqualTo((next, 0)), $"owner {owner} of {roles}");
                Assert.That(count, Is.Positive, $"owner {owner} of {roles}");
                Assert.That(!roles.HasColumnsApart(owner) || count > (roles.LinesApart - 1) * RowLayout.LineFloats, $"owner {owner} of {roles}");
                next += count;
            }
            Assert.That(next, Is.EqualTo(RowLayout.PaddedColumns(outputs)), $"{roles}");
        }
    }

    [Test]
    public void SamplePieces_OneAfterAnother_AreAllSamples(
        [Values(1, 2, 3, 8)] int workers, [Values(1, 7, 16, 24, 33, 64, 130, 1000)] int batchSize, [Values(8, 16)] int lanes)
    {
        WorkPlan plan = Plan("30 -> Dense 200 -> ReLU -> Dense 3", workers, lanes);
        for (int owners = 0; owners <= workers; owners++)
        {
            int pieces = 0;
            int left = batchSize;
            for (int piece; left > 0; left -= piece, pieces++)
            {
                piece = plan.SamplePiece(new Roles(owners, OwnersKeepToColumns: false), batchSize, left);
                Assert.That(piece, Is.InRange(1, left), $"{owners} owners");
            }
            if (batchSize % workers == 0)
            {
                Assert.That(pieces, Is.AtLeast(workers), $"{owners} owners: nobody is without samples");
            }
            if (workers == 1)
            {
                Assert.That(pieces, Is.EqualTo(1), "one worker takes all at once");
            }
        }
    }

    [Test]
    public void FirstPieces_OneAfterAnother_AreAllSamples(
        [Values(2, 3, 8)] int workers, [Values(1, 7, 8, 9, 15, 16, 17, 64, 1000)] int batchSize, [Values(8, 16)] int lanes)
    {
        WorkPlan plan = Plan("30 -> Dense 200 -> ReLU -> Dense 3", workers, lanes);
        for (int owners = 1; owners <= workers; owners++)
        {
            int left = batchSize;
            for (int piece; left > 0; left -= piece)
            {
                piece = plan.FirstPiece(new Roles(owners, OwnersKeepToColumns: false), batchSize, left);
                Assert.That(piece, Is.InRange(1, left), $"{owners} owners");
            }
        }
    }

    [TestCase(4, false, true, new[] { 8, 16, 24, 16 })]
    [TestCase(8, false, true, new[] { 8, 16, 24, 16 })]
    [TestCase(16, false, true, new[] { 16, 32, 16 })]
    [TestCase(4, true, true, new[] { 16, 24, 24 }, Description = "one worker takes all: fewer pieces, and the owner has the last third of the time to sum what the first two add")]
    [TestCase(8, true, true, new[] { 16, 24, 24 })]
    [TestCase(16, true, true, new[] { 16, 24, 24 })]
    [TestCase(8, true, false, new[] { 16, 24, 24 })]
    [TestCase(16, true, false, new[] { 16, 32, 16 }, Description = "dense products with lanes along samples")]
    public void Pieces_OfTheSeedNetworkOnTwoWorkers_AreFewSamplesAtFirst(int lanes, bool keep, bool skipsZeros, int[] expected)
    {
        var roles = new Roles(1, keep);
        WorkPlan plan = Plan(Seed, workers: 2, lanes, skipsZeros);
        var pieces = new List<int>();
        for (int left = 64; left > 0; left -= pieces[^1])
        {
            pieces.Add(plan.SamplePiece(roles, 64, left));
            Assert.That(plan.FirstPiece(roles, 64, left), Is.EqualTo(pieces[^1]), "told as soon as somebody can go on");
        }
        Assert.That(pieces, Is.EqualTo(expected));
    }

    /// <summary>Also with one worker that takes all of owners who keep to their columns, or of those and of columns apart.</summary>
    [Test]
    public void SamplePieces_OfOneTaker_AreAllSamplesInFewPieces([Values(1, 7, 8, 9, 16, 20, 33, 64, 130, 1000)] int batchSize, [Values(8, 16)] int lanes, [Values] bool apart, [Values] bool skipsZeros)
    {
        WorkPlan plan = Plan(Seed, workers: 2, lanes, skipsZeros);
        int least = skipsZeros ? 8 : lanes;
        Roles roles = apart ? new Roles(2, OwnersKeepToColumns: true, LinesApart: 2) : new Roles(1, OwnersKeepToColumns: true);
        var pieces = new List<int>();
        for (int left = batchSize; left > 0; left -= pieces[^1])
        {
            pieces.Add(plan.SamplePiece(roles, batchSize, left));
            Assert.That(pieces[^1], Is.InRange(1, left));
            Assert.That(plan.FirstPiece(roles, batchSize, left), Is.EqualTo(pieces[^1]), "told as soon as somebody can go on");
        }
        Assert.That(pieces, Has.Count.EqualTo(batchSize <= lanes ? 1 : Math.Min(3, ((batchSize - 1) / least) + 1)));
        Assert.That(pieces.SkipLast(1), Has.All.AtLeast(least), "none is too small where others follow");
    }

    [TestCase(112, new[] { 48, 16 }, new[] { 32, 16, 8, 8 }, Description = "one of two owns 3 lines of columns, the other 4: it comes later, and takes fewer samples")]
    [TestCase(128, new[] { 64 }, new[] { 32, 32 }, Description = "all have the same work")]
    public void Pieces_WhereBothWorkersOwnColumns_EndTogether(int outputs, int[] expectedFirst, int[] expected)
    {
        WorkPlan plan = Plan($"784 -> Dense {outputs} -> ReLU -> Dense 10", workers: 2);
        var first = new List<int>();
        for (int left = 64; left > 0; left -= first[^1])
        {
            first.Add(plan.FirstPiece(new Roles(2, OwnersKeepToColumns: false), 64, left));
        }
        var pieces = new List<int>();
        for (int left = 64; left > 0; left -= pieces[^1])
        {
            pieces.Add(plan.SamplePiece(new Roles(2, OwnersKeepToColumns: false), 64, left));
        }
        Assert.That(first, Is.EqualTo(expectedFirst));
        Assert.That(pieces, Is.EqualTo(expected));
    }

    [TestCase(0, 0, 0, Description = "nobody owns anything")]
    [TestCase(0, 1, 1, Description = "an owner beside one who is none")]
    [TestCase(1, 1, 0, Description = "who is none takes all")]
    [TestCase(0, 2, 0, Description = "both are owners")]
    [TestCase(1, 2, 0)]
    public void PiecesLeft_OnTwoWorkers_AreOfOwnersBesideOthers(int worker, int owners, int expected) =>
        Assert.That(Plan("784 -> Dense 100 -> ReLU -> Dense 10", workers: 2).PiecesLeft(worker, owners), Is.EqualTo(expected));

    [Test]
    public void Pieces_OfEveryW_AreAllItsRowsOnce([Values(1, 2, 3, 16)] int workers)
    {
        var network = new Network(NetworkDescription.Parse("5 -> Dense 30 -> ReLU -> Dense 7 -> ReLU -> Dense 10"));
        var plan = new WorkPlan(network, workers, lanes: 8, skipsZeros: true);
        for (int takers = 1; takers <= workers; takers++)
        {
            WorkPlan.Piece[] all = [.. Enumerable.Range(0, plan.PieceCount(takers, withFirst: true)).Select(i => plan.PieceAt(i, takers))];
            for (int layer = 0; layer < network.DenseLayers.Count; layer++)
            {
                WorkPlan.Piece[] pieces = [.. all.Where(piece => piece.Layer == layer)];
                int inputs = network.DenseLayers[layer].Inputs;
                Assert.That(pieces.SelectMany(piece => Enumerable.Range(piece.First, piece.Count)), Is.EqualTo(Enumerable.Range(0, inputs)), $"layer {layer} for {takers}");
                Assert.That(pieces, Has.Length.EqualTo(Math.Min(takers, inputs)), $"layer {layer} for {takers}");
            }
            Assert.That(plan.PieceCount(takers, withFirst: false), Is.EqualTo(all.Count(piece => piece.Layer > 0)), $"for {takers}");
            Assert.That(all.Select(piece => piece.Layer), Is.Ordered.Descending, $"for {takers}: from the last layer");
        }
    }

    private static WorkPlan Plan(string description, int workers, int lanes = 8, bool skipsZeros = true) => new(new Network(NetworkDescription.Parse(description)), workers, lanes, skipsZeros);
}
