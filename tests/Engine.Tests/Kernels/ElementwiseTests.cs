using System.Reflection;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>The loops behind the elementwise kernels; what they compute is tested through each kernel.</summary>
public sealed class ElementwiseTests
{
    /// <summary>
    /// Within a caller that tiered compilation compiles again, the JIT no longer takes the operator into the loop: same results, 1.5 times as slow, and only
    /// in programs that run long enough. So the attributes are tested.
    /// </summary>
    [Test]
    public void LoopsOverAnOperator_AreCompiledAtOnceAndByThemselves()
    {
        const MethodImplAttributes Expected = MethodImplAttributes.AggressiveOptimization | MethodImplAttributes.NoInlining;
        MethodInfo[] loops = [.. Loops(typeof(Elementwise), nameof(Elementwise.Map)), .. Loops(typeof(ElementwiseLoss), nameof(ElementwiseLoss.Forward))];

        Assert.That(loops, Has.Length.EqualTo(3));
        Assert.That(loops.Select(loop => loop.MethodImplementationFlags & Expected), Is.All.EqualTo(Expected));
    }

    private static IEnumerable<MethodInfo> Loops(Type type, string name) => type.GetMethods().Where(method => method.Name == name && (name != nameof(Elementwise.Map) || method.GetGenericArguments().Length == 2));
}
