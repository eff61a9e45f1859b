using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>Softmax and layer normalisation of rows of codes, and sums of lines: the definitions.</summary>
/// <remarks>docs/equations/integer-functions.md (11) and (12), docs/equations/integer-steps.md (18).</remarks>
public static class CodeRows
{
    /// <summary>y = clamp(⌊softmax(x)/S_y⌉ + z_y, lo, hi) of one row.</summary>
    /// <param name="x">Codes, their zero point does not matter; where there is a mask its terms have been added.</param>
    /// <param name="y">As long as <paramref name="x"/>; may be the same memory.</param>
    /// <param name="codes">The function.</param>
    /// <param name="to">Format of y.</param>
    public static void Softmax(ReadOnlySpan<int> x, Span<int> y, in SoftmaxCodes codes, IntFormat to)
    {
        int most = int.MinValue;
        foreach (int q in x) most = Math.Max(most, q);
        long sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = codes.Exponential(most - x[i]);
            sum += y[i];
        }
        (int reciprocal, int shift) = codes.Normal(sum);
        for (int i = 0; i < y.Length; i++) y[i] = Math.Clamp(DyadicScale.RoundSum((long)y[i] * reciprocal, shift) + to.Zero, to.Lo, to.Hi);      // (11)
    }

    /// <summary>y = clamp(⌊(γ·(x − mean)/√(var + ε) + β)/S_y⌉ + z_y, lo, hi) of one row.</summary>
    /// <param name="x">C codes, their zero point does not matter.</param>
    /// <param name="y">As long as <paramref name="x"/>; may be the same memory.</param>
    /// <param name="codes">The function.</param>
    /// <param name="to">Format of y.</param>
    public static void LayerNorm(ReadOnlySpan<int> x, Span<int> y, LayerNormCodes codes, IntFormat to)
    {
        long sum = 0, squares = 0;
        foreach (int q in x) sum += (long)q << codes.Extra;
        int mean = LayerNormCodes.Mean(sum, x.Length);
        for (int c = 0; c < x.Length; c++)
        {
            y[c] = (x[c] << codes.Extra) - mean;
            squares += (long)y[c] * y[c];
        }
        (int reciprocal, int shift) = codes.Normal(squares);
        for (int c = 0; c < y.Length; c++)
            y[c] = (int)Math.Clamp((long)codes.Affine((int)((long)y[c] * reciprocal >> shift), c) + to.Zero, to.Lo, to.Hi);                      // (12)
    }
}
