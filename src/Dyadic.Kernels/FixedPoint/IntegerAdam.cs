using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>m ← β₁m + (1 − β₁)g; r ← √(β₂r² + (1 − β₂)g²); w ← w − η·m/(r + ε) on codes: Adam with b-bit state in blocks of 64 with an exponent each.</summary>
/// <remarks>
/// Kingma and Ba 2015, algorithm 1, and for decay beside the gradient Loshchilov and Hutter 2019; docs/equations/fixed-point.md (27), (31)–(34). The state is m and r = √v, whose range in
/// powers of two is half that of v: 2 × 2 bytes and 2/64 exponents an element. Equal to <see cref="Reference.IntegerAdam"/> bit for bit. No floating-point arithmetic.
/// </remarks>
public static unsafe class IntegerAdam
{
    /// <summary>Bits of fraction of m/(r + ε), which is cut at ±2⁷.</summary>
    public const int StepFraction = 24;

    private const int Block = BlockMap.Block;

    /// <summary>One step.</summary>
    /// <param name="w">Weights, updated.</param>
    /// <param name="weightExponent">Their exponent, updated.</param>
    /// <param name="m">Codes of the mean of gradients, updated.</param>
    /// <param name="mExponents">An exponent for each block, updated.</param>
    /// <param name="r">Codes of the root of the mean of squared gradients, not negative; updated.</param>
    /// <param name="rExponents">An exponent for each block, updated.</param>
    /// <param name="g">Gradient.</param>
    /// <param name="gradientExponent">Its exponent.</param>
    /// <param name="scales">Rates of this step.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="rounding">Stochastic; to the nearest loses changes below half a step: r, whose changes are of a 2000th, hardly falls.</param>
    /// <param name="draw">The bits of stochastic rounding, one stream for each step of each parameter.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Step(
        Span<short> w, ref int weightExponent, Span<short> m, Span<short> mExponents, Span<short> r, Span<short> rExponents, ReadOnlySpan<short> g, int gradientExponent,
        in AdamScales scales, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Ensure.Shape(w.Length == g.Length, $"IntegerAdam: {w.Length} weights, {g.Length} of gradient. Pass spans of one length.");
        bool decays = scales.Decay.Multiplier != 0;
        using ScratchBuffer<short> sum = Scratch.Rent<short>(g.Length);
        using ScratchBuffer<int> step = Scratch.Rent<int>(g.Length);
        if (decays && !scales.Decouples)
        {
            gradientExponent = FixedPointSum.Weighted(g, gradientExponent, new(1, 0), 1, w, weightExponent, scales.Decay, 1, sum.Span, bits, rounding, draw.Split(1), mode);
            g = sum.Span;
        }
        Moments(m, mExponents, r, rExponents, g, gradientExponent, in scales, step.Span, bits, rounding, draw, mode);
        int exponent = FixedPointCode.Exponent(FixedPointMap.Largest((ReadOnlySpan<int>)step.Span, mode), -StepFraction, bits);
        FixedPointMap.Requantize(step.Span, -StepFraction, sum.Span, bits, exponent, rounding, draw.Split(4), mode);
        if (decays && scales.Decouples)
            exponent = FixedPointSum.Weighted(sum.Span, exponent, new(1, 0), 1, w, weightExponent, scales.Decay, 1, sum.Span, bits, rounding, draw.Split(5), mode);
        weightExponent = FixedPointSum.Weighted(w, weightExponent, new(1, 0), 1, sum.Span, exponent, scales.Rate, -1, w, bits, rounding, draw.Split(6), mode);
    }

    /// <summary>Updates m and r, and gives m/(r + ε) in units of 2⁻²⁴.</summary>
    /// <param name="m">Codes of the mean of gradients, updated.</param>
    /// <param name="mExponents">An exponent for each block, updated.</param>
    /// <param name="r">Codes of the root of the mean of squared gradients, updated.</param>
    /// <param name="rExponents">An exponent for each block, updated.</param>
    /// <param name="g">Gradient.</param>
    /// <param name="gradientExponent">Its exponent.</param>
    /// <param name="scales">Rates of this step.</param>
    /// <param name="step">Receives the steps.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">Splits 2 and 3 round m and r.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Moments(
        Span<short> m, Span<short> mExponents, Span<short> r, Span<short> rExponents, ReadOnlySpan<short> g, int gradientExponent,
        in AdamScales scales, Span<int> step, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        int blocks = BlockMap.Blocks(g.Length);
        Ensure.Shape(
            m.Length == g.Length && r.Length == g.Length && step.Length == g.Length && mExponents.Length == blocks && rExponents.Length == blocks,
            $"IntegerAdam: {g.Length} gradients, {m.Length} and {r.Length} codes of state with {mExponents.Length} and {rExponents.Length} exponents; {blocks} blocks are needed.");
        Codes.Check<short>(nameof(IntegerAdam), bits);
        fixed (short* pm = m, pme = mExponents, pr = r, pre = rExponents, pg = g)
        fixed (int* ps = step)
        {
            Body body = new(pm, pme, pr, pre, pg, gradientExponent, scales, ps, g.Length, bits, rounding, draw.Split(2), draw.Split(3), mode.Width);
            WorkerPool.For(blocks, mode, ref body, 16);
        }
    }

    private readonly struct Body(
        short* m, short* mExponents, short* r, short* rExponents, short* g, int gradientExponent, AdamScales scales, int* step, int count, int bits,
        Rounding rounding, RoundingDraw drawM, RoundingDraw drawR, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            long* values = stackalloc long[Block];
            for (int block = start; block < end; block++)
            {
                int first = block * Block, size = Math.Min(Block, count - first);
                ReadOnlySpan<short> slopes = new(g + first, size);
                bool none = slopes.IndexOfAnyExcept((short)0) < 0;
                int own = mExponents[block], ge = none ? own : gradientExponent;                                         // zeros take the exponent of the others
                if (new ReadOnlySpan<short>(m + first, size).IndexOfAnyExcept((short)0) < 0) own = ge;
                mExponents[block] = Code(m + first, first, size, values, AdamRule.Means(m + first, own, g + first, ge, size, scales.Keep1, values), drawM);
                (own, ge) = (rExponents[block], none ? rExponents[block] : gradientExponent);
                if (new ReadOnlySpan<short>(r + first, size).IndexOfAnyExcept((short)0) < 0) own = ge;
                rExponents[block] = Code(r + first, first, size, values, AdamRule.Roots(r + first, own, g + first, ge, size, scales.Keep2, values), drawR);
                for (int i = 0; i < size; i++)
                    if (r[first + i] == 0 && values[i] != 0) r[first + i] = 1;
                AdamRule.Steps(m + first, mExponents[block], r + first, rExponents[block], size, scales.Epsilon, scales.EpsilonExponent, step + first);
            }
        }

        // The values as codes of the block, at the exponent that is returned.
        private short Code(short* q, int first, int size, long* values, int from, RoundingDraw draw)
        {
            ulong largest = 0;
            for (int i = 0; i < size; i++) largest = Math.Max(largest, (ulong)Math.Abs(values[i]));
            int exponent = FixedPointCode.Exponent(largest, from, bits);
            RoundingLoop.Run(new LongSource(values, new(exponent - from, bits), rounding), new Span<short>(q, size), bits, rounding, draw, new ExecutionMode(width, 1), offset: first);
            return (short)exponent;
        }
    }
}
