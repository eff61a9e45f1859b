using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>r ← (1 − μ)·r + μ·s: the running mean and variance of batch-norm as codes with one exponent.</summary>
/// <remarks>
/// Ghaffari et al. 2022, §3 and appendix; docs/equations/fixed-point.md (26). μ is k·2⁻¹⁵ and 1 − μ is (2¹⁵ − k)·2⁻¹⁵, so that a constant is kept. Stochastic rounding keeps
/// changes below a step in expectation. No floating-point arithmetic.
/// </remarks>
public static class RunningStatistic
{
    /// <summary>One update.</summary>
    /// <param name="running">r, updated.</param>
    /// <param name="exponent">Its exponent, updated.</param>
    /// <param name="batch">s, from <see cref="NormRule.Means"/> or <see cref="NormRule.Variances"/>.</param>
    /// <param name="batchExponent">Its exponent.</param>
    /// <param name="momentum">μ, from 0 to 1.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="rounding">Stochastic; to the nearest, small changes are lost.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Update(
        Span<short> running, ref int exponent, ReadOnlySpan<long> batch, int batchExponent, DyadicScale momentum, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Ensure.Shape(running.Length == batch.Length, $"RunningStatistic: {running.Length} running values, {batch.Length} of the batch. Pass spans of one length.");
        long k = momentum.Shift >= FixedPointSum.ScaleBits
            ? Round.HalfToEven((long)momentum.Multiplier, momentum.Shift - FixedPointSum.ScaleBits)
            : (long)momentum.Multiplier << (FixedPointSum.ScaleBits - momentum.Shift);
        Ensure.Argument(k is >= 0 and <= 1 << FixedPointSum.ScaleBits, $"RunningStatistic: the momentum {momentum} is outside of 0 to 1.");
        using ScratchBuffer<short> codes = Scratch.Rent<short>(batch.Length);
        int to = FixedPointCode.Exponent(FixedPointMap.Largest(batch, mode), batchExponent, bits);
        FixedPointMap.Requantize(batch, batchExponent, codes.Span, bits, to, rounding, draw.Split(1), mode);
        if (k == 1 << FixedPointSum.ScaleBits)
        {
            codes.Span.CopyTo(running);
            exponent = to;
            return;
        }
        DyadicScale keep = new((1 << FixedPointSum.ScaleBits) - (int)k, FixedPointSum.ScaleBits), take = new((int)k, FixedPointSum.ScaleBits);
        if (k == 0) return;
        exponent = FixedPointSum.Weighted(running, exponent, keep, 1, codes.Span, to, take, 1, running, bits, rounding, draw.Split(2), mode);      // (26)
    }
}
