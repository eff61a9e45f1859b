using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Nn;

/// <summary>r ← (1 − μ)·r + μ·s in integers: running statistics whose floats are numbers of 16 bits with one exponent, so that they are codes whoever holds them.</summary>
/// <remarks>docs/equations/fixed-point.md (26).</remarks>
internal static class RunningCodes
{
    private const int Bits = 16;

    /// <summary>Takes in the statistics of a batch.</summary>
    /// <param name="running">r, written as floats.</param>
    /// <param name="batch">s, int64.</param>
    /// <param name="n">Above 1 for n/(n − 1) times s.</param>
    /// <param name="momentum">μ.</param>
    /// <param name="arithmetic">Of the rounding.</param>
    public static void Blend(Tensor running, FixedPointTensor batch, int n, float momentum, IntegerArithmetic arithmetic)
    {
        FixedPointTensor codes = FixedPointTensor.Map(running, Bits, arithmetic.Draw(), headroom: 0, Door.Mode);      // 16-bit numbers map to themselves
        long[] statistics = batch.Codes.ToArray<long>();
        for (int i = 0; n > 1 && i < statistics.Length; i++) statistics[i] = (long)(((Int128)statistics[i] * n + (n - 1) / 2) / (n - 1));
        (Rounding rounding, RoundingDraw draw) = arithmetic.NextRounding();
        int exponent = codes.Exponent;
        Span<short> r = codes.Codes.Span<short>();
        RunningStatistic.Update(
            r, ref exponent, statistics, batch.Exponent, DyadicScale.Nearest(momentum), Bits, rounding, draw, Door.Mode);
        FixedPointMap.Dequantize(r, exponent, running.Span<float>(), Door.Mode);
        GC.KeepAlive(codes);
    }
}
