using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = a mod b with broadcasting: a − b·⌊a/b⌋ of integers, or a − b·trunc(a/b), the remainder of C's fmod.</summary>
/// <param name="Truncated">The remainder has the sign of a, not of b; floats have only this one.</param>
public sealed record Mod(bool Truncated) : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(Truncated ? BinaryFunction.Remainder : BinaryFunction.Modulo);

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(Truncated || inputs[0].Type.IsInteger(), $"Mod: a is {inputs[0]}; only integers have a remainder with the sign of b. Ask for the truncated one.");
        return base.Infer(inputs);
    }

    // The quotient is constant between jumps.
    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        (dy, needsB ? -dy * ((a - y) / b).Round() : null);
}

/// <summary>y = a·2ᵇ or ⌊a·2⁻ᵇ⌋ of unsigned integers, with broadcasting; bits that leave the type are lost.</summary>
/// <param name="Left">a·2ᵇ.</param>
public sealed record BitShift(bool Left) : BinaryOp
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(Left ? BinaryFunction.ShiftLeft : BinaryFunction.ShiftRight);

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[0].Type is DType.UInt8 or DType.UInt16 or DType.UInt32 or DType.UInt64, $"BitShift: a is {inputs[0]}, not unsigned. Cast it.");
        return base.Infer(inputs);
    }

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) => (null, null);
}

/// <summary>Remainders and shifts.</summary>
public static class ModExtensions
{
    extension(Tensor a)
    {
        /// <inheritdoc cref="Ops.Mod"/>
        public Tensor Mod(Tensor b, bool truncated = false) => a.Apply(new Mod(truncated), b);

        /// <inheritdoc cref="Ops.BitShift"/>
        public Tensor BitShift(Tensor b, bool left) => a.Apply(new BitShift(left), b);
    }
}
