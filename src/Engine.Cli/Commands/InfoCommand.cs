using System.CommandLine;
using System.IO.Compression;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Engine.Data;
using Engine.Kernels;
using Engine.Networks;

namespace Engine.Cli.Commands;

/// <summary><c>info</c>: the program, the machine and the data, as a benchmark's reader needs them.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        Option<string?> data = CommonOptions.Data();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("info", "Version, processor, vector width, threads, runtime, and the data with its checksums.") { data, json };
        command.SetAction(result => Run(BundledData.Folder(result.GetValue(data)), result.GetValue(json)));
        return command;
    }

    private static int NativeBits => Vector<byte>.Count * 8;

    private static int Run(string folder, bool json)
    {
        List<(string Name, string Value)> facts =
        [
            ("version", typeof(Network).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown"),
            ("processor", Processor()),
            ("architecture", $"{RuntimeInformation.ProcessArchitecture}"),
            ("instruction sets", string.Join(", ", Hardware.InstructionSets)),
            ("vector", Hardware.VectorBits == NativeBits ? $"{NativeBits} bits" : $"{Hardware.VectorBits} bits in products and activations, {NativeBits} elsewhere"),
            ("fused multiply-add", Hardware.HasFusedMultiplyAdd ? "yes" : "no: emulated, the same result but very slow"),
            ("threads", $"{Environment.ProcessorCount}"),
            ("runtime", RuntimeInformation.FrameworkDescription),
            ("system", RuntimeInformation.OSDescription),
            ("data", folder),
        ];
        // Read before their sums are taken: what is wrong with a file is found and said there.
        ImageDataset training = MnistFolder.ReadTraining(folder);
        ImageDataset test = MnistFolder.ReadTest(folder);
        facts.AddRange(MnistFolder.Find(folder).Select(file => (Path.GetFileName(file), $"MD5 {Checksum(file)}")));
        facts.Add(("images", $"{training.Count} training, {test.Count} test, {training.Rows} x {training.Columns} pixels, {training.Classes} classes"));

        if (json)
        {
            JsonOutput.Write(writer => facts.ForEach(fact => writer.WriteString(fact.Name, fact.Value)));
        }
        else
        {
            int width = facts.Max(fact => fact.Name.Length);
            facts.ForEach(fact => Console.WriteLine($"{fact.Name.PadRight(width)}  {fact.Value}"));
        }
        return ExitCode.Done;
    }

    /// <summary>The MD5 sum of a file's content, unpacked: the sum by which the MNIST files are known. Not for security.</summary>
    private static string Checksum(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
        using Stream content = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
#pragma warning disable CA5351 // a checksum, not a protection
        return Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351
    }

    /// <summary>The processor's name as the system tells it.</summary>
    private static string Processor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        if (File.Exists(CpuInfo))
        {
            string? line = File.ReadLines(CpuInfo).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal));
            if (line is not null)
            {
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";
    }
}
