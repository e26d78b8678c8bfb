using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Engine.Peers;

/// <summary>The options of the peers. Whatever is wrong with a value is reported in the same words.</summary>
internal static class PeerOptions
{
    public static Option<string> Data() => Parsed(
        "--data", "DIR", "Folder with the four files of MNIST; those beside the program unless given.", "a folder",
        Path.Combine(AppContext.BaseDirectory, "data", "mnist"), text => (text.Length > 0, text));

    public static Option<ulong> Seed() => Number("--seed", "Seed of the initial weights.", 42UL, 0UL, ulong.MaxValue);

    public static Option<int> Threads() => Number("--threads", "Threads.", 1, 1, 1024);

    /// <summary>An option for a whole number within a range.</summary>
    public static Option<T> Number<T>(string name, string description, T defaultValue, T minimum, T maximum)
        where T : IBinaryInteger<T> => Parsed(
            name, "N", description, $"a whole number from {minimum} to {maximum}", defaultValue,
            text => (T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out T? value) && value >= minimum && value <= maximum, value!));

    private static Option<T> Parsed<T>(
        string name, string helpName, string description, string expected, T defaultValue, Func<string, (bool IsValid, T Value)> parse)
    {
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = helpName,
            // The values are counted below.
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result =>
            {
                string[] values = [.. result.Tokens.Select(token => token.Value)];
                (bool isValid, T value) = values.Length == 1 ? parse(values[0]) : (false, defaultValue);
                if (!isValid)
                {
                    result.AddError($"expected {expected} after {name}; found {string.Join(" and ", values.Select(text => $"'{text}'"))}");
                }
                return value;
            },
        };
        // Without a value the parser is not asked.
        option.Validators.Add(result =>
        {
            if (!result.Implicit && result.Tokens.Count == 0)
            {
                result.AddError($"expected {expected} after {name}; found nothing");
            }
        });
        return option;
    }
}
