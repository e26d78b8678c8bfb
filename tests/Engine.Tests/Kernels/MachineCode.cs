using System.Text.RegularExpressions;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>A generic method as the JIT compiled it, from a listing that <c>DOTNET_JitDisasm</c> asks for.</summary>
internal sealed partial class MachineCode
{
    private static readonly string[] Counts =
    [
        "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve", "Thirteen",
    ];

    private readonly string[] _arguments;
    private readonly List<string> _lines = [];
    private readonly Dictionary<string, int> _labels = [];
    private bool _hasFramePointer;

    private MachineCode(string type, string method, string[] arguments)
    {
        _arguments = arguments;
        Type = type;
        Name = $"{type}:{method}[{string.Join(",", arguments)}]";
    }

    /// <summary>The class that has the method, without its namespace.</summary>
    public string Type { get; }

    /// <summary>Class, method and type arguments, without namespaces.</summary>
    public string Name { get; }

    /// <summary>The multiply-adds of one pass of the loop: the numbers among the type arguments, of a tile's rows and columns multiplied, of the vectors of both widths that a sparse kernel has added; for pairs of rows twice as many, for a few columns the vectors of each.</summary>
    private int ExpectedMultiplyAdds
    {
        get
        {
            int[] counts = [.. _arguments.Select(argument => Array.IndexOf(Counts, argument)).Where(count => count >= 0)];
            return Type switch
            {
                nameof(SparsePairMicroKernel) => 2 * counts.Sum(),
                nameof(SparseMicroKernel) => counts.Sum(),
                nameof(GemmFewColumnsMicroKernel) => GemmFewColumns.Columns * counts.Sum(),
                _ => counts.Aggregate(1, (x, y) => x * y),
            };
        }
    }

    /// <summary>The stores of one pass: a tile that leaves a copy of its panel stores each vector of it.</summary>
    private int ExpectedStores => _arguments.Contains(nameof(Copying)) ? Array.IndexOf(Counts, _arguments[2]) : 0;

    /// <summary>The generic methods of a listing.</summary>
    public static List<MachineCode> Read(string file)
    {
        var methods = new List<MachineCode>();
        MachineCode? current = null;
        foreach (string line in File.ReadLines(file).Select(line => line.Trim()))
        {
            if (Listing().Match(line) is { Success: true } start)
            {
                string[] arguments = [.. start.Groups["arguments"].Value.Split(',').Select(WithoutNamespace)];
                current = new MachineCode(WithoutNamespace(start.Groups["type"].Value), start.Groups["method"].Value, arguments);
                methods.Add(current);
            }
            else if (line.StartsWith("; Assembly listing", StringComparison.Ordinal))
            {
                current = null;
            }
            else
            {
                current?.Add(line);
            }
        }
        return methods;
    }

    /// <summary>What is wrong with the innermost loops that multiply and add, with their text; nothing if they are as they should be.</summary>
    public IEnumerable<string> Faults()
    {
        List<string[]> loops = [.. InnermostLoops().Where(loop => loop.Any(IsMultiplyAdd))];
        if (loops.Count == 0)
        {
            yield return Report(["no loop that multiplies and adds"], _lines);
        }
        foreach (string[] loop in loops)
        {
            List<string> faults = [.. loop[..^1].Where(line => Fault(line) is not null).Select(line => $"{Fault(line)}: {line}")];
            int found = loop.Count(IsMultiplyAdd);
            if (found != ExpectedMultiplyAdds)
            {
                faults.Add($"expected {ExpectedMultiplyAdds} vector multiply-adds; found {found}");
            }
            int stores = loop.Count(line => Store().IsMatch(line));
            if (stores != ExpectedStores)
            {
                faults.Add($"expected {ExpectedStores} stores; found {stores}");
            }
            if (faults.Count > 0)
            {
                yield return Report(faults, loop);
            }
        }
    }

    private string Report(IEnumerable<string> faults, IEnumerable<string> lines) =>
        $"{Name}\n  {string.Join("\n  ", faults)}\nin\n    {string.Join("\n    ", lines)}\n";

    /// <summary>What is wrong with a line of a loop; its last line, the jump to its start, is none of them.</summary>
    private string? Fault(string line) => line switch
    {
        _ when line.StartsWith("call", StringComparison.Ordinal) => "a call",
        _ when line.StartsWith('j') => "a range check or another branch",
        _ when StackPointer().IsMatch(line) || (_hasFramePointer && FramePointer().IsMatch(line)) => "a spill",
        _ when VectorCopy().IsMatch(line) => "a copy of a vector",
        _ when line.Contains("[reloc ", StringComparison.Ordinal) => "a constant that is loaded anew",
        _ => null,
    };

    private void Add(string line)
    {
        if (line == "; rbp based frame")
        {
            _hasFramePointer = true;
        }
        else if (Label().Match(line) is { Success: true } label)
        {
            _labels[label.Groups["label"].Value] = _lines.Count;
            _lines.Add(line);
        }
        else if (line.Length > 0 && line[0] != ';')
        {
            _lines.Add(line);
        }
    }

    /// <summary>
    /// From a label to the first jump back to it, unless another loop is within. A later jump to the same label
    /// belongs to the loop around: the JIT may place the code that enters the inner loop behind it.
    /// </summary>
    private IEnumerable<string[]> InnermostLoops()
    {
        var ends = new Dictionary<int, int>();
        for (int i = 0; i < _lines.Count; i++)
        {
            if (Jump().Match(_lines[i]) is { Success: true } jump && _labels.TryGetValue(jump.Groups["label"].Value, out int target) && target <= i)
            {
                ends.TryAdd(target, i);
            }
        }
        foreach ((int start, int end) in ends)
        {
            if (!ends.Any(other => other.Key > start && other.Value <= end))
            {
                yield return [.. _lines[start..(end + 1)]];
            }
        }
    }

    private static bool IsMultiplyAdd(string line) => MultiplyAdd().IsMatch(line);

    private static string WithoutNamespace(string name) => name[(name.LastIndexOf('.') + 1)..];

    [GeneratedRegex(@"^; Assembly listing for method (?<type>[\w.]+):(?<method>\w+)\[(?<arguments>[\w.,`\[\]]+)\]\(")]
    private static partial Regex Listing();

    [GeneratedRegex(@"^(?<label>G_M\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^j\w+\s+(SHORT\s+)?(?<label>G_M\w+)$")]
    private static partial Regex Jump();

    [GeneratedRegex(@"^vfmadd\w+ps\s")]
    private static partial Regex MultiplyAdd();

    [GeneratedRegex(@"\brsp\b")]
    private static partial Regex StackPointer();

    [GeneratedRegex(@"\brbp\b")]
    private static partial Regex FramePointer();

    [GeneratedRegex(@"^v?mov\w*\s+(\w+\s+ptr\s+)?\[")]
    private static partial Regex Store();

    [GeneratedRegex(@"^vmov\w+\s+[xyz]mm\d+, [xyz]mm\d+$")]
    private static partial Regex VectorCopy();
}
