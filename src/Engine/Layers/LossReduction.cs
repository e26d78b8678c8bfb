namespace Engine.Layers;

/// <summary>How the losses of a minibatch's samples become one number.</summary>
public enum LossReduction
{
    /// <summary>Their mean: the gradient does not grow with the minibatch.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,
}
