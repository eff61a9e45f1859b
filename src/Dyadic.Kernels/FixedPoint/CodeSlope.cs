using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>y = v where x &gt; 0, a·v elsewhere: the leaky rectifier (v = x) and its gradient (v = dy), rounded once. Equal to <see cref="Reference.CodeSlope"/> bit for bit.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (28). With a = m·2⁻ˢ both branches meet at exponent Ev − s: v·2ˢ and v·m. Slopes so small that v·2ˢ needs more than 31 bits take plain loops
/// of 64 bits. No floating-point arithmetic.
/// </remarks>
public static unsafe class CodeSlope
{
    /// <summary>Bits of the multiplier of a: make it with <see cref="DyadicScale.Nearest(double, int)"/>.</summary>
    public const int ScaleBits = FixedPointSum.ScaleBits;

    /// <summary>Rounds to codes at the exponent of the largest |y|, which is returned.</summary>
    /// <param name="x">What decides, codes.</param>
    /// <param name="v">What passes, codes, as long as <paramref name="x"/>.</param>
    /// <param name="exponent">Ev.</param>
    /// <param name="slope">|a|.</param>
    /// <param name="negative">Whether a is negative.</param>
    /// <param name="y">Receives the codes: bytes up to 8 bits, else int16.</param>
    /// <param name="bits">b of y, 2 to 16.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="ArgumentException">The slope has more bits or a larger shift than 15 bits' products with codes leave room for.</exception>
    public static int Run(
        CodeSpan x, CodeSpan v, int exponent, DyadicScale slope, bool negative, Span<byte> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        x.Expect(v.Length, "CodeSlope: what decides");
        new CodeSpan(y, bits).Expect(v.Length, "CodeSlope: the results");
        Ensure.Argument(
            slope.Multiplier >> ScaleBits == 0 && slope.Shift is >= 0 and <= 46,
            $"CodeSlope: the slope {slope} does not fit {ScaleBits} bits at a shift of 0 to 46. Make it with DyadicScale.Nearest(x, CodeSlope.ScaleBits), and below 1.");
        int zeros = slope.Multiplier == 0 ? slope.Shift : Math.Min(slope.Shift, int.TrailingZeroCount(slope.Multiplier)), shift = slope.Shift - zeros;      // the same number in fewer bits
        int m = (negative ? -slope.Multiplier : slope.Multiplier) >> zeros;
        fixed (byte* px = x.Bytes, pv = v.Bytes)
        {
            return (x.Bits <= 8, v.Bits <= 8) switch
            {
                (true, true) => Run<sbyte, sbyte>((sbyte*)px, (sbyte*)pv, v.Length, exponent, m, shift, y, bits, headroom, rounding, draw, mode),
                (true, false) => Run<sbyte, short>((sbyte*)px, (short*)pv, v.Length, exponent, m, shift, y, bits, headroom, rounding, draw, mode),
                (false, true) => Run<short, sbyte>((short*)px, (sbyte*)pv, v.Length, exponent, m, shift, y, bits, headroom, rounding, draw, mode),
                _ => Run<short, short>((short*)px, (short*)pv, v.Length, exponent, m, shift, y, bits, headroom, rounding, draw, mode),
            };
        }
    }

    private static int Run<TX, TV>(
        TX* x, TV* v, int count, int exponent, int m, int shift, Span<byte> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where TX : unmanaged where TV : unmanaged
    {
        SlopedValues<TX, TV> values = new(x, v, m, shift);
        return bits <= 8
            ? ComputedCodes.Run(values, exponent - shift, MemoryMarshal.Cast<byte, sbyte>(y), bits, headroom, rounding, draw, mode)
            : ComputedCodes.Run(values, exponent - shift, MemoryMarshal.Cast<byte, short>(y), bits, headroom, rounding, draw, mode);
    }

    /// <summary>v·2ˢ or v·m.</summary>
    private readonly struct SlopedValues<TX, TV>(TX* x, TV* v, int m, int shift) : IComputed where TX : unmanaged where TV : unmanaged
    {
        public bool HasVectors => 8 * sizeof(TV) - 1 + shift <= 30;      // |v·m| is below 2³⁰ always

        public long Value(nint i) => Codes.Read(x, i) > 0 ? (long)Codes.Read(v, i) << shift : (long)Codes.Read(v, i) * m;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            TVector value = Codes.Load<TV, TOps, TVector>(v + i), passes = TOps.Signs(TOps.Subtract(TOps.Splat(0), Codes.Load<TX, TOps, TVector>(x + i)));
            TVector sloped = TOps.Multiply(value, TOps.Splat(m));
            return TOps.Xor(sloped, TOps.And(passes, TOps.Xor(sloped, TOps.ShiftLeft(value, shift))));
        }
    }
}
