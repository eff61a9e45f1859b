using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Sums and products of codes of 8 or 16 bits, to codes of the same type. Equal to <see cref="Reference.FixedPointSum"/> bit for bit.</summary>
/// <remarks>docs/equations/fixed-point.md (10)–(12), (29). No floating-point arithmetic.</remarks>
public static unsafe class FixedPointSum
{
    /// <summary>Exponents further apart are taken as this far: what is moved lies 2³¹ times below the other operand's step.</summary>
    public const int MaxGap = 46;

    /// <summary>Bits of the multiplier of a factor, so that its product with a code fits in 31.</summary>
    public const int ScaleBits = 15;

    /// <summary>y ≈ a + b at the exponent of max |a·2^Ea + b·2^Eb|, which is returned: the residual addition.</summary>
    /// <param name="a">Codes at exponent <paramref name="ea"/>.</param>
    /// <param name="ea">Ea.</param>
    /// <param name="b">Codes at exponent <paramref name="eb"/>.</param>
    /// <param name="eb">Eb.</param>
    /// <param name="y">Receives the codes; may be <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="bits">b, from 2 to the width of a code.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <remarks>Ghaffari et al. round an operand and add; here the terms meet exactly and are rounded once, which has less variance and the same mean.</remarks>
    public static int Add<T>(
        ReadOnlySpan<T> a, int ea, ReadOnlySpan<T> b, int eb, Span<T> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T>
    {
        Check<T>(a.Length, b.Length, y.Length, bits);
        Meet(a, ref ea, b, ref eb);
        int least = Math.Min(ea, eb);
        fixed (T* left = a, right = b)
            return ComputedCodes.Run(new SumValues<T>(left, ea - least, right, eb - least), least, y, bits, headroom, rounding, draw, mode);
    }

    /// <summary>y = clamp(⌊(a·2^up + b)·2^(from − E)⌉, ±(2ᵇ⁻¹ − 1)), b repeated along a, at the exponent E of the largest sum, which is returned: a bias.</summary>
    /// <param name="a">Codes.</param>
    /// <param name="up">By how much their exponent lies above <paramref name="from"/>.</param>
    /// <param name="b">Integers; their number divides that of a. |a·2^up| + |b| is below 2³¹.</param>
    /// <param name="from">The exponent of the sums.</param>
    /// <param name="y">Receives the codes.</param>
    /// <param name="bits">b, from 2 to the width of a code.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static int AddRepeated<T, TCode>(
        ReadOnlySpan<T> a, int up, ReadOnlySpan<int> b, int from, Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        Ensure.Shape(a.Length == y.Length && (y.Length == 0 || (b.Length > 0 && y.Length % b.Length == 0)), $"FixedPointSum: {b.Length} integers do not repeat along {a.Length} codes with room for {y.Length} results.");
        Codes.Check<TCode>(nameof(FixedPointSum), bits);
        using ScratchBuffer<int> repeated = GroupValues.Rent(b);
        fixed (T* codes = a)
            return ComputedCodes.Run(new RepeatedSumValues<T>(codes, up, new(repeated.Pointer, b.Length, NormGroups.Columns)), from, y, bits, headroom, rounding, draw, mode);
    }

    /// <summary>y = clamp(⌊a·b·2^(Ea + Eb − E)⌉, ±(2ᵇ⁻¹ − 1)) at the exponent E of max |a·b|, which is returned.</summary>
    /// <inheritdoc cref="Add{T}" path="/param"/>
    public static int Multiply<T>(
        ReadOnlySpan<T> a, int ea, ReadOnlySpan<T> b, int eb, Span<T> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T>
    {
        Check<T>(a.Length, b.Length, y.Length, bits);
        fixed (T* left = a, right = b) return ComputedCodes.Run(new ProductValues<T>(left, right), ea + eb, y, bits, headroom, rounding, draw, mode);
    }

    /// <summary>y = clamp(⌊f·x·2^(Ex − E)⌉, ±(2ᵇ⁻¹ − 1)) at the exponent E of f·max |x|, which is returned.</summary>
    /// <param name="x">Codes.</param>
    /// <param name="ex">Ex.</param>
    /// <param name="f">A factor with a multiplier of at most <see cref="ScaleBits"/> bits.</param>
    /// <param name="y">Receives the codes: bytes up to 8 bits, else int16.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static int Scale(CodeSpan x, int ex, DyadicScale f, Span<byte> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        new CodeSpan(y, bits).Expect(x.Length, "FixedPointSum.Scale: the results");
        CheckScale(f);
        fixed (byte* codes = x.Bytes)
            return x.Bits <= 8
                ? Scale((sbyte*)codes, x.Length, ex, f, y, bits, headroom, rounding, draw, mode)
                : Scale((short*)codes, x.Length, ex, f, y, bits, headroom, rounding, draw, mode);
    }

    /// <summary>z = clamp(⌊f·x·2^(Ex − E)⌉ + ⌊g·y·2^(Ey − E)⌉, ±(2ᵇ⁻¹ − 1)): the sum of the optimiser, both operands mapped to one exponent first.</summary>
    /// <param name="x">Codes.</param>
    /// <param name="ex">The exponent of f·x.</param>
    /// <param name="f">|f| &lt; 2¹⁵.</param>
    /// <param name="y">Codes.</param>
    /// <param name="ey">The exponent of g·y.</param>
    /// <param name="g">|g| &lt; 2¹⁵.</param>
    /// <param name="z">Receives the sums; may be <paramref name="x"/>, not <paramref name="y"/>.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="exponent">E.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding; those of y come from a split.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Combine(
        ReadOnlySpan<short> x, int ex, int f, ReadOnlySpan<short> y, int ey, int g, Span<short> z, int bits, int exponent, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check<short>(x.Length, y.Length, z.Length, bits);
        using ScratchBuffer<short> second = Scratch.Rent<short>(z.Length);
        fixed (short* left = x, right = y, sum = z)
        {
            RoundingLoop.Run(new CodeSource<short>(left, f, new(exponent - ex, bits)), z, bits, rounding, draw, mode);
            RoundingLoop.Run(new CodeSource<short>(right, g, new(exponent - ey, bits)), second.Span, bits, rounding, draw.Split(0), mode);
            ClampedSum body = new(sum, second.Pointer, FixedPointCode.Limit(bits), mode.Width);
            WorkerPool.For(z.Length, mode, ref body, 1 << 14);
        }
    }

    /// <summary>z ≈ ±f·x ± g·y, as <see cref="Combine"/> at the exponent of max |f·x| + max |g·y|, which is returned.</summary>
    internal static int Weighted(
        ReadOnlySpan<short> x, int ex, DyadicScale f, int signX, ReadOnlySpan<short> y, int ey, DyadicScale g, int signY, Span<short> z,
        int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        CheckScale(f);
        CheckScale(g);
        (ex, ey) = (ex - f.Shift, ey - g.Shift);
        (ulong bound, int least) = Bound(FixedPointMap.Largest(x, mode) * (ulong)f.Multiplier, ex, FixedPointMap.Largest(y, mode) * (ulong)g.Multiplier, ey);
        int exponent = FixedPointCode.Exponent(bound, least, bits);
        Combine(x, ex, signX * f.Multiplier, y, ey, signY * g.Multiplier, z, bits, exponent, rounding, draw, mode);
        return exponent;
    }

    // ≥ a·2^ea + b·2^eb and the exponent it is at; a, b ≤ 2³⁰.
    private static (ulong Bound, int Exponent) Bound(ulong a, int ea, ulong b, int eb)
    {
        if (a == 0) return (b, eb);
        if (b == 0) return (a, ea);
        if (ea < eb) (a, ea, b, eb) = (b, eb, a, ea);
        int gap = ea - eb;
        return gap <= 32 ? ((a << gap) + b, eb) : ((a << 32) + (gap < 96 ? b >> (gap - 32) : 0) + 1, ea - 32);               // (14)
    }

    private static int Scale<T>(T* x, int count, int ex, DyadicScale f, Span<byte> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged
    {
        ulong largest = FixedPointMap.Most(new CodeMagnitudes<T>(x), count, mode) * (ulong)f.Multiplier;
        int exponent = FixedPointCode.Exponent(largest, ex - f.Shift, bits, headroom);
        CodeSource<T> source = new(x, f.Multiplier, new(exponent - ex + f.Shift, bits));
        if (bits <= 8) RoundingLoop.Run(source, MemoryMarshal.Cast<byte, sbyte>(y), bits, rounding, draw, mode);
        else RoundingLoop.Run(source, MemoryMarshal.Cast<byte, short>(y), bits, rounding, draw, mode);
        return exponent;
    }

    /// <summary>Exponents no further apart than <see cref="MaxGap"/>; an operand of zeros takes the other's.</summary>
    private static void Meet<T>(ReadOnlySpan<T> a, ref int ea, ReadOnlySpan<T> b, ref int eb) where T : unmanaged, IBinaryInteger<T>
    {
        if (Math.Abs(ea - eb) <= MaxGap) return;
        if (a.IndexOfAnyExcept(T.Zero) < 0) ea = eb;
        else if (b.IndexOfAnyExcept(T.Zero) < 0) eb = ea;
        else if (ea < eb) ea = eb - MaxGap;
        else eb = ea - MaxGap;
    }

    private static void Check<T>(int a, int b, int y, int bits) where T : unmanaged
    {
        Ensure.Shape(a == y && b == y, $"FixedPointSum: operands of {a} and {b} codes, room for {y} results. Pass spans of one length.");
        Codes.Check<T>(nameof(FixedPointSum), bits);
    }

    private static void CheckScale(DyadicScale f) => Ensure.Argument(
        f.Multiplier >> ScaleBits == 0, $"FixedPointSum: the scale {f} has more than {ScaleBits} bits. Make it with DyadicScale.Nearest(x, FixedPointSum.ScaleBits).");

    private readonly struct ClampedSum(short* z, short* second, int limit, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            int i = width switch
            {
                SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(start, end),
                SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(start, end),
                SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(start, end),
                _ => start,
            };
            for (; i < end; i++) z[i] = (short)Math.Clamp(z[i] + second[i], -limit, limit);
        }

        private int Vectors<TOps, TVector>(int start, int end) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int i = start;
            TVector lo = TOps.Splat(-limit), hi = TOps.Splat(limit);
            for (; i <= end - TOps.Lanes; i += TOps.Lanes)
                TOps.StoreShorts(TOps.Clamp(TOps.Add(TOps.LoadShorts(z + i), TOps.LoadShorts(second + i)), lo, hi), z + i);
            return i;
        }
    }
}
