using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = sin x.</summary>
public sealed record Sin : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Sin);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * x.Cos();
}

/// <summary>y = cos x.</summary>
public sealed record Cos : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Cos);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => -dy * x.Sin();
}

/// <summary>y = tan x.</summary>
public sealed record Tan : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Tan);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * (1 + y * y);
}

/// <summary>y = arcsin x; NaN outside [−1, 1].</summary>
public sealed record Asin : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Asin);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy / (1 - x * x).Sqrt();
}

/// <summary>y = arccos x; NaN outside [−1, 1].</summary>
public sealed record Acos : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Acos);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => -dy / (1 - x * x).Sqrt();
}

/// <summary>y = arctan x.</summary>
public sealed record Atan : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Atan);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy / (1 + x * x);
}

/// <summary>y = sinh x.</summary>
public sealed record Sinh : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Sinh);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * x.Cosh();
}

/// <summary>y = cosh x.</summary>
public sealed record Cosh : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Cosh);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * x.Sinh();
}

/// <summary>y = arsinh x.</summary>
public sealed record Asinh : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Asinh);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy / (x * x + 1).Sqrt();
}

/// <summary>y = arcosh x; NaN below 1.</summary>
public sealed record Acosh : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Acosh);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy / ((x - 1).Sqrt() * (x + 1).Sqrt());
}

/// <summary>y = artanh x; NaN outside [−1, 1].</summary>
public sealed record Atanh : UnaryOp, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Atanh);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy / (1 - x * x);
}

/// <summary>Trigonometric and hyperbolic functions; angles in radians.</summary>
public static class TrigonometryExtensions
{
    extension(Tensor x)
    {
        /// <summary>sin x, element by element.</summary>
        public Tensor Sin() => x.Apply(new Sin());

        /// <summary>cos x, element by element.</summary>
        public Tensor Cos() => x.Apply(new Cos());

        /// <summary>tan x, element by element.</summary>
        public Tensor Tan() => x.Apply(new Tan());

        /// <summary>arcsin x, element by element.</summary>
        public Tensor Asin() => x.Apply(new Asin());

        /// <summary>arccos x, element by element.</summary>
        public Tensor Acos() => x.Apply(new Acos());

        /// <summary>arctan x, element by element.</summary>
        public Tensor Atan() => x.Apply(new Atan());

        /// <summary>sinh x, element by element.</summary>
        public Tensor Sinh() => x.Apply(new Sinh());

        /// <summary>cosh x, element by element.</summary>
        public Tensor Cosh() => x.Apply(new Cosh());

        /// <summary>arsinh x, element by element.</summary>
        public Tensor Asinh() => x.Apply(new Asinh());

        /// <summary>arcosh x, element by element.</summary>
        public Tensor Acosh() => x.Apply(new Acosh());

        /// <summary>artanh x, element by element.</summary>
        public Tensor Atanh() => x.Apply(new Atanh());
    }
}
