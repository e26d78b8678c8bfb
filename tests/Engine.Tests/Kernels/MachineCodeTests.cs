using System.Runtime.Intrinsics.X86;
using Engine.Kernels;
using Engine.Tests.Cli;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>
/// The innermost loops are fast because all sums stay in registers and nothing but multiply-adds and loads is in them. A change of
/// the source, or another version of the JIT, can undo that without a wrong result: so the machine code itself is read.
/// </summary>
[NonParallelizable]
public sealed class MachineCodeTests
{
    private const string Native = "Vector`1[float]";
    private const string Wide = "Vector512`1[float]";

    /// <summary>The kernels of which at least the loops must have been seen: tiles of full size, with every epilogue. 100 floats are 13 vectors, 200 are 13 and 12.</summary>
    private static readonly string[] Expected =
    [
        .. Dense(Native),
        .. Sparse($"{Native},Thirteen,Zero"),
        .. Activations($"{Native},Thirteen,Zero", $"{Native},Twelve,Zero"),
        $"SparseMicroKernel:Rows[{Native},Thirteen,Zero,ManyWords,FromMemory,FloatRows,Rectify]",
    ];

    /// <summary>The same with 512 bits: 7 vectors, and 13, or 6 and four columns. Updates skip no zeros of activations.</summary>
    private static readonly string[] ExpectedWide =
    [
        .. Dense(Wide),
        "GemmFewColumnsMicroKernel:Tile[Two,Plain]",
        "GemmFewColumnsMicroKernel:Tile[Two,Rectify]",
        "GemmFewColumnsMicroKernel:Tile[Two,LayerUpdate]",
        "GemmFewColumnsMicroKernel:Tile[One,LayerUpdate]",
        .. Sparse($"{Wide},Seven,Zero"),
        $"SparseMicroKernel:Rows[{Wide},Thirteen,Zero,OneWord,FromMemory,FloatRows,Rectify]",
        .. Back($"{Wide},Seven,Zero"),
        $"SparseMicroKernel:Rows[{Wide},Thirteen,Zero,ManyWords,FromMemory,FloatRows,Rectify]",
    ];

    /// <summary>The same where 512 bits are done in two halves: 6 vectors and a half, and 6.</summary>
    private static readonly string[] ExpectedDoubled =
    [
        .. Dense(Native),
        .. Sparse($"{Wide},Six,One"),
        .. Activations($"{Wide},Six,One", $"{Wide},Six,Zero"),
        $"SparseMicroKernel:Rows[{Wide},Six,One,ManyWords,FromMemory,FloatRows,Rectify]",
    ];

    /// <summary>The kernel for rows that are alike, and what its name has besides.</summary>
    private static string Alike => Hardware.HasManyRegisters ? "SparsePairMicroKernel:Pairs" : "SparseMicroKernel:Rows";

    private static string OneWord => Hardware.HasManyRegisters ? "" : "OneWord,";

    [Test]
    public void InnerLoops_OfTrainingAndPrediction_HaveNoSpillNoRangeCheckNoCallAndNoConstant()
    {
        if (!Avx2.X64.IsSupported || !Fma.X64.IsSupported)
        {
            Assert.Pass("The loops are known for x64 with AVX2 and FMA only.");
        }

        using var folder = new TemporaryFolder();
        AssertFaultless(folder, "256", Expected);
        if (VectorWidth.IsWide || VectorWidth.IsDoubled)
        {
            AssertFaultless(folder, "512", VectorWidth.IsWide ? ExpectedWide : ExpectedDoubled);
        }
    }

    private static string[] Dense(string vector) =>
    [
        $"GemmMicroKernel:Tiles[{vector},Six,Two,Reading,Plain]",
        $"GemmMicroKernel:Tiles[{vector},Six,Two,Reading,Rectify]",
        $"GemmMicroKernel:Tiles[{vector},Six,Two,Reading,RectifyGradient]",
        $"GemmMicroKernel:Tiles[{vector},Six,Two,Reading,LayerUpdate]",
        $"GemmMicroKernel:Tiles[{vector},Six,Two,Copying,Rectify]",
        $"GemmMicroKernel:Tiles[{vector},Four,Three,Reading,Rectify]",
        $"GemmMicroKernel:Tiles[{vector},Four,Three,Reading,LayerUpdate]",
        $"GemmMicroKernel:Row[{vector},Seven,Update]",
        $"GemmFewStepsMicroKernel:Tiles[{vector},Two,Six,RectifyGradient]",
    ];

    private static string[] Sparse(string vectors) =>
    [
        $"SparseMicroKernel:Rows[{vectors},OneWord,FromMemory,PixelRows,Plain]",
        $"SparseMicroKernel:Rows[{vectors},OneWord,FromMemory,PixelRows,Rectify]",
        $"{Alike}[{vectors},{OneWord}FromZero,PixelColumns,LayerUpdate]",
        $"{Alike}[{vectors},{OneWord}FromZero,PixelColumns,Plain]",
        $"{Alike}[{vectors},{OneWord}FromMemory,PixelColumns,LayerUpdate]",
        $"SparseMicroKernel:Rows[{vectors},OneWord,FromMemory,ImageRows,Plain]",
        $"SparseMicroKernel:Rows[{vectors},OneWord,FromMemory,ImageRows,Rectify]",
        $"SparseMicroKernel:Rows[{vectors},ManyWords,FromMemory,ImageRows,Rectify]",
    ];

    /// <summary>What skips zeros behind a ReLU: forward and update through 200 columns, two panels, back through 100.</summary>
    private static string[] Activations(string first, string second) =>
    [
        .. new[] { first, second }.SelectMany(vectors => new[]
        {
            $"SparseMicroKernel:Rows[{vectors},OneWord,FromMemory,FloatRows,Rectify]",
            $"SparseMicroKernel:Rows[{vectors},OneWord,FromZero,FloatColumns,LayerUpdate]",
        }),
        .. Back(first),
    ];

    /// <summary>The way back alone, through 100 columns.</summary>
    private static string[] Back(string vectors) =>
    [
        $"SparseMicroKernel:Rows[{vectors},OneWord,FromZero,FloatRows,Plain]",
        $"SparseMicroKernel:Rows[{vectors},OneWord,FromMemory,FloatRows,Plain]",
    ];

    private static void AssertFaultless(TemporaryFolder folder, string bits, string[] expected)
    {
        string mostlyZero = TinyData.Write(folder.File($"sparse{bits}"), side: 28, noise: 1);
        string hardlyZero = TinyData.Write(folder.File($"dense{bits}"), side: 28);
        string model = folder.File($"model{bits}.safetensors");
        string[] training = ["train", "--layers", "784,100,200,10", "--epochs", "1", "--threads", "1", "--save", model, "--data"];
        MachineCode[] kernels =
        [
            .. Compile(folder, bits, [.. training, mostlyZero]),
            .. Compile(folder, bits, [.. training, mostlyZero, "--batch-size", "128"]),
            .. Compile(folder, bits, [.. training, hardlyZero]),
            .. Compile(folder, bits, [.. training, hardlyZero, "--inputs", "dense"]),
            .. Compile(folder, bits, "train", "--layers", "784,64,40,10", "--epochs", "1", "--threads", "1", "--inputs", "dense", "--batch-size", "128", "--data", hardlyZero),
            .. Compile(folder, bits, "train", "--layers", "784,1000,10", "--epochs", "1", "--threads", "1", "--data", hardlyZero),
            .. Compile(folder, bits, "predict", model, "--data", mostlyZero, "--index", "0"),
            .. Compile(folder, bits, "evaluate", model, "--data", mostlyZero),
        ];

        TestContext.Out.WriteLine(string.Join("\n", kernels.Select(kernel => kernel.Name).Distinct().Order()));
        Assert.That(kernels.Select(kernel => kernel.Name), Is.SupersetOf(expected));
        string[] faults = [.. kernels.SelectMany(kernel => kernel.Faults()).Distinct()];
        Assert.That(faults.Length, Is.Zero, string.Join("\n", faults));
    }

    /// <summary>The kernels that the engine compiles for a command.</summary>
    private static IEnumerable<MachineCode> Compile(TemporaryFolder folder, string bits, params string[] arguments)
    {
        string listing = folder.File("listing.txt");
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_JitDisasm"] = "Tiles Tile Row Rows Pairs",
            ["DOTNET_JitStdOutFile"] = listing,
            ["DOTNET_MaxVectorTBitWidth"] = "256",
            ["DOTNET_PreferredVectorBitWidth"] = bits,
        };
        File.Delete(listing);
        EngineProcess.Result result = EngineProcess.Run(environment, arguments);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        return MachineCode.Read(listing).Where(method => method.Type is nameof(GemmMicroKernel) or nameof(GemmFewStepsMicroKernel) or nameof(GemmFewColumnsMicroKernel) or nameof(SparseMicroKernel) or nameof(SparsePairMicroKernel));
    }
}
