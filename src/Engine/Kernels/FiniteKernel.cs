using System.Numerics;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>Whether numbers are all finite.</summary>
/// <remarks>
/// Formula: all are finite if and only if <c>x · 0 = 0</c> for each x of them, as the product is NaN for infinities and NaN. Shapes: any length.
/// <code>
/// for whole vectors: sum += x · 0, which stays 0 or becomes NaN for good
/// for the rest:      one at a time
/// </code>
/// <list type="number">
/// <item>The sum is compared once, at the end, instead of every vector.</item>
/// </list>
/// </remarks>
public static class FiniteKernel
{
    /// <summary>Whether no number is infinite or NaN; true for none.</summary>
    /// <param name="values">Any number of them.</param>
    public static bool All(ReadOnlySpan<float> values)
    {
        ref float origin = ref MemoryMarshal.GetReference(values);
        Vector<float> sum = default;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += Vector.LoadUnsafe(ref origin, (nuint)i) * Vector<float>.Zero;
        }
        bool finite = Vector.EqualsAll(sum, Vector<float>.Zero);
        for (; i < values.Length; i++)
        {
            finite &= float.IsFinite(values[i]);
        }
        return finite;
    }
}
