namespace Dyadic.Numerics;

/// <summary>(x − mean)/deviation of a row of integers, without gain and offset; the unit of x does not matter.</summary>
/// <param name="Dropped">s: bits of a difference that are dropped before it is squared, so that the sum of squares stays below 2⁶³.</param>
/// <param name="Fraction">f, 31 to 60: the reciprocal of the deviation is ⌊2ᶠ/deviation⌋; 31 in the paper's code, which leaves 22-bit rows 7 bits.</param>
/// <remarks>
/// docs/equations/integer-functions.md (10); Kim et al. 2021, §3.6 and their code. The root of the sum of squares is an integer, rounded down: its relative
/// error is below its reciprocal, so rows should be wide (22 bits in the paper). A constant row gives zeros.
/// </remarks>
public readonly record struct IntegerLayerNorm(int Dropped = 0, int Fraction = 60)
{
    private const int ResultBits = 30;

    /// <summary>The unit of results for rows of <paramref name="channels"/> values, √C·2⁻³⁰.</summary>
    public static double Scale(int channels) => Math.Sqrt(channels) * Math.ScaleB(1, -ResultBits);

    /// <summary>The row, normalised, in units of <see cref="Scale"/>; results saturate to int32.</summary>
    /// <param name="q">A row of at least one value.</param>
    /// <param name="result">As long as <paramref name="q"/>; may be the same memory.</param>
    /// <exception cref="OverflowException">The sum of squares reaches 2⁶³: more bits must be dropped.</exception>
    public void Run(ReadOnlySpan<int> q, Span<int> result)
    {
        Ensure.Shape(q.Length > 0 && result.Length == q.Length, $"IntegerLayerNorm: {q.Length} values and room for {result.Length} results. Pass two spans of one length, at least 1.");
        long sum = 0, squares = 0;
        foreach (int value in q) sum += value;
        long mean = Mean(sum, q.Length);
        foreach (int value in q)
        {
            long y = (value - mean) >> Dropped;
            squares = checked(squares + (y * y));
        }
        long deviation = Math.Max(1, IntegerMath.Isqrt(squares) << Dropped), reciprocal = (1L << Fraction) / deviation;
        for (int i = 0; i < q.Length; i++) result[i] = int.CreateSaturating((q[i] - mean) * reciprocal >> (Fraction - ResultBits));
    }

    // ⌊sum/C + ½⌋.
    private static long Mean(long sum, int count)
    {
        long twice = (2 * sum) + count, by = 2L * count;
        return (twice / by) - (twice % by < 0 ? 1 : 0);
    }
}
