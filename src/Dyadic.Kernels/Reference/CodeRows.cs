using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>Softmax and layer normalisation of rows of codes: the definitions.</summary>
/// <remarks>docs/equations/integer-functions.md (11) and (12).</remarks>
public static class CodeRows
{
    /// <summary>y = clamp(⌊softmax(x)/S_y⌉ + z_y, lo, hi) of one row.</summary>
    /// <param name="x">Codes less their zero point; where there is a mask it has been applied.</param>
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
        for (int i = 0; i < y.Length; i++) y[i] = SoftmaxCode(y[i], reciprocal, shift, to);
    }

    /// <summary>y = clamp(⌊(γ·(x − mean)/√(var + ε) + β)/S_y⌉ + z_y, lo, hi) of one row.</summary>
    /// <param name="x">C codes less their zero point, which does not matter.</param>
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
        for (int c = 0; c < y.Length; c++) y[c] = LayerNormCode(y[c], c, reciprocal, shift, codes, to);
    }

    /// <summary>The code of an exponential, given the reciprocal of their sum.</summary>
    internal static int SoftmaxCode(int e, int reciprocal, int shift, IntFormat to) => Math.Clamp(DyadicScale.RoundSum((long)e * reciprocal, shift) + to.Zero, to.Lo, to.Hi);      // (11)

    /// <summary>The code of a difference from the mean, given the reciprocal of the deviation.</summary>
    internal static int LayerNormCode(int y, int channel, int reciprocal, int shift, LayerNormCodes codes, IntFormat to) =>
        (int)Math.Clamp((long)codes.Affine((int)((long)y * reciprocal >> shift), channel) + to.Zero, to.Lo, to.Hi);                      // (12)
}
