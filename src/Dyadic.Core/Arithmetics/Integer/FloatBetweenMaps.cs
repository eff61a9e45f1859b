using Dyadic.Kernels;

namespace Dyadic.Arithmetics;

/// <summary>Float32 on values that may be held as codes: these are turned into floats for the op alone, so that what the tape keeps stays as it is.</summary>
internal sealed class FloatBetweenMaps(string name) : Arithmetic
{
    public override string Name => name;

    internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        Tensor[] floats = new Tensor[inputs.Length];
        for (int i = 0; i < floats.Length; i++) floats[i] = inputs[i].FixedPoint is { } codes ? codes.ToTensor(in mode) : inputs[i];
        return op.Forward(floats, in mode);
    }
}
