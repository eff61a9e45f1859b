using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>float32 without subnormal numbers, as products of tiles of bfloat16 compute: operands below 2⁻¹²⁶ are 0 of their sign, and so are results that round to less.</summary>
/// <remarks>Intel's definition of TDPBF16PS: FMA with DAZ = FTZ = 1, ties to even. Results are judged as x64 does, after rounding to 24 bits with exponents unbounded.</remarks>
internal static class FlushedFloat
{
    private const float LeastNormal = 1f / (1L << 62) / (1L << 62) / 4;                 // 2⁻¹²⁶
    private const double RoundsToIt = (double)LeastNormal * (1 - 1.0 / (1 << 25));      // and all above

    /// <summary>a·b + c, rounded once.</summary>
    public static float MultiplyAdd(BFloat16 a, BFloat16 b, float c)
    {
        (float x, float w, float sum) = (Operand((float)a), Operand((float)b), Operand(c));
        float y = MathF.FusedMultiplyAdd(x, w, sum);
        if (!(MathF.Abs(y) <= LeastNormal)) return y;
        double exact = (double)x * w + sum;      // of 16 bits and 24, at least 2⁻¹²⁶ or 0: near the limit nothing is lost
        return exact == 0 ? y : Math.Abs(exact) < RoundsToIt ? (float)Math.CopySign(0, exact) : MathF.CopySign(LeastNormal, y);
    }

    /// <summary>a + b. A subnormal sum is exact, so nothing is judged before it is rounded.</summary>
    public static float Add(float a, float b) => Operand(Operand(a) + Operand(b));

    private static float Operand(float value) => MathF.Abs(value) < LeastNormal ? MathF.CopySign(0, value) : value;
}
