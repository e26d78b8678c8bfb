using NUnit.Framework;

namespace Engine.Tests.Readme;

[NonParallelizable]
public sealed class ReadmeTests
{
    [Test]
    public void Samples_AreTheLinesThatAreCompiledHere()
    {
        string[] compiled = [.. File.ReadLines(InOutput("ReadmeSample.cs")).Select(line => line.Trim())];
        string[] shown = [.. ReadmeCode().Where(line => line.Length > 0)];
        Assert.That(shown, Has.Length.GreaterThan(20));
        Assert.That(compiled, Is.SupersetOf(shown));
    }

    [Test]
    public void Samples_Run()
    {
        using var folder = new TemporaryFolder();
        string before = Directory.GetCurrentDirectory();
        Directory.CreateSymbolicLink(folder.File("data"), InOutput("data"));
        Directory.SetCurrentDirectory(folder.Path);
        try
        {
            (double accuracy, int digit) = ReadmeSample.Run();
            Assert.That(accuracy, Is.GreaterThan(0.96));
            Assert.That(digit, Is.EqualTo(7), "the first test image is a seven");
            Assert.That(File.Exists(folder.File("model.safetensors")));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    private static IEnumerable<string> ReadmeCode()
    {
        bool inCode = false;
        foreach (string line in File.ReadLines(InOutput("README.md")))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inCode = line == "```csharp";
            }
            else if (inCode)
            {
                yield return line.Trim();
            }
        }
    }

    private static string InOutput(string name) => Path.Combine(AppContext.BaseDirectory, name);
}
