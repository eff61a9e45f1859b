namespace Dyadic.Numerics;

/// <summary>Softmax of integers in units of S: exponentials of the distance to the greatest, divided by their sum.</summary>
/// <param name="Exp">The exponential, made for S.</param>
/// <param name="Bits">B: results are in units of 2⁻ᴮ, from 0 to 2ᴮ − 1.</param>
/// <param name="Fraction">f, at most 62: the reciprocal of the sum is ⌊2ᶠ/sum⌋. A sum of σ bits leaves it f − σ + 1 bits; 32, as in the paper's code, suits exponentials of 16 bits.</param>
/// <remarks>docs/equations/integer-functions.md (6); Kim et al. 2021, algorithm 4 (i-softmax). Every result is rounded down, so k of them sum to more than 2ᴮ − k − k·2ᴮ·sum/2ᶠ, and to 2ᴮ at most.</remarks>
public readonly record struct IntegerSoftmax(IntegerExp Exp, int Bits = 8, int Fraction = 62)
{
    /// <summary>The softmax of one row.</summary>
    /// <param name="q">A row, in units of S; not empty.</param>
    /// <param name="result">As long as <paramref name="q"/>; may be the same memory.</param>
    public void Run(ReadOnlySpan<int> q, Span<int> result)
    {
        Ensure.Shape(q.Length > 0 && result.Length == q.Length, $"IntegerSoftmax: {q.Length} values and room for {result.Length} results. Pass two spans of one length, at least 1.");
        long most = long.MinValue, sum = 0;
        foreach (int value in q) most = Math.Max(most, value);
        foreach (int value in q) sum = checked(sum + Exp.Of(value - most));
        long reciprocal = (1L << Fraction) / sum;
        for (int i = 0; i < q.Length; i++) result[i] = (int)Math.Min(Exp.Of(q[i] - most) * reciprocal >> (Fraction - Bits), (1L << Bits) - 1);
    }
}
