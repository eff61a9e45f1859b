using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = ¬x of Bool values.</summary>
public sealed record Not : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[0].Type == DType.Bool, $"Not: x is {inputs[0]}, not bool. Compare or Cast it.");
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new NotStep();
}

/// <summary>y = a ∘ b of Bool values, with broadcasting.</summary>
public abstract record LogicOp : Op
{
    /// <summary>∘ on 0 and 1.</summary>
    protected abstract BinaryFunction Function { get; }

    /// <inheritdoc/>
    public sealed override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public sealed override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[0].Type == DType.Bool && inputs[1].Type == DType.Bool, $"{Name}: a is {inputs[0]} and b is {inputs[1]}, not bool. Cast them.");
        return [new(DType.Bool, Shape.Broadcast(inputs[0].Shape, inputs[1].Shape, Name))];
    }

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(Function);
}

/// <summary>y = a ∧ b of Bool values.</summary>
public sealed record And : LogicOp
{
    /// <inheritdoc/>
    protected override BinaryFunction Function => BinaryFunction.Minimum;
}

/// <summary>y = a ∨ b of Bool values.</summary>
public sealed record Or : LogicOp
{
    /// <inheritdoc/>
    protected override BinaryFunction Function => BinaryFunction.Maximum;
}

/// <summary>y = a ⊕ b of Bool values: exactly one of them.</summary>
public sealed record Xor : LogicOp
{
    /// <inheritdoc/>
    protected override BinaryFunction Function => BinaryFunction.Differ;
}

/// <summary>Logic of Bool tensors.</summary>
public static class LogicExtensions
{
    extension(Tensor a)
    {
        /// <summary>¬a.</summary>
        public Tensor Not() => a.Apply(new Not());

        /// <summary>a ∧ b.</summary>
        public Tensor And(Tensor b) => a.Apply(new And(), b);

        /// <summary>a ∨ b.</summary>
        public Tensor Or(Tensor b) => a.Apply(new Or(), b);

        /// <summary>a ⊕ b.</summary>
        public Tensor Xor(Tensor b) => a.Apply(new Xor(), b);
    }
}
