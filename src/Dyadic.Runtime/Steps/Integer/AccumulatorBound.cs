using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>The proof that a contraction's 32-bit accumulator cannot overflow: Σₖ|w_k|·max|x − z_x| + |bias| &lt; 2³¹ for each output channel.</summary>
internal static class AccumulatorBound
{
    /// <summary>Returns the worst |acc| over the channels.</summary>
    /// <param name="kernel">The step's kernel, for the message.</param>
    /// <param name="sums">Of the weights of each channel.</param>
    /// <param name="inner">K, for the message.</param>
    /// <param name="bias">[M].</param>
    /// <param name="from">The input's format; its range bounds |x − z_x|.</param>
    /// <exception cref="PlanException">A channel can reach 2³¹. Every partial sum is bounded by the same number, so order does not matter.</exception>
    public static long Prove(string kernel, ReadOnlySpan<WeightSums> sums, int inner, ReadOnlySpan<int> bias, IntFormat from)
    {
        long worst = 0;
        for (int m = 0; m < bias.Length; m++) worst = Math.Max(worst, sums[m].Magnitude * from.Reach + Math.Abs((long)bias[m]));            // (4)
        if (worst < 1L << 31) return worst;
        throw new PlanException($"plan: step {kernel}: |acc| can reach {worst} ≥ 2³¹ for K = {inner}. Quantise to fewer bits or split K.");
    }
}
