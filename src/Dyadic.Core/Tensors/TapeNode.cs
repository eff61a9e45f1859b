namespace Dyadic;

/// <summary>One application of an op, recorded so that it can be differentiated.</summary>
/// <param name="op">The op.</param>
/// <param name="backward">In what the gradient is computed.</param>
/// <param name="inputs">The inputs.</param>
/// <param name="read">What the op computed with in the place of its inputs: mostly the inputs themselves.</param>
/// <param name="outputs">The outputs.</param>
internal sealed class TapeNode(Op op, IGradientScope backward, Tensor[] inputs, Tensor[] read, Tensor[] outputs)
{
    public Op Op => op;

    public IGradientScope Backward => backward;

    public Tensor[] Inputs { get; private set; } = inputs;

    public Tensor[] Read { get; private set; } = read;

    public Tensor[] Outputs { get; private set; } = outputs;

    public bool IsReleased { get; private set; }

    /// <summary>Lets go of the saved tensors; the node cannot be differentiated any more.</summary>
    public void Release()
    {
        Inputs = Read = [];
        Outputs = [];
        IsReleased = true;
    }
}

/// <summary>What a gradient is computed in: an arithmetic.</summary>
internal interface IGradientScope
{
    /// <summary>Ops of this thread are computed in it until the result is disposed.</summary>
    IDisposable Enter();
}
