using System.Numerics;
using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// The engine's exponential over a span, which no kernel of the engine needs alone. The JIT inlines it into this loop as it does into the engine's
/// own kernels.
/// </summary>
internal static class EngineExponential
{
    /// <summary>output ← exp(input).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exp(ReadOnlySpan<float> input, Span<float> output)
    {
        int i = 0;
        for (; i <= input.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Exponential.Exp(new Vector<float>(input[i..])).CopyTo(output[i..]);
        }
        for (; i < input.Length; i++)
        {
            output[i] = Exponential.Exp(input[i]);
        }
    }
}
