using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Benchmarks.Suite;

/// <summary>
/// The engine's exponential, which is internal to it, over a span. The JIT inlines it into this loop as it does into the engine's
/// own kernels.
/// </summary>
internal static class EngineExponential
{
    private const string TypeName = "Engine.Kernels.Exponential, Engine";

    /// <summary>output ← exp(input).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exp(ReadOnlySpan<float> input, Span<float> output)
    {
        int i = 0;
        for (; i <= input.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Exp(null, new Vector<float>(input[i..])).CopyTo(output[i..]);
        }
        for (; i < input.Length; i++)
        {
            output[i] = Exp(null, input[i]);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Exp")]
    private static extern Vector<float> Exp([UnsafeAccessorType(TypeName)] object? type, Vector<float> x);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Exp")]
    private static extern float Exp([UnsafeAccessorType(TypeName)] object? type, float x);
}
