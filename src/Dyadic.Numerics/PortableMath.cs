namespace Dyadic.Numerics;

/// <summary>Elementary functions out of correctly rounded operations only, so that they give the same bits on every machine.</summary>
internal static class PortableMath
{
    private const double Ln2 = 0.693147180559945309417232;
    private const double HalfPi = 1.57079632679489661923132;

    // 1/(2k + 1), (−1)ᵏ/(2k)! and (−1)ᵏ/(2k + 1)!, highest k first.
    private static ReadOnlySpan<double> Artanh =>
        [1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1];

    private static ReadOnlySpan<double> Cos =>
        [1 / 20922789888000.0, -1 / 87178291200.0, 1 / 479001600.0, -1 / 3628800.0, 1 / 40320.0, -1 / 720.0, 1 / 24.0, -1 / 2.0, 1];

    private static ReadOnlySpan<double> Sin =>
        [1 / 355687428096000.0, -1 / 1307674368000.0, 1 / 6227020800.0, -1 / 39916800.0, 1 / 362880.0, -1 / 5040.0, 1 / 120.0, -1 / 6.0, 1];

    /// <summary>ln x for a normal x &gt; 0, to about 1e-15 relative.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        long exponent = (bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0xF_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }
        double t = (m - 1) / (m + 1);                              // ln m = 2·artanh t, |t| ≤ 0.1716
        return exponent * Ln2 + 2 * t * Horner(Artanh, t * t);
    }

    /// <summary>cos and sin of 2π·turn·2⁻³², to about 1e-15.</summary>
    public static (double Cos, double Sin) CosSinOfTurn(uint turn)
    {
        uint nearest = (turn + (1u << 29)) >> 30 & 3;              // quarter turns, so the rest is within ±π/4
        double a = (int)(turn - (nearest << 30)) * (HalfPi / (1 << 30)), a2 = a * a;
        double cos = Horner(Cos, a2), sin = a * Horner(Sin, a2);
        return nearest switch { 0 => (cos, sin), 1 => (-sin, cos), 2 => (-cos, -sin), _ => (sin, -cos) };
    }

    private static double Horner(ReadOnlySpan<double> coefficients, double x)
    {
        double y = 0;
        foreach (double c in coefficients) y = y * x + c;
        return y;
    }
}
