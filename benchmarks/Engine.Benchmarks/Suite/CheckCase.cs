using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Running;

namespace Engine.Benchmarks.Suite;

/// <summary>One case of a benchmark, to be run once with the set-up and clean-up that verify its result.</summary>
/// <param name="Name">Class, method and parameters.</param>
/// <param name="Benchmark">The case as BenchmarkDotNet has it.</param>
internal sealed record CheckCase(string Name, BenchmarkCase Benchmark)
{
    /// <summary>Runs the case in this process. What a benchmark throws comes as the inner exception of a <see cref="System.Reflection.TargetInvocationException"/>.</summary>
    public void RunOnce()
    {
        Descriptor descriptor = Benchmark.Descriptor;
        object instance = Activator.CreateInstance(descriptor.Type)!;
        foreach (ParameterInstance parameter in Benchmark.Parameters.Items)
        {
            descriptor.Type.GetProperty(parameter.Name)!.SetValue(instance, parameter.Value);
        }
        descriptor.GlobalSetupMethod?.Invoke(instance, null);
        descriptor.IterationSetupMethod?.Invoke(instance, null);
        descriptor.WorkloadMethod.Invoke(instance, null);
        descriptor.IterationCleanupMethod?.Invoke(instance, null);
        descriptor.GlobalCleanupMethod?.Invoke(instance, null);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
