using System.Text.RegularExpressions;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Readme;

/// <summary>What the pages name is there: files, headings, types and members.</summary>
public sealed partial class PageTests
{
    /// <summary>Names that are .NET's, and that no source uses.</summary>
    private static readonly string[] OfDotNet = ["IlcInstructionSet", "MultiplyAddEstimate"];

    private static readonly string[] Pages =
    [
        "README.md", "CHANGELOG.md", "data/README.md", "benchmarks/README.md",
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}").Order(StringComparer.Ordinal),
    ];

    private static readonly Lazy<HashSet<string>> LazyNames = new(ReadNames);

    [TestCaseSource(nameof(Pages))]
    public void Links_LeadSomewhere(string page)
    {
        string path = Path.Combine(Repository.Root, page);
        foreach (string link in Link().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("https://", StringComparison.Ordinal)))
        {
            string[] parts = link.Split('#', 2);
            string target = parts[0].Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, parts[0]);
            Assert.That(target, Does.Exist.IgnoreDirectories, $"{page} links to {link}");
            if (parts.Length > 1)
            {
                Assert.That(File.ReadLines(target).Where(line => line.StartsWith('#')).Select(Anchor), Does.Contain(parts[1]), $"{page} links to {link}");
            }
        }
    }

    [TestCaseSource(nameof(Pages))]
    public void Names_AreThoseOfTheSources(string page)
    {
        string text = Block().Replace(File.ReadAllText(Path.Combine(Repository.Root, page)), "");
        foreach (string name in Code().Matches(text).Select(match => match.Groups[1].Value))
        {
            Assert.That(name.Split('.').Except(LazyNames.Value), Is.Empty, $"{page} names {name}");
        }
    }

    /// <summary>All words of the sources, and the names of their files.</summary>
    private static HashSet<string> ReadNames()
    {
        var names = new HashSet<string>(OfDotNet);
        foreach (string folder in (string[])["src", "tests", "benchmarks"])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            {
                names.Add(Path.GetFileNameWithoutExtension(file));
                if (Path.GetFileName(file) != $"{nameof(PageTests)}.cs")
                {
                    names.UnionWith(Word().Matches(File.ReadAllText(file)).Select(match => match.Value));
                }
            }
        }
        return names;
    }

    /// <summary>What a heading is linked to by.</summary>
    private static string Anchor(string heading) =>
        NotInAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>A link of Markdown, or a picture's source.</summary>
    [GeneratedRegex("""(?:\]\(|src(?:set)?=")([^)"\s]+)""")]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>A type or a member in code font.</summary>
    [GeneratedRegex(@"`([A-Z]\w*[a-z]\w*(?:\.\w+)*)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
