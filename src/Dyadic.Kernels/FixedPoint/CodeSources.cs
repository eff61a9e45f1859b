using System.Runtime.CompilerServices;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>|a|·2⁻ˢ with 16 bits of fraction: min(|a| ≫ right, cap) ≪ left.</summary>
/// <param name="shift">s, by which the exponent of the codes lies above that of a.</param>
/// <param name="bits">Bits of the codes: the cap keeps what saturates from overflowing.</param>
internal readonly struct Alignment(int shift, int bits)
{
    public readonly int Shift = shift, Bits = bits, Right = Math.Max(shift - 16, 0), Left = Math.Max(16 - shift, 0);
    public readonly uint Cap = shift <= 0 ? ((uint)FixedPointCode.Limit(bits) >> Math.Min(-shift, 31)) + 1 : (uint)(FixedPointCode.Limit(bits) + 1) << Math.Min(shift, 16);

    /// <summary>Exact for int32, and for int64 without sticky bits.</summary>
    public bool Fits => Shift is >= -14 and < 48 && Bits <= 16;

    public int Code(long a, Rounding rounding, ulong u) => FixedPointCode.Requantize(a, Shift, Bits, rounding, u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(TVector a, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
    {
        signs = TOps.Signs(a);
        TVector magnitude = TOps.Abs(a), kept = TOps.ShiftRightLogical(magnitude, Right);
        TVector t = TOps.ShiftLeft(TOps.MinMagnitude(kept, TOps.Splat((int)Cap)), Left);
        return sticky ? TOps.Or(t, TOps.And(TOps.Differ(TOps.ShiftLeft(kept, Right), magnitude), TOps.Splat(1))) : t;
    }
}

/// <summary>v·2⁻ᴱ of floats: a multiplication by a power of two, exact wherever the result reaches 2⁻¹⁶ of a code.</summary>
internal readonly unsafe struct FloatSource(float* v, int bits, int exponent) : ICodeSource
{
    private const int BelowTwoTo31 = 0x4EFF_FFFF;      // the largest float below 2³¹

    // Subnormals then stay below 2⁻¹⁶, and the power is a normal float.
    public bool Fits => exponent is >= -110 and <= 142 && bits <= 16;

    public int Code(nint i, Rounding rounding, ulong u) => FixedPointCode.Quantize(v[i], bits, exponent, rounding, u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
    {
        TVector x = TOps.Load((int*)(v + i)), scale = TOps.Splat(BitConverter.SingleToInt32Bits(FixedPointCode.Power(16 - exponent)));
        signs = TOps.Signs(x);
        TVector scaled = TOps.MinMagnitude(TOps.MultiplyFloats(TOps.And(x, TOps.Splat(int.MaxValue)), scale), TOps.Splat(BelowTwoTo31));
        TVector t = TOps.Truncate(scaled);
        return sticky ? TOps.Or(t, TOps.And(TOps.Differ(TOps.ToFloats(t), scaled), TOps.Splat(1))) : t;
    }
}

/// <summary>Accumulators.</summary>
internal readonly unsafe struct IntSource(int* a, Alignment alignment) : ICodeSource
{
    public bool Fits => alignment.Fits;

    public int Code(nint i, Rounding rounding, ulong u) => alignment.Code(a[i], rounding, u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        alignment.Magnitudes<TOps, TVector>(TOps.Load(a + i), sticky, out signs);
}

/// <summary>Accumulators of 64 bits; those of few bits' shift, and rounding to the nearest, are left to the scalar form.</summary>
internal readonly unsafe struct LongSource(long* a, Alignment alignment, Rounding rounding) : ICodeSource
{
    public bool Fits => alignment.Fits && rounding == Rounding.Stochastic;

    public int Code(nint i, Rounding rounding, ulong u) => alignment.Code(a[i], rounding, u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        TOps.ShiftLeft(TOps.LoadMagnitudes(a + i, alignment.Right, alignment.Cap, out signs), alignment.Left);
}

/// <summary>Codes of 8 or 16 bits times a factor below 2¹⁵.</summary>
internal readonly unsafe struct CodeSource<T>(T* a, int factor, Alignment alignment) : ICodeSource where T : unmanaged
{
    public bool Fits => alignment.Fits;

    public int Code(nint i, Rounding rounding, ulong u) => alignment.Code(factor * Codes.Read(a, i), rounding, u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        alignment.Magnitudes<TOps, TVector>(TOps.Multiply(Codes.Load<T, TOps, TVector>(a + i), TOps.Splat(factor)), sticky, out signs);
}

/// <summary>a·2^upA + b·2^upB of codes.</summary>
internal readonly unsafe struct SumValues<T>(T* a, int upA, T* b, int upB) : IComputed where T : unmanaged
{
    public bool HasVectors => upA <= 14 && upB <= 14;      // the sum fits in 31 bits

    public long Value(nint i) => ((long)Codes.Read(a, i) << upA) + ((long)Codes.Read(b, i) << upB);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        TOps.Add(TOps.ShiftLeft(Codes.Load<T, TOps, TVector>(a + i), upA), TOps.ShiftLeft(Codes.Load<T, TOps, TVector>(b + i), upB));
}

/// <summary>a·2^up + b, b repeated.</summary>
internal readonly unsafe struct RepeatedSumValues<T>(T* a, int up, GroupValues b) : IComputed where T : unmanaged
{
    public bool HasVectors => true;

    public long Value(nint i) => ((long)Codes.Read(a, i) << up) + b.Read(i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        TOps.Add(TOps.ShiftLeft(Codes.Load<T, TOps, TVector>(a + i), up), b.Load<TOps, TVector>(b.Index((int)i)));
}

/// <summary>a·b of codes.</summary>
internal readonly unsafe struct ProductValues<T>(T* a, T* b) : IComputed where T : unmanaged
{
    public bool HasVectors => true;

    public long Value(nint i) => Codes.Read(a, i) * Codes.Read(b, i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        TOps.Multiply(Codes.Load<T, TOps, TVector>(a + i), Codes.Load<T, TOps, TVector>(b + i));
}

/// <summary>Codes of 8 or 16 bits as int32.</summary>
internal static unsafe class Codes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read<T>(T* p, nint i) where T : unmanaged => sizeof(T) == 1 ? ((sbyte*)p)[i] : ((short*)p)[i];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<T, TOps, TVector>(T* p) where T : unmanaged where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        sizeof(T) == 1 ? TOps.LoadCodes((sbyte*)p) : TOps.LoadShorts((short*)p);

    /// <summary>Checks that T is a code of 8 or 16 bits that holds <paramref name="bits"/> bits.</summary>
    public static void Check<T>(string what, int bits) where T : unmanaged
    {
        Ensure.Argument(typeof(T) == typeof(sbyte) || typeof(T) == typeof(short), $"{what}: codes are {typeof(T).Name}. Use sbyte or short.");
        Ensure.Argument(bits >= 2 && bits <= 8 * sizeof(T), $"{what}: {bits} bits in codes of {8 * sizeof(T)}. Use 2 to {8 * sizeof(T)}, or a wider code.");
    }
}
