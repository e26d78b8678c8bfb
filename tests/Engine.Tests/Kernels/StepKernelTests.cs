using Engine.Kernels;
using Engine.Tests.Reference;

namespace Engine.Tests.Kernels;

public sealed class StepForwardTests : UnaryKernelContract
{
    protected override double MaximumUlps => 0;

    protected override void Run(ReadOnlySpan<float> x, Span<float> y) => StepKernel.Forward(x, y);

    protected override double Reference(float x) => ScalarKernels.Step(x);
}
