namespace Dyadic.Numerics;

/// <summary>An 8-bit float: sign, e exponent and m mantissa bits; the values are ±1.f·2^(E − bias), and ±0.f·2^(1 − bias) where E = 0.</summary>
/// <remarks>
/// The four of ONNX, opset 19. Micikevicius et al. 2022, "FP8 formats for deep learning", table 1: E4M3FN and E5M2. Noune et al. 2022, "8-bit numerical formats for
/// deep neural networks", §2: FNUZ, with one zero, one NaN and no infinities.
/// </remarks>
public sealed class Float8Format
{
    private const uint SignBit = 0x80, Magnitude = 0x7F;

    private readonly int _mantissa, _bias;
    private readonly uint _top;                      // the code of the largest finite value
    private readonly bool _hasInfinity, _oneZero;

    private Float8Format(int mantissa, int bias, uint top, bool hasInfinity = false, bool oneZero = false) =>
        (_mantissa, _bias, _top, _hasInfinity, _oneZero) = (mantissa, bias, top, hasInfinity, oneZero);

    /// <summary>e = 4, m = 3, bias 7, up to 448; no infinities, two NaNs.</summary>
    public static Float8Format E4M3FN { get; } = new(3, 7, 0x7E);

    /// <summary>e = 4, m = 3, bias 8, up to 240; no infinities, one NaN (0x80), no −0.</summary>
    public static Float8Format E4M3FNUZ { get; } = new(3, 8, 0x7F, oneZero: true);

    /// <summary>e = 5, m = 2, bias 15, up to 57344; with infinities.</summary>
    public static Float8Format E5M2 { get; } = new(2, 15, 0x7B, hasInfinity: true);

    /// <summary>e = 5, m = 2, bias 16, up to 57344; no infinities, one NaN (0x80), no −0.</summary>
    public static Float8Format E5M2FNUZ { get; } = new(2, 16, 0x7F, oneZero: true);

    /// <summary>The largest finite value.</summary>
    public float MaxValue => Decode((byte)_top);

    /// <summary>The value of a code; exact.</summary>
    public float Decode(byte code)
    {
        uint magnitude = code & Magnitude;
        bool negative = (code & SignBit) != 0;
        if (_oneZero && code == SignBit) return float.NaN;
        if (magnitude > _top) return _hasInfinity && magnitude == _top + 1 ? (negative ? float.NegativeInfinity : float.PositiveInfinity) : float.NaN;
        int exponent = (int)(magnitude >> _mantissa), hidden = 1 << _mantissa, fraction = (int)(magnitude & (uint)(hidden - 1));
        float value = (float)Math.ScaleB(exponent == 0 ? fraction : fraction + hidden, Math.Max(exponent, 1) - _bias - _mantissa);
        return negative ? -value : value;
    }

    /// <summary>The code of the nearest value, of two the one with an even code.</summary>
    /// <param name="x">Any number; NaN stays NaN.</param>
    /// <param name="saturate">Whether what is too large, infinities included, becomes the largest finite value; else infinity, or NaN where there is none.</param>
    public byte Encode(double x, bool saturate = true)
    {
        uint sign = double.IsNegative(x) ? SignBit : 0;
        if (double.IsNaN(x)) return NaN(sign);
        double a = Math.Abs(x);
        long code = long.MaxValue;
        if (double.IsFinite(a))
        {
            int exponent = Math.Max(Math.ILogB(a), 1 - _bias);                                           // of the unit that a is rounded to
            code = ((long)(exponent + _bias - 1) << _mantissa) + (long)Math.Round(Math.ScaleB(a, _mantissa - exponent), MidpointRounding.ToEven);      // a carry moves to the exponent
        }
        if (code > _top)
        {
            if (!saturate && !_hasInfinity) return NaN(sign);
            code = saturate ? _top : _top + 1;
        }
        return code == 0 && _oneZero ? (byte)0 : (byte)(sign | (uint)code);
    }

    private byte NaN(uint sign) => (byte)(_oneZero ? SignBit : sign | Magnitude);
}
