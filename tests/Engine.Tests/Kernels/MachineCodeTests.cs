using System.Diagnostics;
using System.Reflection;
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
    /// <summary>The kernels of which at least the loops must have been seen: tiles of full size, with every epilogue. 100 floats are 13 vectors.</summary>
    private static readonly string[] Expected =
    [
        "GemmMicroKernel:Tiles[Six,Two,Plain]",
        "GemmMicroKernel:Tiles[Six,Two,Rectify]",
        "GemmMicroKernel:Tiles[Six,Two,RectifyGradient]",
        "GemmMicroKernel:Tiles[Six,Two,Update]",
        "GemmMicroKernel:Tiles[Four,Three,Rectify]",
        "GemmMicroKernel:Tiles[Four,Three,Update]",
        "GemmMicroKernel:Row[Seven,Update]",
        "SparseMicroKernel:Rows[Thirteen,OneWord,FromMemory,PixelRows,Plain]",
        "SparseMicroKernel:Rows[Thirteen,OneWord,FromMemory,PixelRows,Rectify]",
        "SparseMicroKernel:Rows[Thirteen,OneWord,FromZero,PixelColumns,Update]",
        "SparseMicroKernel:Rows[Thirteen,OneWord,FromZero,PixelColumns,Plain]",
        "SparseMicroKernel:Rows[Thirteen,OneWord,FromMemory,PixelColumns,Update]",
        "SparseMicroKernel:Rows[Thirteen,OneWord,FromMemory,ImageRows,Plain]",
        "SparseMicroKernel:Rows[Thirteen,OneWord,FromMemory,ImageRows,Rectify]",
        "SparseMicroKernel:Rows[Thirteen,ManyWords,FromMemory,ImageRows,Rectify]",
        "SparseMicroKernel:Rows[Thirteen,ManyWords,FromMemory,FloatRows,Rectify]",
    ];

    [Test]
    public void InnerLoops_OfTrainingAndPrediction_HaveNoSpillNoRangeCheckAndNoCall()
    {
        if (!Avx2.X64.IsSupported || !Fma.X64.IsSupported)
        {
            Assert.Pass("The loops are known for x64 with AVX2 and FMA only.");
        }
        if (typeof(Gemm).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true })
        {
            Assert.Pass("The engine is built for debugging: its loops are not optimised.");
        }

        using var folder = new TemporaryFolder();
        string mostlyZero = TinyData.Write(folder.File("sparse"), side: 28, noise: 1);
        string hardlyZero = TinyData.Write(folder.File("dense"), side: 28);
        string model = folder.File("model.safetensors");
        string[] training = ["train", "--layers", "784,100,200,10", "--epochs", "1", "--threads", "1", "--save", model, "--data"];
        MachineCode[] kernels =
        [
            .. Compile(folder, [.. training, mostlyZero]),
            .. Compile(folder, [.. training, mostlyZero, "--batch-size", "128"]),
            .. Compile(folder, [.. training, hardlyZero]),
            .. Compile(folder, "predict", model, "--data", mostlyZero, "--index", "0"),
            .. Compile(folder, "evaluate", model, "--data", mostlyZero),
        ];

        TestContext.Out.WriteLine(string.Join("\n", kernels.Select(kernel => kernel.Name).Distinct().Order()));
        Assert.That(kernels.Select(kernel => kernel.Name), Is.SupersetOf(Expected));
        string[] faults = [.. kernels.SelectMany(kernel => kernel.Faults()).Distinct()];
        Assert.That(faults.Length, Is.Zero, string.Join("\n", faults));
    }

    /// <summary>The kernels that the engine compiles for a command.</summary>
    private static IEnumerable<MachineCode> Compile(TemporaryFolder folder, params string[] arguments)
    {
        string listing = folder.File("listing.txt");
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_JitDisasm"] = "Tiles Row Rows",
            ["DOTNET_JitStdOutFile"] = listing,
            ["DOTNET_MaxVectorTBitWidth"] = "256",
        };
        File.Delete(listing);
        EngineProcess.Result result = EngineProcess.Run(environment, arguments);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        return MachineCode.Read(listing).Where(method => method.Type is nameof(GemmMicroKernel) or nameof(SparseMicroKernel));
    }
}
