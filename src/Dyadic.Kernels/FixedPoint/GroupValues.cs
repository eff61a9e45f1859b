using System.Numerics;
using System.Runtime.CompilerServices;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>The integers of groups as vectors along a row-major matrix: for columns, the list goes on cyclically for a vector's length.</summary>
internal readonly unsafe struct GroupValues(int* values, int columns, NormGroups by)
{
    public const int Widest = 16;
    private readonly int _mask = BitOperations.IsPow2(columns) ? columns - 1 : -1;

    /// <summary>Vectors of every width stay within a group, or run over columns.</summary>
    public static bool Fits(int columns, NormGroups by) => by == NormGroups.Columns || columns % Widest == 0;

    /// <summary>The values of groups, and a vector's length of them once more.</summary>
    public static ScratchBuffer<int> Rent(ReadOnlySpan<int> groups)
    {
        ScratchBuffer<int> buffer = Scratch.Rent<int>(groups.Length + Widest);
        for (int i = 0; !groups.IsEmpty && i < buffer.Span.Length; i++) buffer.Pointer[i] = groups[i % groups.Length];
        return buffer;
    }

    public int Read(nint i) => values[Index((int)i)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Index(int i) => by == NormGroups.Rows ? (int)((uint)i / (uint)columns) : _mask >= 0 ? i & _mask : (int)((uint)i % (uint)columns);

    /// <summary>The values from the index on that <see cref="Index"/> gave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TOps, TVector>(int index) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        by == NormGroups.Rows ? TOps.Splat(values[index]) : TOps.Load(values + index);
}

/// <summary>(x·A − B)·2⁻ᶠ.</summary>
internal readonly unsafe struct NormalizedSource<T>(T* x, GroupValues a, GroupValues b, bool fits, int bits) : ICodeSource where T : unmanaged
{
    private readonly int _fraction = NormRule.FractionBits(bits);

    public bool Fits => fits;

    public int Code(nint i, Rounding rounding, ulong u) =>
        FixedPointCode.Requantize(unchecked(Codes.Read(x, i) * a.Read(i) - b.Read(i)), _fraction, bits, rounding, u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
    {
        int at = a.Index((int)i);
        TVector t = TOps.Subtract(TOps.Multiply(Codes.Load<T, TOps, TVector>(x + i), a.Load<TOps, TVector>(at)), b.Load<TOps, TVector>(at));
        signs = TOps.Signs(t);
        return TOps.ShiftLeft(TOps.Abs(t), 16 - _fraction);
    }
}

/// <summary>γ·(x·A − B) + β, with A and B by rows and γ and β by columns. Where it is narrow every value fits 31 bits, and so do the lower halves of β.</summary>
internal readonly unsafe struct AffineValues<T>(T* x, int columns, GroupValues a, GroupValues b, GroupValues gamma, long* beta, GroupValues lowBeta, bool narrow) : IComputed where T : unmanaged
{
    public bool HasVectors => narrow && GroupValues.Fits(columns, NormGroups.Rows);

    public long Value(nint i) => (long)gamma.Read(i) * unchecked(Codes.Read(x, i) * a.Read(i) - b.Read(i)) + beta[i % columns];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
    {
        int row = a.Index((int)i), column = (int)i - row * columns;
        TVector z = TOps.Subtract(TOps.Multiply(Codes.Load<T, TOps, TVector>(x + i), a.Load<TOps, TVector>(row)), b.Load<TOps, TVector>(row));
        return TOps.Add(TOps.Multiply(z, gamma.Load<TOps, TVector>(column)), lowBeta.Load<TOps, TVector>(column));
    }
}

/// <summary>g·γ, by columns.</summary>
internal readonly unsafe struct ScaledValues<T>(T* g, GroupValues gamma) : IComputed where T : unmanaged
{
    public bool HasVectors => true;

    public long Value(nint i) => Codes.Read(g, i) * gamma.Read(i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        TOps.Multiply(Codes.Load<T, TOps, TVector>(g + i), gamma.Load<TOps, TVector>(gamma.Index((int)i)));
}

/// <summary>t·P − x·R − Q.</summary>
internal readonly unsafe struct GradientValues<TG, TX>(TG* t, TX* x, GroupValues p, GroupValues q, GroupValues r, bool fits) : IComputed where TG : unmanaged where TX : unmanaged
{
    public bool HasVectors => fits;

    public long Value(nint i) => unchecked(Codes.Read(t, i) * p.Read(i) - Codes.Read(x, i) * r.Read(i) - q.Read(i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Values<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
    {
        int at = p.Index((int)i);
        TVector fall = TOps.Add(TOps.Multiply(Codes.Load<TX, TOps, TVector>(x + i), r.Load<TOps, TVector>(at)), q.Load<TOps, TVector>(at));
        return TOps.Subtract(TOps.Multiply(Codes.Load<TG, TOps, TVector>(t + i), p.Load<TOps, TVector>(at)), fall);
    }
}
