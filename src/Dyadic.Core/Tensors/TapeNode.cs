using Dyadic.Arithmetics;

namespace Dyadic;

/// <summary>One application of an op, recorded so that it can be differentiated.</summary>
internal sealed class TapeNode(Op op, Arithmetic arithmetic, Tensor[] inputs, Tensor[] outputs)
{
    public Op Op => op;

    /// <summary>The arithmetic in which the op ran: its gradient is computed in <see cref="Arithmetic.Backward"/> of it.</summary>
    public Arithmetic Arithmetic => arithmetic;

    public Tensor[] Inputs { get; private set; } = inputs;

    public Tensor[] Outputs { get; private set; } = outputs;

    public bool IsReleased { get; private set; }

    /// <summary>Lets go of the saved tensors; the node cannot be differentiated any more.</summary>
    public void Release()
    {
        Inputs = [];
        Outputs = [];
        IsReleased = true;
    }
}
