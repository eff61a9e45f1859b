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

    /// <summary>The op on the codes of all inputs at one exponent.</summary>
    public static Tensor[]? Aligned(Op op, IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums) return null;
        FixedPointTensor[] all = AtOne(call, [.. Enumerable.Range(0, call.Inputs.Count).Select(i => call.Codes(i))]);
        Tensor moved = op.Forward([.. all.Select(c => c.Codes)], call.Mode)[0];
        return [new(new FixedPointTensor(moved, all[0].Exponent, all.Max(c => c.Bits)))];
    }

    /// <summary>All at one exponent, the largest of those that are not zero, and in the bits of the widest: codes of lower exponents are rounded to it.</summary>
    public static FixedPointTensor[] AtOne(IntegerCall call, FixedPointTensor[] all)
    {
        int bits = all.Max(c => c.Bits), exponent = all.Where(c => !c.IsZero(call.Mode)).Select(c => c.Exponent).DefaultIfEmpty(0).Max();
        return Array.ConvertAll(all, c => c.At(exponent, bits, call.Draw(), call.Mode));
    }
}
