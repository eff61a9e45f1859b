using Dyadic.Arithmetics;

namespace Dyadic.Ops;

/// <summary>Ops that move numbers and change none: they move codes in the same way.</summary>
internal static class CodeMovement
{
    /// <summary>The op on the codes of its first input; on floats where it is no tensor of codes.</summary>
    public static Tensor[] Run(Op op, IntegerCall call)
    {
        if (call.Inputs[0].FixedPoint is not { } codes) return op.Forward([.. call.Inputs], call.Mode);
        Tensor[] moved = op.Forward([codes.Codes, .. call.Inputs.Skip(1)], call.Mode);
        return Array.ConvertAll(moved, m => IntegerCall.Like(codes, m));
    }

    /// <summary>The op on the codes of all inputs at one exponent, the largest: those of lower exponents are rounded to it.</summary>
    public static Tensor[]? Aligned(Op op, IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums) return null;
        FixedPointTensor[] all = [.. Enumerable.Range(0, call.Inputs.Count).Select(i => call.Codes(i))];
        (int exponent, int bits) = (all.Max(c => c.Exponent), all.Max(c => c.Bits));
        Tensor[] moved = op.Forward([.. all.Select(c => c.At(exponent, bits, call.Draw(), call.Mode).Codes)], call.Mode);
        return [new(new FixedPointTensor(moved[0], exponent, bits))];
    }
}
