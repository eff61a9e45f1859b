using System.Runtime.CompilerServices;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Functions of 8-bit codes, whose at most 256 values are computed once, and looked up. Equal to <see cref="Reference.CodeTable"/> bit for bit.</summary>
/// <remarks>docs/equations/fixed-point.md (38)–(39). Floating-point arithmetic makes the tables, none runs over elements.</remarks>
public static unsafe class CodeTable
{
    /// <summary>Values of a table: that of code q is number q + 128.</summary>
    public const int Size = 256;

    private const int Zero = 128, Grain = 1 << 15;

    /// <summary>y = clamp(⌊f(x)·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)) at the exponent E of the largest |f(x)|, which is returned.</summary>
    /// <param name="x">Codes.</param>
    /// <param name="values">f of each code, <see cref="Size"/> of them; those of codes that x holds are finite.</param>
    /// <param name="y">Receives the codes, of 8 or 16 bits.</param>
    /// <param name="bits">b, 2 to 15.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">A value that x needs is infinite or NaN.</exception>
    public static int Map<TCode>(
        ReadOnlySpan<sbyte> x, ReadOnlySpan<float> values, Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) where TCode : unmanaged
    {
        Check(x.Length, y.Length, values.Length);
        Codes.Check<TCode>(nameof(CodeTable), bits);
        int* scaled = stackalloc int[Size];
        bool* seen = stackalloc bool[Size];
        new Span<bool>(seen, Size).Clear();
        fixed (sbyte* codes = x)
        fixed (float* table = values)
        {
            SeenBody body = new(codes, seen + Zero);
            WorkerPool.For(x.Length, mode, ref body, Grain);
            float largest = 0;
            for (int i = 0; i < Size; i++)
                if (seen[i]) largest = Math.Max(largest, Math.Abs(table[i]));                                          // NaN stays
            int exponent = FixedPointCode.Exponent(largest, bits, headroom);
            for (int i = 0; i < Size; i++) scaled[i] = seen[i] ? Scaled(table[i], exponent, rounding == Rounding.HalfEven) : 0;
            RoundingLoop.Run(new TableSource(codes, table + Zero, scaled + Zero, exponent, bits), y, bits, rounding, draw, mode);
            return exponent;
        }
    }

    /// <summary>y = clamp(⌊t·f(x)·2^(from − E)⌉, ±(2ᵇ⁻¹ − 1)) at the exponent E of the largest product, which is returned: a gradient t through a function.</summary>
    /// <param name="x">Codes.</param>
    /// <param name="factors">f of each code as integers, |t·f| below 2³⁰.</param>
    /// <param name="t">Codes, as many.</param>
    /// <param name="from">The exponent of the products.</param>
    /// <param name="y">Receives the codes.</param>
    /// <param name="bits">b.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static int Multiply<T, TCode>(
        ReadOnlySpan<sbyte> x, ReadOnlySpan<int> factors, ReadOnlySpan<T> t, int from, Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged where TCode : unmanaged
    {
        Check(x.Length, y.Length, factors.Length);
        Ensure.Shape(t.Length == x.Length, $"CodeTable: {t.Length} gradients of {x.Length} codes. Pass spans of one length.");
        Codes.Check<T>(nameof(CodeTable), 2);
        Codes.Check<TCode>(nameof(CodeTable), bits);
        fixed (sbyte* codes = x)
        fixed (int* table = factors)
        fixed (T* gradient = t)
            return ComputedCodes.Run(new TableProducts<T>(codes, table + Zero, gradient), from, y, bits, headroom, rounding, draw, mode);
    }

    private static void Check(int x, int y, int table)
    {
        Ensure.Shape(x == y, $"CodeTable: {x} codes but room for {y} results. Pass spans of one length.");
        Ensure.Shape(table == Size, $"CodeTable: a table of {table} values. One for each of the {Size} codes is needed.");
    }

    // ±⌊|v|·2^(16 − E)⌋, its lowest bit set where bits were lost and they count; |v| is below 2ᵇ⁻¹ units of 2ᴱ, so that 15 bits fit.
    private static int Scaled(float v, int exponent, bool sticky)
    {
        double exact = Math.ScaleB(Math.Abs((double)(float.IsNormal(v) ? v : 0)), 16 - exponent);
        int whole = (int)exact;
        if (sticky && whole != exact) whole |= 1;
        return v < 0 ? -whole : whole;
    }

    private readonly struct SeenBody(sbyte* x, bool* seen) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end; i++) seen[x[i]] = true;      // threads write one value alone
        }
    }

    private readonly struct TableSource(sbyte* x, float* table, int* scaled, int exponent, int bits) : ICodeSource
    {
        public bool Fits => bits <= 15;

        public int Code(nint i, Rounding rounding, ulong u) => FixedPointCode.Quantize(table[x[i]], bits, exponent, rounding, u);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            TVector value = TOps.Gather(scaled, TOps.LoadCodes(x + i));
            signs = TOps.Signs(value);
            return TOps.Abs(value);
        }
    }

    private readonly struct TableProducts<T>(sbyte* x, int* factors, T* t) : IComputed where T : unmanaged
    {
        public bool HasVectors => true;

        public long Value(nint i) => (long)Codes.Read(t, i) * factors[x[i]];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
            TOps.Multiply(Codes.Load<T, TOps, TVector>(t + i), TOps.Gather(factors, TOps.LoadCodes(x + i)));
    }
}
