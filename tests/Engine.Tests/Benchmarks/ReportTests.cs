using Engine.Benchmarks.History;
using Engine.Benchmarks.Measuring;
using Engine.Benchmarks.Peers;
using Engine.Benchmarks.Reports;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Benchmarks;

public sealed class ReportTests
{
    private static readonly Measurement Disturbed = new("disturbed", [1, 2, 2]);

    [Test]
    public void Readmes_AreThoseOfTheRecordedRuns()
    {
        foreach ((string path, string marker, string content) in Report.Texts(Repository.Root))
        {
            Assert.That(Markers.Read(File.ReadAllText(path), marker), Is.EqualTo(content), $"{path} is stale: run the benchmarks' command report");
        }
    }

    [Test]
    public void Pictures_OfTheReadmes_AreThere()
    {
        foreach ((string path, _, string content) in Report.Texts(Repository.Root))
        {
            string[] pictures = [.. content.Split('"').Where(part => part.EndsWith(".svg", StringComparison.Ordinal))];
            Assert.That(pictures, Is.Not.Empty);
            foreach (string picture in pictures)
            {
                string file = Path.Combine(Path.GetDirectoryName(path)!, picture);
                Assert.That(file, Does.Exist);
                Assert.That(File.ReadAllText(file), Does.Contain("<text"), $"{picture} has labels");
            }
        }
    }

    /// <summary>Where they were drawn: other systems may measure the letters' widths otherwise.</summary>
    [Test]
    [Platform("Linux")]
    public void Charts_AreThoseOfTheRecordedRuns()
    {
        foreach (IReadOnlyList<RecordedRun> runs in ReportText.ByMachine(ResultStore.ReadAll(ResultStore.Folder(Repository.Root))))
        {
            using var folder = new TemporaryFolder();
            string committed = Path.Combine(ResultStore.Folder(Repository.Root), runs[0].Machine.Folder());
            foreach (string file in Charts.Save(runs, folder.Path).SelectMany(name => new[] { $"{name}-light.svg", $"{name}-dark.svg" }))
            {
                Assert.That(File.ReadAllText(folder.File(file)), Is.EqualTo(File.ReadAllText(Path.Combine(committed, file))), $"{file} is stale: run the benchmarks' command report");
            }
        }
    }

    [Test]
    public void Write_ReplacesThePartsOfBothReadmesAndDrawsTheCharts()
    {
        using var root = new TemporaryFolder();
        ResultStore.Save(ResultStore.ReadAll(ResultStore.Folder(Repository.Root)).Last(run => run.Peers is not null), ResultStore.Folder(root.Path));
        IReadOnlyList<(string Path, string Marker, string Content)> texts = Report.Texts(root.Path);
        foreach ((string path, string marker, _) in texts)
        {
            File.WriteAllText(path, $"before\n<!-- {marker}:begin -->\nold\n<!-- {marker}:end -->\nafter\n");
        }

        IReadOnlyList<string> files = Report.Write(root.Path);

        foreach ((string path, string marker, string content) in texts)
        {
            Assert.That(File.ReadAllText(path), Is.EqualTo($"before\n<!-- {marker}:begin -->\n{content}<!-- {marker}:end -->\nafter\n"));
        }
        Assert.That(files, Is.SupersetOf(texts.Select(text => Path.GetRelativePath(root.Path, text.Path))));
        Assert.That(files.Count(file => file.EndsWith(".svg", StringComparison.Ordinal)), Is.EqualTo(2 * Charts.All.Length));
        Assert.That(files.Select(root.File), Has.All.Exist);
    }

    [Test]
    public void Charts_AreDrawnForLightAndDarkPages()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<RecordedRun> runs = ReportText.ByMachine(ResultStore.ReadAll(ResultStore.Folder(Repository.Root)))[0];

        IReadOnlyList<string> names = Charts.Save(runs, folder.Path);

        Assert.That(names, Is.SupersetOf(new[] { "history", "parts", "gemm", "roofline", "threads", "minibatch" }));
        foreach (string name in names)
        {
            string light = File.ReadAllText(folder.File($"{name}-light.svg"));
            string dark = File.ReadAllText(folder.File($"{name}-dark.svg"));
            Assert.That(light, Does.Contain("<svg").And.Contain("<text").And.Not.EqualTo(dark));
        }
    }

    [Test]
    public void Charts_OfTheSameRuns_AreTheSameFiles()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        IReadOnlyList<RecordedRun> runs = ReportText.ByMachine(ResultStore.ReadAll(ResultStore.Folder(Repository.Root)))[0];
        Charts.Save(runs, first.Path);
        foreach (string name in Charts.Save(runs, second.Path).Select(name => $"{name}-light.svg"))
        {
            Assert.That(File.ReadAllText(second.File(name)), Is.EqualTo(File.ReadAllText(first.File(name))), name);
        }
    }

    [Test]
    public void Headline_IsTheLatestQuietRunWithoutLocalChanges()
    {
        RecordedRun quiet = RecordedRuns.Create() with { Subject = "quiet" };
        RecordedRun noisy = quiet with { Subject = "noisy", Noise = ["noise"] };
        RecordedRun dirty = quiet with { Subject = "dirty", Dirty = true };
        RecordedRun disturbed = quiet with { Subject = "disturbed", Measurements = [.. Enumerable.Range(0, 9).Select(i => new Measurement($"steady {i}", [1])), Disturbed] };
        Assert.That(ReportText.Headline([quiet, noisy, dirty]).Subject, Is.EqualTo("quiet"));
        Assert.That(ReportText.Headline([quiet, disturbed]).Subject, Is.EqualTo("disturbed"), "one in ten");
        Assert.That(ReportText.Headline([quiet, disturbed with { Measurements = [.. disturbed.Measurements, Disturbed] }]).Subject, Is.EqualTo("quiet"), "two in eleven");
        Assert.That(ReportText.Headline([noisy, dirty]).Subject, Is.EqualTo("noisy"));
        Assert.That(ReportText.Headline([dirty]).Subject, Is.EqualTo("dirty"));
    }

    /// <summary>A reader sees which figures something disturbed, and how often.</summary>
    [Test]
    public void Results_NameWhatWasDisturbed()
    {
        RecordedRun run = Run();
        Assert.That(ReportText.Results([[run]]), Does.Contain("\nThe machine was quiet.\n"));
        Assert.That(ReportText.Results([[run with { Noise = ["a reason"] }]]), Does.Contain("\nThe machine was noisy, so take the figures with care: a reason.\n"));
        Assert.That(ReportText.Results([[run with { Measurements = [.. run.Measurements, Disturbed] }]]), Does.Contain(
            "\nThe machine was quiet while epochs were measured, but not later. Disturbed, with medians more than 10 % above the least sample: disturbed.\n"));
        var peers = new PeerComparison
        {
            Epochs = [new PeerSeries(PeerComparison.EngineName, 2, "", [1, 1, 1], 0), new PeerSeries("A peer", 2, "a version", [2, 3, 3], 0)],
            Pairs = [],
            Missing = [],
            Noise = [],
        };
        Assert.That(ReportText.Results([[run with { Peers = peers }]]), Does.Contain("\nA peer: a version. Disturbed, with medians more than 10 % above the least sample: A peer on 2 threads.\n"));
    }

    [Test]
    public void Markers_ReplaceWhatIsBetween_AndNothingElse()
    {
        const string Text = "before\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter\n";
        Assert.That(Markers.Replace(Text, "x", "new\n"), Is.EqualTo("before\n<!-- x:begin -->\nnew\n<!-- x:end -->\nafter\n"));
        Assert.That(Markers.Read(Text, "x"), Is.EqualTo("old\n"));
        Assert.That(() => Markers.Read(Text, "y"), Throws.InstanceOf<FormatException>().With.Message.Contains("y:begin"));
    }

    [Test]
    public void Results_CompareWithOneThreadByRoundsAndWithThePeakInTurns()
    {
        string text = ReportText.Results([[Run()]]);

        Assert.That(text, Does.Contain("| times as fast as on 1 thread | 1.70 | 1.00 |"));
        Assert.That(text, Does.Contain("| share of the FMA peak | 50 % | 59 % |"));
        Assert.That(text, Does.Contain("A signal from core to core: 200 ns, 100 ns to 300 ns."));
        Assert.That(text, Does.Contain("| process/x | 1.00 s | 1.00 s |  |  | 99.0 MB |"));
    }

    private static RecordedRun Run()
    {
        var parts = new Dictionary<string, double> { ["inputs"] = 1, [Engine.Training.StepProfile.Waiting] = 1 };
        return RecordedRuns.Create(
            new Measurement(ReportText.EpochName(2), [0.1, 0.2, 0.1], 10e9, PeakRates: [200, 100, 200]),
            new Measurement(ReportText.EpochName(1), [0.17, 0.34, 0.17], 10e9, PeakRates: [100, 50, 100]),
            new Measurement("process/x", [1], PeakMemory: 99_000_000)) with
        {
            Parts = new Dictionary<int, IReadOnlyDictionary<string, double>> { [2] = parts, [1] = parts },
            SignalSeconds = [1e-7, 3e-7, 2e-7],
        };
    }
}
