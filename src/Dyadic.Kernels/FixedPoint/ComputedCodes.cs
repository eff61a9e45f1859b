using System.Runtime.CompilerServices;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Integers that are computed whenever they are asked for.</summary>
internal interface IComputed
{
    /// <summary>True where every value and all that it is made of stay below 2³¹, or wrap to a value that does.</summary>
    bool HasVectors { get; }

    /// <summary>Value <paramref name="i"/>: the definition.</summary>
    long Value(nint i);

    TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged;
}

/// <summary>Codes of computed integers, which are never stored: they are made twice, for the largest magnitude and for the codes.</summary>
internal static class ComputedCodes
{
    /// <summary>y = clamp(⌊v·2^(from − E)⌉, ±(2ᵇ⁻¹ − 1)) at the exponent E of max |v|, which is returned.</summary>
    /// <param name="values">v.</param>
    /// <param name="from">Their exponent.</param>
    /// <param name="y">Receives the codes.</param>
    /// <param name="bits">b.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static int Run<TValues, TCode>(TValues values, int from, Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where TValues : struct, IComputed where TCode : unmanaged
    {
        int exponent = FixedPointCode.Exponent(FixedPointMap.Most(new ComputedMagnitudes<TValues>(values), y.Length, mode), from, bits, headroom);
        Round(values, exponent - from, y, bits, rounding, draw, mode);
        return exponent;
    }

    /// <summary>y = clamp(⌊v·2⁻ˢ⌉, ±(2ᵇ⁻¹ − 1)).</summary>
    public static void Round<TValues, TCode>(TValues values, int shift, Span<TCode> y, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where TValues : struct, IComputed where TCode : unmanaged =>
        RoundingLoop.Run(new ComputedSource<TValues>(values, new(shift, bits)), y, bits, rounding, draw, mode);
}

/// <summary>Computed integers that are rounded.</summary>
internal readonly struct ComputedSource<TValues>(TValues values, Alignment alignment) : ICodeSource where TValues : struct, IComputed
{
    public bool Fits => alignment.Fits && values.HasVectors;

    public int Code(nint i, Rounding rounding, ulong u) => alignment.Code(values.Value(i), rounding, u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        alignment.Magnitudes<TOps, TVector>(values.Values<TOps, TVector>(i), sticky, out signs);
}

/// <summary>Their magnitudes.</summary>
internal readonly struct ComputedMagnitudes<TValues>(TValues values) : IMagnitudes where TValues : struct, IComputed
{
    public bool HasVectors => values.HasVectors;

    public ulong Magnitude(nint i) => (ulong)Math.Abs(values.Value(i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        TOps.Abs(values.Values<TOps, TVector>(i));
}
