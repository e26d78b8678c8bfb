using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Engine.Benchmarks.Commands;

/// <summary>Options that several commands have.</summary>
internal static class Arguments
{
    /// <summary>An option for a whole number within a range.</summary>
    public static Option<int> Number(string name, string description, int defaultValue, int minimum, int maximum) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            string text = Token(result);
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < minimum || value > maximum)
            {
                result.AddError($"Expected a whole number from {minimum} to {maximum} after {name}; found \"{text}\".");
            }
            return value;
        },
    };

    /// <summary>An option for a positive number.</summary>
    public static Option<double> Positive(string name, string helpName, string description, double defaultValue) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            string text = Token(result);
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value > 0 && double.IsFinite(value)))
            {
                result.AddError($"Expected a number above 0 after {name}; found \"{text}\".");
            }
            return value;
        },
    };

    private static string Token(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}
