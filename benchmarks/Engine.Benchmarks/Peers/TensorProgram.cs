using System.CommandLine;
using System.Numerics.Tensors;
using System.Text.Json;
using CliWrap.Buffered;
using Engine.Benchmarks.Measuring;
using Engine.Cli;
using Engine.Kernels;

namespace Engine.Benchmarks.Peers;

/// <summary>Elementwise functions and softmax beside TensorPrimitives, in a process with tiered compilation.</summary>
/// <remarks>
/// TensorPrimitives calls code of the framework that is delivered compiled, for any processor. Only with tiered compilation is it compiled again for this one:
/// without, as the other commands run, its sigmoid and tanh take 1.3 to 4.5 times as long, differently from run to run.
/// </remarks>
internal static class TensorProgram
{
    /// <summary>The verb that starts it.</summary>
    public const string Verb = "tensors";

    private const int Samples = 15;
    private const float Tolerance = 1e-6f;

    /// <summary>Long enough for the runtime to compile a method twice, the second time for speed.</summary>
    private const double WarmUpSeconds = 1;
    private const int Rows = 64;
    private const int Columns = 200;

    public static Command Create()
    {
        var command = new Command(Verb, "What peers compares with TensorPrimitives.") { Hidden = true };
        command.SetAction(_ =>
        {
            foreach (PeerPair pair in Elementwise().Append(Softmax()))
            {
                Console.WriteLine(JsonSerializer.Serialize(pair));
            }
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Runs it.</summary>
    /// <param name="program">This program's file.</param>
    /// <returns>What it measured.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<IReadOnlyList<PeerPair>> Start(string program)
    {
        BufferedCommandResult result = await CliWrap.Cli.Wrap(program)
            .WithArguments(Verb)
            .WithEnvironmentVariables(variables => variables.Set("DOTNET_TieredCompilation", "1"))
            .WithValidation(CliWrap.CommandResultValidation.None)
            .ExecuteBufferedAsync();
        if (result.ExitCode != ExitCode.Done)
        {
            throw new InvalidOperationException($"TensorPrimitives ended with exit code {result.ExitCode}: {result.StandardError.Trim()}");
        }
        return [.. result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<PeerPair>(line)!)];
    }

    private static List<PeerPair> Elementwise()
    {
        (string, Action<float[], float[]>, Action<float[], float[]>)[] work =
        [
            ("ReLU", (x, y) => ReluKernel.Forward(x, y), (x, y) => TensorPrimitives.Max(x, 0f, y)),
            ("sigmoid", (x, y) => SigmoidKernel.Forward(x, y), (x, y) => TensorPrimitives.Sigmoid<float>(x, y)),
            ("tanh", (x, y) => TanhKernel.Forward(x, y), (x, y) => TensorPrimitives.Tanh<float>(x, y)),
        ];
        var random = new SplitMix64(1);
        float[] input = new float[Rows * Columns];
        foreach (ref float value in input.AsSpan())
        {
            value = (float)(2 * random.NextNormal());
        }
        var pairs = new List<PeerPair>();
        foreach ((string name, Action<float[], float[]> engine, Action<float[], float[]> peer) in work)
        {
            float[] ours = new float[input.Length];
            float[] theirs = new float[input.Length];
            double[][] seconds = Sampler.InTurns(Samples, WarmUpSeconds, () => engine(input, ours), () => peer(input, theirs));
            Verify.Close(theirs, ours, Tolerance, name);
            pairs.Add(Tensors($"{name}, {Rows} x {Columns}", seconds));
        }
        return pairs;
    }

    private static PeerPair Softmax()
    {
        const int Classes = 10;
        int stride = RowLayout.Stride(Classes);
        var random = new SplitMix64(2);
        var input = new AlignedBuffer(Rows * stride);
        var ours = new AlignedBuffer(Rows * stride);
        var theirs = new AlignedBuffer(Rows * stride);
        for (int i = 0; i < input.Length; i++)
        {
            input.Span[i] = i % stride < Classes ? (float)random.NextNormal() : 0;
        }
        double[][] seconds = Sampler.InTurns(
            Samples,
            WarmUpSeconds,
            () => SoftmaxKernel.Forward(Rows, Classes, stride, input.Span, ours.Span),
            () =>
            {
                for (int row = 0; row < Rows; row++)
                {
                    TensorPrimitives.SoftMax<float>(input.Span.Slice(row * stride, Classes), theirs.Span.Slice(row * stride, Classes));
                }
            });
        Verify.Close(theirs.Span, ours.Span, Tolerance, "softmax");
        return Tensors($"softmax, {Rows} x {Classes}", seconds);
    }

    private static PeerPair Tensors(string work, double[][] seconds) =>
        new(work, "TensorPrimitives", 1, $"System.Numerics.Tensors {typeof(TensorPrimitives).Assembly.GetName().Version?.ToString(3)}", seconds[0], seconds[1]);
}
