using Dyadic.Kernels;

namespace Dyadic.Arithmetics;

/// <summary>
/// Float32 on values that may be held as codes: these are turned into floats for the op alone, so that what the tape keeps stays as it is. A slope of 8-bit
/// codes is looked up instead.
/// </summary>
/// <param name="arithmetic">Whose functions these are.</param>
internal sealed class FloatBetweenMaps(IntegerArithmetic arithmetic) : Arithmetic
{
    public override string Name => arithmetic.Name;

    internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        if (op is ISlopeOp rule && rule.Run(new((IntegerArithmetic)arithmetic.Backward, inputs.ToArray(), mode)) is { } slope) return [slope];
        Tensor[] floats = new Tensor[inputs.Length];
        for (int i = 0; i < floats.Length; i++) floats[i] = inputs[i].FixedPoint is { } codes ? codes.ToTensor(in mode) : inputs[i];
        return op.Forward(floats, in mode);
    }
}
