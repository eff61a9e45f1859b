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

    /// <summary>The values of groups, and a vector's length of them once more; zeros for so many groups where there are none.</summary>
    public static ScratchBuffer<int> Rent(ReadOnlySpan<int> groups, int count = 0)
    {
        ScratchBuffer<int> buffer = Scratch.Rent<int>(Math.Max(groups.Length, count) + Widest);
        buffer.Span.Clear();
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
