using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// What becomes of a finished sum before it is stored in C: work that costs next to nothing while the sum is in a register,
/// and a pass over memory of its own otherwise.
/// </summary>
/// <remarks>
/// The vector and the scalar form must give the same bits. The operand is an element of a second matrix of C's shape. The factor
/// is all that an epilogue holds; kernels turn it into a vector once, since the JIT would copy a struct for every use.
/// </remarks>
internal interface IEpilogue
{
    /// <summary>Whether the operand is read. Known when a kernel is compiled: if not, there is no load.</summary>
    static abstract bool ReadsOperand { get; }

    /// <summary>A number that the epilogue needs; 0 if none.</summary>
    float Factor { get; }

    static abstract TVector Apply<TVector>(TVector sum, TVector operand, TVector factor)
        where TVector : struct;

    static abstract float Apply(float sum, float operand, float factor);
}

/// <summary>c = sum.</summary>
internal readonly struct Plain : IEpilogue
{
    public static bool ReadsOperand => false;

    public float Factor => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TVector>(TVector sum, TVector operand, TVector factor)
        where TVector : struct => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply(float sum, float operand, float factor) => sum;
}

/// <summary>c = relu(sum): a hidden layer's forward pass.</summary>
internal readonly struct Rectify : IEpilogue
{
    public static bool ReadsOperand => false;

    public float Factor => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TVector>(TVector sum, TVector operand, TVector factor)
        where TVector : struct => default(ReluKernel.ForwardOperator).Invoke(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply(float sum, float operand, float factor) => default(ReluKernel.ForwardOperator).Invoke(sum);
}

/// <summary>c = sum where the operand, the output of a ReLU, is positive, else 0: a hidden layer's backward pass.</summary>
internal readonly struct RectifyGradient : IEpilogue
{
    public static bool ReadsOperand => true;

    public float Factor => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TVector>(TVector sum, TVector operand, TVector factor)
        where TVector : struct => default(ReluKernel.BackwardOperator).Invoke(operand, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply(float sum, float operand, float factor) => default(ReluKernel.BackwardOperator).Invoke(operand, sum);
}

/// <summary>c = operand − rate · sum, the operand being the weight itself: a gradient goes straight into the weights.</summary>
internal readonly struct Update(float rate) : IEpilogue
{
    public static bool ReadsOperand => true;

    public float Factor => -rate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TVector>(TVector sum, TVector operand, TVector factor)
        where TVector : struct => Simd.FusedMultiplyAdd(factor, sum, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply(float sum, float operand, float factor) => MathF.FusedMultiplyAdd(factor, sum, operand);
}

/// <summary>The same for a layer's weights: c = operand − rate · (sum + 0).</summary>
/// <remarks>Whether steps whose factor is zero have been left out depends on the machine. Such a step changes a finite sum only if that is −0, to which it may add +0. As +0 is added here anyway, it makes no difference which of them were taken.</remarks>
internal readonly struct LayerUpdate(float rate) : IEpilogue
{
    public static bool ReadsOperand => true;

    public float Factor => -rate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TVector>(TVector sum, TVector operand, TVector factor)
        where TVector : struct => Simd.FusedMultiplyAdd(factor, sum + Simd.Broadcast<TVector>(0f), operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply(float sum, float operand, float factor) => MathF.FusedMultiplyAdd(factor, sum + 0f, operand);
}
