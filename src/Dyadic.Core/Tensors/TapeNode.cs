using Dyadic.Arithmetics;

namespace Dyadic;

/// <summary>One application of an op, recorded so that it can be differentiated.</summary>
internal sealed class TapeNode(Op op, in Applied applied, Tensor[] inputs)
{
    public Op Op => op;

    /// <summary>The arithmetic in which the gradient is computed.</summary>
    public Arithmetic Backward { get; } = applied.Backward;

    public Tensor[] Inputs { get; private set; } = inputs;

    /// <summary>What the op computed with in the place of its inputs: mostly the inputs themselves.</summary>
    public Tensor[] Read { get; private set; } = applied.Read ?? inputs;

    public Tensor[] Outputs { get; private set; } = applied.Outputs;

    public bool IsReleased { get; private set; }

    /// <summary>Lets go of the saved tensors; the node cannot be differentiated any more.</summary>
    public void Release()
    {
        Inputs = Read = [];
        Outputs = [];
        IsReleased = true;
    }
}
