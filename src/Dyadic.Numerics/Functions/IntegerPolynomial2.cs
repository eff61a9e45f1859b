namespace Dyadic.Numerics;

/// <summary>a·(x + b)² + c of x = S·q in integers: <c>(q + q_b)² + q_c</c> in units of <c>a·S²</c>.</summary>
/// <remarks>docs/equations/integer-functions.md (1); Kim et al. 2021 (I-BERT), algorithm 1. Evaluation has no floating-point instruction.</remarks>
public readonly record struct IntegerPolynomial2
{
    private const double Most = 1L << 62;

    /// <summary>The polynomial for arguments in units of <paramref name="scale"/>.</summary>
    /// <param name="a">a, not 0; where it is negative, so is <see cref="Scale"/>.</param>
    /// <param name="b">b.</param>
    /// <param name="c">c.</param>
    /// <param name="scale">S, positive and finite.</param>
    /// <exception cref="PrecisionException">A constant does not fit: S is too small.</exception>
    public IntegerPolynomial2(double a, double b, double c, double scale)
    {
        FunctionScale.Check(scale);
        Scale = a * scale * scale;
        double shift = Math.Floor(b / scale), offset = Math.Floor(c / Scale);
        if (Math.Abs(shift) > int.MaxValue || Math.Abs(offset) > Most) throw new PrecisionException($"A polynomial of arguments in units of {scale:g3} needs constants beyond 62 bits. Use a larger scale.");
        (Shift, Offset) = ((long)shift, (long)offset);
    }

    /// <summary>q_b = ⌊b/S⌋.</summary>
    public long Shift { get; }

    /// <summary>q_c = ⌊c/(a·S²)⌋.</summary>
    public long Offset { get; }

    /// <summary>The unit of the result, a·S².</summary>
    public double Scale { get; }

    /// <summary>(q + q_b)² + q_c, for |q + q_b| &lt; 2³¹.</summary>
    public long Of(long q)
    {
        long t = q + Shift;
        return t * t + Offset;
    }
}
