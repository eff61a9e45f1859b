using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = (a ∘ b) as Bool, element by element with broadcasting; a comparison with NaN is false.</summary>
public abstract record ComparisonOp : BinaryOp
{
    /// <inheritdoc/>
    public sealed override bool IsDifferentiable => false;

    /// <summary>The relation ∘.</summary>
    protected abstract Comparison Comparison { get; }

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs) => new CompareStep(Comparison);

    /// <inheritdoc/>
    protected sealed override DType ResultType(DType input) => DType.Bool;

    /// <inheritdoc/>
    protected sealed override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) => (null, null);
}

/// <summary>y = (a = b).</summary>
public sealed record Equal : ComparisonOp, IStringOp
{
    /// <inheritdoc/>
    protected override Comparison Comparison => Comparison.Equal;
}

/// <summary>y = (a &lt; b).</summary>
public sealed record Less : ComparisonOp
{
    /// <inheritdoc/>
    protected override Comparison Comparison => Comparison.Less;
}

/// <summary>y = (a ≤ b).</summary>
public sealed record LessOrEqual : ComparisonOp
{
    /// <inheritdoc/>
    protected override Comparison Comparison => Comparison.LessOrEqual;
}

/// <summary>y = (a &gt; b).</summary>
public sealed record Greater : ComparisonOp
{
    /// <inheritdoc/>
    protected override Comparison Comparison => Comparison.Greater;
}

/// <summary>y = (a ≥ b).</summary>
public sealed record GreaterOrEqual : ComparisonOp
{
    /// <inheritdoc/>
    protected override Comparison Comparison => Comparison.GreaterOrEqual;
}

/// <summary>Comparisons of tensors.</summary>
public static class ComparisonExtensions
{
    extension(Tensor a)
    {
        /// <summary>a = b, element by element.</summary>
        public Tensor Equal(Tensor b) => a.Apply(new Equal(), b);

        /// <summary>a &lt; b, element by element.</summary>
        public Tensor Less(Tensor b) => a.Apply(new Less(), b);

        /// <summary>a ≤ b, element by element.</summary>
        public Tensor LessOrEqual(Tensor b) => a.Apply(new LessOrEqual(), b);

        /// <summary>a &gt; b, element by element.</summary>
        public Tensor Greater(Tensor b) => a.Apply(new Greater(), b);

        /// <summary>a ≥ b, element by element.</summary>
        public Tensor GreaterOrEqual(Tensor b) => a.Apply(new GreaterOrEqual(), b);
    }
}
