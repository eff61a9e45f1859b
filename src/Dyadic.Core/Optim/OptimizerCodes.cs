using Dyadic.Arithmetics;

namespace Dyadic.Optim;

/// <summary>Parameters, state and gradients as int16 codes of the optimiser's bits, in memory of their own.</summary>
internal sealed class OptimizerCodes(IntegerArithmetic arithmetic)
{
    /// <summary>Bits of a code.</summary>
    public int Bits => arithmetic.Format.OptimizerBits!.Value;

    /// <summary>Row-major codes and their exponent: those x is held as, if they are no wider, else rounded. Numbers of so few bits map to themselves.</summary>
    public (Tensor Codes, int Exponent) Of(Tensor x)
    {
        RoundingDraw? draw = arithmetic.Draw();      // whether it is used or not: state that a checkpoint brought back is held as floats
        if (x.FixedPoint is { } held && held.Bits <= Bits) return (Shorts(held.Codes.ToContiguous()), held.Exponent);
        FixedPointTensor codes = x.FixedPoint is { } wider
            ? wider.Rounded(Bits, draw, headroom: 0, Door.Mode)
            : FixedPointTensor.Map(x, Bits, draw, headroom: 0, Door.Mode);
        return (Shorts(codes.Codes.ToContiguous()), codes.Exponent);
    }

    private static Tensor Shorts(Tensor codes)
    {
        Tensor wide = Tensor.Empty(codes.Shape, DType.Int16);
        if (codes.Type == DType.Int8) System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<sbyte, short>(codes.Span<sbyte>(), wide.Span<short>());
        else codes.Span<short>().CopyTo(wide.Span<short>());
        GC.KeepAlive(codes);
        return wide;
    }
}
