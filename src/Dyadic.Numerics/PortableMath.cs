namespace Dyadic.Numerics;

/// <summary>Elementary functions out of correctly rounded operations only, so that they give the same bits on every machine.</summary>
internal static class PortableMath
{
    private const double Ln2 = 0.693147180559945309417232;
    private const double HalfPi = 1.57079632679489661923132;

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
        double t = (m - 1) / (m + 1), t2 = t * t, series = 0;      // ln m = 2·artanh t, |t| ≤ 0.1716
        for (int k = 21; k >= 1; k -= 2) series = series * t2 + 1.0 / k;
        return exponent * Ln2 + 2 * t * series;
    }

    /// <summary>cos and sin of 2π·turn·2⁻³², to about 1e-15.</summary>
    public static (double Cos, double Sin) CosSinOfTurn(uint turn)
    {
        uint nearest = (turn + (1u << 29)) >> 30;                  // quarter turns, so the rest is within ±π/4
        double a = (int)(turn - (nearest << 30)) * (HalfPi / (1 << 30)), a2 = a * a;
        double cos = 1, sin = 1;
        for (int k = 18; k >= 2; k -= 2)                           // Taylor series in Horner form, sin a = a·sin
        {
            cos = 1 - a2 * cos / (k * (k - 1));
            sin = 1 - a2 * sin / (k * (k + 1));
        }
        return nearest switch { 0 or 4 => (cos, a * sin), 1 => (-(a * sin), cos), 2 => (-cos, -(a * sin)), _ => (a * sin, -cos) };
    }
}
