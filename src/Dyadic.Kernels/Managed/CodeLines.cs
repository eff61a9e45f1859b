using System.Runtime.CompilerServices;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>Lines of codes of 8, 16 or 32 bits as int32, and results of 64-bit sums as codes.</summary>
internal static unsafe class CodeLines
{
    /// <summary>to[i] = x[i] − z for <paramref name="count"/> codes that start at number <paramref name="start"/>.</summary>
    public static void Load<TOps, TVector>(byte* x, nint start, IntFormat from, int* to, int count) where TOps : IIntVector<TVector> where TVector : unmanaged
    {
        int top = from.Type == DType.Int8 ? 0x80 : 0, i = 0;
        TVector less = TOps.Splat(-from.Zero), flip = TOps.Splat(top), lessFlipped = TOps.Splat(-from.Zero - top);
        if (from.Type == DType.Int16)
        {
            for (; i <= count - TOps.Lanes; i += TOps.Lanes) TOps.Store(TOps.Add(TOps.LoadShorts((short*)x + start + i), less), to + i);
        }
        else if (from.Type == DType.Int32)
        {
            for (; i <= count - TOps.Lanes; i += TOps.Lanes) TOps.Store(TOps.Add(TOps.Load((int*)x + start + i), less), to + i);
        }
        else
        {
            for (; i <= count - TOps.Lanes; i += TOps.Lanes) TOps.Store(TOps.Add(TOps.Xor(TOps.LoadBytes(x + start + i), flip), lessFlipped), to + i);
        }
        for (; i < count; i++) to[i] = from.Read(x, start + i) - from.Zero;
    }

    /// <summary>Writes codes of 8 or 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TOps, TVector>(TVector codes, byte* y, nint at, bool wide) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
    {
        if (wide) TOps.StoreShorts(codes, (short*)y + at);
        else TOps.StoreBytes(codes, y + at);
    }
}

/// <summary>clamp(⌊v·2⁻ˢ⌉ + z, lo, hi), half to even, of 64-bit sums that lie in even and odd lanes; |v| &lt; 2⁶² and results below 2³¹.</summary>
internal readonly struct LaneRounding<TOps, TVector> where TOps : IIntVector<TVector> where TVector : unmanaged
{
    private readonly TVector _low, _lo, _hi, _shift, _half, _offset;

    /// <param name="shift">s, from 1 to 61.</param>
    /// <param name="to">Zero point and range.</param>
    public LaneRounding(int shift, IntFormat to)
    {
        _low = TOps.Splat64(uint.MaxValue);
        (_lo, _hi) = (TOps.Splat(to.Lo), TOps.Splat(to.Hi));
        (_shift, _half) = (TOps.Splat64(shift), TOps.Splat64((1L << (shift - 1)) - 1));
        _offset = TOps.Splat(unchecked(to.Zero - (int)(1L << (62 - shift))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Of(TVector even, TVector odd)
    {
        even = Requantizer.RoundShift<TOps, TVector>(even, _shift, _half);
        odd = Requantizer.RoundShift<TOps, TVector>(odd, _shift, _half);
        return TOps.Clamp(TOps.Add(TOps.Or(TOps.And(even, _low), TOps.EvenToOdd(odd)), _offset), _lo, _hi);
    }
}
