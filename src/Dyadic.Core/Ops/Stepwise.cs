using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = f(x), constant between jumps: no gradient passes.</summary>
public abstract record StepwiseOp : UnaryOp
{
    /// <inheritdoc/>
    public sealed override bool IsDifferentiable => false;

    /// <summary>f.</summary>
    protected abstract UnaryFunction Function { get; }

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(Function);

    /// <inheritdoc/>
    protected sealed override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => throw new NotSupportedException($"{Name} has no gradient.");
}

/// <summary>y = −1, 0 or 1 like the sign of x; NaN stays.</summary>
public sealed partial record Sign : StepwiseOp
{
    /// <inheritdoc/>
    protected override UnaryFunction Function => UnaryFunction.Sign;
}

/// <summary>y = ⌊x⌋.</summary>
public sealed record Floor : StepwiseOp
{
    /// <inheritdoc/>
    protected override UnaryFunction Function => UnaryFunction.Floor;
}

/// <summary>y = ⌈x⌉.</summary>
public sealed record Ceil : StepwiseOp
{
    /// <inheritdoc/>
    protected override UnaryFunction Function => UnaryFunction.Ceil;
}

/// <summary>y = the nearest integer to x, ties to even.</summary>
public sealed record RoundEven : StepwiseOp
{
    /// <inheritdoc/>
    protected override UnaryFunction Function => UnaryFunction.Round;
}

/// <summary>Signs and roundings.</summary>
public static class StepwiseExtensions
{
    extension(Tensor x)
    {
        /// <summary>−1, 0 or 1 like the sign of x; NaN stays, element by element.</summary>
        public Tensor Sign() => x.Apply(new Sign());

        /// <summary>⌊x⌋, element by element.</summary>
        public Tensor Floor() => x.Apply(new Floor());

        /// <summary>⌈x⌉, element by element.</summary>
        public Tensor Ceil() => x.Apply(new Ceil());

        /// <summary>The nearest integer to x, ties to even, element by element.</summary>
        public Tensor Round() => x.Apply(new RoundEven());
    }
}
