using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = x. A view.</summary>
public sealed record Identity : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [inputs[0]];

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new CastStep();

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in Kernels.ExecutionMode mode) => [inputs[0].Detach()];

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy];

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>The identity.</summary>
public static class IdentityExtensions
{
    extension(Tensor x)
    {
        /// <summary>x, as a value of its own on the tape and in graphs.</summary>
        public Tensor Identity() => x.Apply(new Identity());
    }
}
