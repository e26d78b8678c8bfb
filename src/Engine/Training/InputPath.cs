namespace Engine.Training;

/// <summary>How layers take their inputs: whether zeros are skipped. The result does not depend on it.</summary>
/// <remarks>
/// That holds while weights are finite. If the weight of a black pixel overflows within an epoch, the dense path sees it at the
/// next step and the sparse one at the end of the epoch; either way the training has diverged and the same weights are left. The same is true of hidden layers behind a ReLU, of whose outputs and gradients
/// about half are zero: these are skipped where that is faster, whatever the inputs, but for <see cref="Dense"/>.
/// </remarks>
public enum InputPath
{
    /// <summary>Whichever is faster for the data: sparse for images of which at most half of the pixels are not zero, else dense.</summary>
    Automatic,

    /// <summary>All inputs are multiplied, those of hidden layers too.</summary>
    Dense,

    /// <summary>Zero pixels are skipped. Needs images and a network that starts with a dense layer.</summary>
    Sparse,
}
