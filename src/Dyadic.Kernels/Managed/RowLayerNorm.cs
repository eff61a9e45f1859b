using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>Layer normalisation of rows of codes on vectors of any width, equal to <see cref="Reference.CodeRows.LayerNorm"/> bit for bit.</summary>
public sealed unsafe class RowLayerNorm
{
    private const int Block = 16, MostUnflushed = 1 << 13;      // values of 17 bits that a lane can add up
    private readonly LayerNormCodes _codes;
    private readonly IntFormat _from, _to;
    private readonly int[] _multipliers;
    private readonly long[] _offsets;      // of 16 channels each: the even ones, then the odd ones

    /// <summary>Prepares rows of one length.</summary>
    public RowLayerNorm(LayerNormCodes codes, IntFormat from, IntFormat to)
    {
        (_codes, _from, _to, _multipliers) = (codes, from, to, codes.Multipliers);
        _offsets = new long[_multipliers.Length / Block * Block];
        for (int c = 0; c < _offsets.Length; c++) _offsets[(c / Block * Block) + (c % 2 * (Block / 2)) + (c % Block / 2)] = codes.Offsets[c];
    }

    /// <summary>C.</summary>
    public int Channels => _multipliers.Length;

    /// <summary>y [rows, C] of x [rows, C].</summary>
    public void Run(byte* x, byte* y, int rows, in ExecutionMode mode)
    {
        fixed (int* multipliers = _multipliers)
        fixed (long* offsets = _offsets)
        {
            Body body = new(this, x, y, multipliers, offsets, mode.Width);
            WorkerPool.For(rows, mode, ref body, Math.Max(1, 4096 / Channels));
        }
    }

    private readonly struct Body(RowLayerNorm owner, byte* x, byte* y, int* multipliers, long* offsets, SimdWidth width) : IParallelBody
    {
        private int Channels => owner.Channels;

        public void Run(int start, int end)
        {
            using ScratchBuffer<int> line = Scratch.Rent<int>(Channels);
            for (int row = start; row < end; row++)
            {
                nint at = (nint)row * Channels;
                switch (width)
                {
                    case SimdWidth.V512: Row<IntVector512, Vector512<int>>(at, line.Pointer); break;
                    case SimdWidth.V256: Row<IntVector256, Vector256<int>>(at, line.Pointer); break;
                    case SimdWidth.V128: Row<IntVector128, Vector128<int>>(at, line.Pointer); break;
                    default: Scalar(at, line.Pointer); break;
                }
            }
        }

        private void Scalar(nint at, int* line)
        {
            for (int c = 0; c < Channels; c++) line[c] = owner._from.Read(x, at + c) - owner._from.Zero;
            Span<int> span = new(line, Channels);
            Reference.CodeRows.LayerNorm(span, span, owner._codes, owner._to);
            for (int c = 0; c < Channels; c++) owner._to.Write(y, at + c, line[c]);
        }

        private void Row<TOps, TVector>(nint at, int* line) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            LayerNormCodes codes = owner._codes;
            CodeLines.Load<TOps, TVector>(x, at, owner._from, line, Channels);
            int whole = Channels / TOps.Lanes * TOps.Lanes, mean = LayerNormCodes.Mean(Sum<TOps, TVector>(line, whole) << codes.Extra, Channels);
            (int reciprocal, int shift) = codes.Normal(Squares<TOps, TVector>(line, mean, whole));
            Affine<TOps, TVector>(line, reciprocal, shift, at);
        }

        private long Sum<TOps, TVector>(int* line, int whole) where TOps : IIntVector<TVector> where TVector : unmanaged
        {
            long sum = 0;
            int* lanes = stackalloc int[16];
            for (int from = 0; from < whole; from += MostUnflushed * TOps.Lanes)
            {
                TVector sums = TOps.Splat(0);
                for (int c = from; c < Math.Min(whole, from + (MostUnflushed * TOps.Lanes)); c += TOps.Lanes) sums = TOps.Add(sums, TOps.Load(line + c));
                TOps.Store(sums, lanes);
                for (int l = 0; l < TOps.Lanes; l++) sum += lanes[l];
            }
            for (int c = whole; c < Channels; c++) sum += line[c];
            return sum;
        }

        // Puts y = x·2ᶠ − mean in the place of x.
        private long Squares<TOps, TVector>(int* line, int mean, int whole) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int extra = owner._codes.Extra;
            TVector less = TOps.Splat(-mean), sums = TOps.Splat64(0);
            for (int c = 0; c < whole; c += TOps.Lanes)
            {
                TVector value = TOps.Add(TOps.ShiftLeft(TOps.Load(line + c), extra), less), odd = TOps.OddToEven(value);
                TOps.Store(value, line + c);
                sums = TOps.Add64(sums, TOps.Add64(TOps.MultiplyEven(value, value), TOps.MultiplyEven(odd, odd)));
            }
            long* parts = stackalloc long[8];
            TOps.Store(sums, (int*)parts);
            long squares = 0;
            for (int l = 0; l < TOps.Lanes / 2; l++) squares += parts[l];
            for (int c = whole; c < Channels; c++)
            {
                line[c] = (line[c] << extra) - mean;
                squares += (long)line[c] * line[c];
            }
            return squares;
        }

        // ⌊v·2⁻ʳ⌋ of |v| < 2⁶² are the low bits of (v + 2⁶²) ≫ r: what is added is a multiple of 2³² then.
        private void Affine<TOps, TVector>(int* line, int reciprocal, int shift, nint at) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            LayerNormCodes codes = owner._codes;
            IntFormat to = owner._to;
            LaneRounding<TOps, TVector> rounding = new(codes.Shift, to);
            TVector r = TOps.Splat(reciprocal), lift = TOps.Splat64(1L << 62), right = TOps.Splat64(shift);
            int blocks = Channels / Block * Block;
            for (int c = 0; c < blocks; c += TOps.Lanes)
            {
                TVector value = TOps.Load(line + c), m = TOps.Load(multipliers + c);
                long* offset = offsets + (c / Block * Block) + (c % Block / 2);
                TVector even = TOps.ShiftRight64(TOps.Add64(TOps.MultiplyEven(value, r), lift), right);
                TVector odd = TOps.ShiftRight64(TOps.Add64(TOps.MultiplyEven(TOps.OddToEven(value), r), lift), right);
                even = TOps.Add64(TOps.MultiplyEven(even, m), TOps.Load((int*)offset));
                odd = TOps.Add64(TOps.MultiplyEven(odd, TOps.OddToEven(m)), TOps.Load((int*)(offset + (Block / 2))));
                CodeLines.Store<TOps, TVector>(rounding.Of(even, odd), y, at + c, to.IsWide);
            }
            for (int c = blocks; c < Channels; c++) to.Write(y, at + c, Reference.CodeRows.LayerNormCode(line[c], c, reciprocal, shift, codes, to));
        }
    }
}
