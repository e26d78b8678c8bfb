using System.CommandLine;
using System.Globalization;

namespace Engine.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string?> Data() =>
        Name("--data", "DIR", "Folder with the four IDX files of MNIST or a relative; the bundled MNIST unless given.", "a folder");

    public static Option<bool> Json() => new("--json") { Description = "Write JSON to standard output." };

    public static Option<ulong> Seed(string description) =>
        Parsed("--seed", "N", description, $"a whole number from 0 to {ulong.MaxValue}", (string text, out ulong value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value), () => 1UL);

    public static Argument<string> Model()
    {
        var model = new Argument<string>("MODEL") { Description = "A network saved as safetensors." };
        model.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError("MODEL: expected a file; found \"\".");
            }
        });
        return model;
    }

    /// <summary>An option for a whole number within a range.</summary>
    public static Option<int> Number(string name, string description, int defaultValue, int minimum, int maximum) =>
        Parsed(
            name, "N", description, $"a whole number from {minimum} to {maximum}",
            (string text, out int value) => TryParseInt(text, out value) && value >= minimum && value <= maximum, () => defaultValue);

    /// <summary>An option for the number of an image, or nothing.</summary>
    public static Option<int?> Index(string description) =>
        Parsed("--index", "N", description, $"a whole number from 0 to {int.MaxValue}", (string text, out int? value) =>
        {
            bool valid = TryParseInt(text, out int number);
            value = number;
            return valid;
        });

    /// <summary>An option for the name of a file or folder.</summary>
    public static Option<string?> Name(string name, string helpName, string description, string expected = "a file") =>
        Parsed(name, helpName, description, expected, (string text, out string? value) =>
        {
            value = text;
            return text.Length > 0;
        });

    /// <summary>An option for the name of a file to write, which must have one of some endings.</summary>
    public static Option<string?> File(string name, string description, params string[] endings) =>
        Parsed(name, $"FILE{string.Join("|", endings)}", description, $"a file name that ends in {string.Join(" or ", endings)}", (string text, out string? value) =>
        {
            value = text;
            return endings.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase);
        });

    /// <summary>An option that takes one of some names; the first is the default.</summary>
    public static Option<string> Choice(string name, string description, params string[] names) =>
        Parsed(name, "NAME", description, string.Join(", ", names[..^1]) + " or " + names[^1], (string text, out string value) =>
        {
            value = text.ToLowerInvariant();
            return names.Contains(value);
        }, () => names[0]);

    /// <summary>An option for numbers with commas between.</summary>
    public static Option<T[]> List<T>(string name, string helpName, string description, string expected, int minimumCount, Func<T, bool> isValid)
        where T : IParsable<T> =>
        Parsed(name, helpName, description, expected, (string text, out T[] values) =>
        {
            string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
            values = new T[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                if (!T.TryParse(parts[i], CultureInfo.InvariantCulture, out T? value) || !isValid(value))
                {
                    return false;
                }
                values[i] = value;
            }
            return values.Length >= minimumCount;
        });

    /// <summary>An option whose text is parsed and checked in one place, so that every fault is reported in the same words.</summary>
    public static Option<T> Parsed<T>(
        string name, string helpName, string description, string expected, TryParse<T> tryParse, Func<T>? defaultValue = null)
    {
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                string text = string.Join(",", result.Tokens.Select(token => token.Value));
                if (!tryParse(text, out T value))
                {
                    result.AddError($"Option {name}: expected {expected}; found \"{text}\".");
                }
                return value;
            },
        };
        if (defaultValue is not null)
        {
            option.DefaultValueFactory = _ => defaultValue();
        }
        return option;
    }

    private static bool TryParseInt(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

/// <summary>Reads a value from text; false if it is none.</summary>
internal delegate bool TryParse<T>(string text, out T value);
