using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>y = clamp(⌊Σᵢ (xᵢ − zᵢ)·Mᵢ·2⁻ˢ⌉ + z_y, lo, hi): terms of 8, 16 or 32 bits, rounded once, to 8 or 16 bits. Immutable.</summary>
/// <remarks>docs/equations/integer-steps.md (18). Vectors of every width and the plain loop give the same bits.</remarks>
public sealed unsafe class LineSum
{
    private const int Line = 256;      // values of each term that are in int32 at a time
    private readonly IntFormat[] _from;
    private readonly int[] _multipliers;
    private readonly int _shift;
    private readonly IntFormat _to;

    /// <summary>A sum of terms.</summary>
    /// <param name="scales">Sᵢ/S_y of each.</param>
    /// <param name="from">The format of each: of 8 or 16 bits, or of sums in int32 with <see cref="DType.Int32"/>, z = 0 and their bounds.</param>
    /// <param name="to">Format of y.</param>
    /// <exception cref="ShapeException">There are not as many formats as scales, or none.</exception>
    public LineSum(ReadOnlySpan<DyadicScale> scales, ReadOnlySpan<IntFormat> from, IntFormat to)
    {
        Ensure.Shape(scales.Length > 0 && scales.Length == from.Length, $"LineSum: {scales.Length} scales and {from.Length} formats. Give one of each for a term.");
        (_from, _multipliers, _to) = (from.ToArray(), new int[scales.Length], to.Checked(wide: true));
        DyadicScale.Align(scales, _multipliers, out _shift);
        UInt128 reach = 0;
        for (int i = 0; i < _from.Length; i++) reach += (UInt128)Reach(_from[i]) * (uint)_multipliers[i];
        Ensure.Shape(reach < (UInt128)1 << 62, $"LineSum: {scales.Length} terms may reach 2⁶². Add fewer at once.");
        Vectorised = _shift is >= 1 and <= 61 && reach >> _shift < 1u << 30;
    }

    /// <summary>Terms.</summary>
    public int Count => _from.Length;

    /// <summary>Format of y.</summary>
    public IntFormat To => _to;

    // Results stay below 2³⁰ before the clamp.
    private bool Vectorised { get; }

    /// <summary>The definition, for one result.</summary>
    /// <param name="values">xᵢ − zᵢ.</param>
    public int Of(ReadOnlySpan<int> values)
    {
        long sum = 0;
        for (int i = 0; i < values.Length; i++) sum += (long)values[i] * _multipliers[i];
        return (int)Math.Clamp((long)DyadicScale.RoundSum(sum, _shift) + _to.Zero, _to.Lo, _to.Hi);                     // (18)
    }

    /// <summary>y of <paramref name="count"/> results; term i repeats after lengths[i] values.</summary>
    /// <param name="terms">Where each term lies.</param>
    /// <param name="lengths">Values of each term: <paramref name="count"/>, or a part of which it is a multiple.</param>
    /// <param name="y">The results; may be a term of the same size.</param>
    /// <param name="count">Results.</param>
    /// <param name="mode">Width and threads.</param>
    public void Run(nint* terms, int* lengths, byte* y, int count, in ExecutionMode mode)
    {
        Body body = new(this, terms, lengths, y, count, Vectorised ? mode.Width : SimdWidth.Scalar);
        WorkerPool.For((count + Line - 1) / Line, mode, ref body, grain: 16);
    }

    private static long Reach(IntFormat from) => Math.Max(Math.Abs((long)from.Hi - from.Zero), Math.Abs((long)from.Lo - from.Zero));

    private readonly struct Body(LineSum owner, nint* terms, int* lengths, byte* y, int count, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<int> values = Scratch.Rent<int>((nint)Line * owner.Count);
            for (int line = start; line < end; line++)
            {
                nint at = (nint)line * Line;
                int length = (int)Math.Min(Line, count - at);
                switch (width)
                {
                    case SimdWidth.V512: Vectors<IntVector512, Vector512<int>>(at, length, values.Pointer); break;
                    case SimdWidth.V256: Vectors<IntVector256, Vector256<int>>(at, length, values.Pointer); break;
                    case SimdWidth.V128: Vectors<IntVector128, Vector128<int>>(at, length, values.Pointer); break;
                    default: Scalars(at, 0, length, values.Pointer, isLoaded: false); break;
                }
            }
        }

        private void Scalars(nint at, int first, int length, int* values, bool isLoaded)
        {
            Span<int> read = stackalloc int[owner.Count];
            for (int i = first; i < length; i++)
            {
                for (int t = 0; t < read.Length; t++) read[t] = isLoaded ? values[(t * Line) + i] : Value(t, (at + i) % lengths[t]);
                owner._to.Write(y, at + i, owner.Of(read));
            }
        }

        private int Value(int t, nint place) => owner._from[t].Read((byte*)terms[t], place) - owner._from[t].Zero;

        private void Vectors<TOps, TVector>(nint at, int length, int* values) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            for (int t = 0; t < owner.Count; t++) Load<TOps, TVector>(t, at, length, values + (t * Line));
            LaneRounding<TOps, TVector> rounding = new(owner._shift, owner._to);
            int i = 0;
            for (; i <= length - TOps.Lanes; i += TOps.Lanes)
            {
                TVector even = TOps.Splat64(0), odd = even;
                for (int t = 0; t < owner.Count; t++)
                {
                    TVector value = TOps.Load(values + (t * Line) + i), m = TOps.Splat(owner._multipliers[t]);
                    even = TOps.Add64(even, TOps.MultiplyEven(value, m));
                    odd = TOps.Add64(odd, TOps.MultiplyEven(TOps.OddToEven(value), m));
                }
                CodeLines.Store<TOps, TVector>(rounding.Of(even, odd), y, at + i, owner._to.IsWide);
            }
            Scalars(at, i, length, values, isLoaded: true);
        }

        // A term that repeats is read piece by piece.
        private void Load<TOps, TVector>(int t, nint at, int length, int* to) where TOps : IIntVector<TVector> where TVector : unmanaged
        {
            if (lengths[t] == 1)
            {
                new Span<int>(to, length).Fill(Value(t, 0));
                return;
            }
            for (int done = 0; done < length;)
            {
                nint place = (at + done) % lengths[t];
                int piece = (int)Math.Min(length - done, lengths[t] - place);
                CodeLines.Load<TOps, TVector>((byte*)terms[t], place, owner._from[t], to + done, piece);
                done += piece;
            }
        }
    }
}
