using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class BlockMapTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(6).Split("blocks"));

    // Blocks of sizes 2⁴⁰ apart, one of zeros and a short last one, each as if it were a tensor whose elements keep their numbers.
    [Fact]
    public void Each_block_is_mapped_with_its_own_exponent()
    {
        const int n = 64 * 300 + 17;
        float[] v = new float[n], back = new float[n];
        new Rng(7).FillNormal(v);
        for (int i = 0; i < n; i++) v[i] = i / 64 == 5 ? 0 : MathF.ScaleB(v[i], i / 64 % 81 - 40);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            short[] q = new short[n], e = new short[BlockMap.Blocks(n)];
            BlockMap.Quantize(v, q, e, 12, false, "m", Rounding.Stochastic, Draw, mode);
            BlockMap.Dequantize(q, e, back, mode);
            for (int i = 0; i < n; i++)
            {
                float largest = v.Skip(i / 64 * 64).Take(64).Max(MathF.Abs);
                if (i % 64 == 0) Assert.Equal(FixedPointCode.Exponent(largest, 12), e[i / 64]);
                Assert.Equal(FixedPointCode.Quantize(v[i], 12, e[i / 64], Rounding.Stochastic, Draw.At(i)), q[i]);
                Assert.Equal(FixedPointCode.Dequantize(q[i], e[i / 64]), back[i]);
            }
        }
    }

    [Fact]
    public void A_root_that_is_not_zero_has_no_code_zero()
    {
        float[] v = [1, 1e-9f, 0, 2e-20f, 1e-40f];
        short[] q = new short[5], e = new short[1];
        BlockMap.Quantize(v, q, e, 16, true, "v", Rounding.Stochastic, Draw, ExecutionMode.Default);
        Assert.Equal([16_384, 1, 0, 1, 0], q);
        BlockMap.Quantize(v, q, e, 16, false, "v", Rounding.HalfEven, Draw, ExecutionMode.Default);
        Assert.Equal([16_384, 0, 0, 0, 0], q);
        v[3] = float.NaN;
        Assert.StartsWith("FixedPointMap: element 3 of v is NaN", Assert.Throws<PrecisionException>(() => BlockMap.Quantize(v, q, e, 16, true, "v", Rounding.Stochastic, Draw, ExecutionMode.Default)).Message);
    }
}
