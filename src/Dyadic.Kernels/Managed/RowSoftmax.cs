using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>Where the rows of a softmax of codes lie, and what is added to them.</summary>
/// <param name="X">[rows, width].</param>
/// <param name="From">Format of x.</param>
/// <param name="Y">[rows, width].</param>
/// <param name="To">Format of y.</param>
/// <param name="Width">Values of a row.</param>
public readonly unsafe record struct SoftmaxRows(nint X, IntFormat From, nint Y, IntFormat To, int Width)
{
    /// <summary>Bytes that say what becomes of x by way of <see cref="Terms"/>, or 0.</summary>
    public nint Mask { get; init; }

    /// <summary>What a byte b of the mask makes of x: (x AND keep[b]) + term[b] with 256 terms in units of x, and behind them 256 numbers that are −1 or 0.</summary>
    public nint Terms { get; init; }

    /// <summary>Sizes of the rows' axes, the first <see cref="Axes"/> of them.</summary>
    public nint Sizes { get; init; }

    /// <summary>How far apart the mask's rows are along each axis, in codes; 0 where it repeats.</summary>
    public nint Strides { get; init; }

    /// <summary>The number of axes in front of the row's.</summary>
    public int Axes { get; init; }

    /// <summary>The distance of two codes of the mask within a row: 1, or 0 where one serves a row.</summary>
    public int Step { get; init; }

    /// <summary>Where the mask of a row starts.</summary>
    internal nint MaskOf(int row)
    {
        nint at = Mask;
        for (int axis = Axes - 1; axis >= 0; axis--)
        {
            int size = ((int*)Sizes)[axis];
            at += row % size * ((nint*)Strides)[axis];
            row /= size;
        }
        return at;
    }
}

/// <summary>Softmax of rows of codes on vectors of any width, equal to <see cref="Reference.CodeRows.Softmax"/> bit for bit.</summary>
public static unsafe class RowSoftmax
{
    private const int Grain = 1 << 12, QuotientBits = 26, MostZ = 32;

    /// <summary>All rows.</summary>
    public static void Run(int rows, in SoftmaxRows of, in SoftmaxCodes codes, in ExecutionMode mode)
    {
        Body body = new(of, codes, mode.Width);
        WorkerPool.For(rows, mode, ref body, Math.Max(1, Grain / Math.Max(1, of.Width)));
    }

    private readonly struct Body(SoftmaxRows of, SoftmaxCodes codes, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<int> line = Scratch.Rent<int>(of.Width);
            for (int row = start; row < end; row++)
            {
                switch (width)
                {
                    case SimdWidth.V512: Row<IntVector512, Vector512<int>>(row, line.Pointer); break;
                    case SimdWidth.V256: Row<IntVector256, Vector256<int>>(row, line.Pointer); break;
                    case SimdWidth.V128: Row<IntVector128, Vector128<int>>(row, line.Pointer); break;
                    default: Scalar(row, line.Pointer); break;
                }
            }
        }

        private void Scalar(int row, int* line)
        {
            nint at = (nint)row * of.Width;
            for (int i = 0; i < of.Width; i++) line[i] = of.From.Read((byte*)of.X, at + i) - of.From.Zero;
            AddMask(row, line);
            Span<int> span = new(line, of.Width);
            Reference.CodeRows.Softmax(span, span, in codes, of.To);
            for (int i = 0; i < of.Width; i++) of.To.Write((byte*)of.Y, at + i, line[i]);
        }

        private void AddMask(int row, int* line)
        {
            if (of.Mask == 0) return;
            byte* mask = (byte*)of.MaskOf(row);
            int* terms = (int*)of.Terms;
            for (int i = 0; i < of.Width; i++)
            {
                int* term = terms + mask[(nint)i * of.Step];
                line[i] = (line[i] & term[256]) + term[0];
            }
        }

        private void Row<TOps, TVector>(int row, int* line) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            nint at = (nint)row * of.Width;
            CodeLines.Load<TOps, TVector>((byte*)of.X, at, of.From, line, of.Width);
            AddMask(row, line);
            int whole = of.Width / TOps.Lanes * TOps.Lanes;
            (int reciprocal, int shift) = codes.Normal(Exponentials<TOps, TVector>(line, Largest<TOps, TVector>(line, whole), whole));
            LaneRounding<TOps, TVector> rounding = new(shift, of.To);
            TVector r = TOps.Splat(reciprocal);
            for (int i = 0; i < whole; i += TOps.Lanes)
            {
                TVector e = TOps.Load(line + i);
                CodeLines.Store<TOps, TVector>(rounding.Of(TOps.MultiplyEven(e, r), TOps.MultiplyEven(TOps.OddToEven(e), r)), (byte*)of.Y, at + i, of.To.IsWide);
            }
            for (int i = whole; i < of.Width; i++) of.To.Write((byte*)of.Y, at + i, Reference.CodeRows.SoftmaxCode(line[i], reciprocal, shift, of.To));
        }

        private int Largest<TOps, TVector>(int* line, int whole) where TOps : IIntVector<TVector> where TVector : unmanaged
        {
            int most = int.MinValue;
            if (whole > 0)
            {
                TVector all = TOps.Splat(int.MinValue), top = TOps.Splat(int.MaxValue);
                for (int i = 0; i < whole; i += TOps.Lanes) all = TOps.Clamp(TOps.Load(line + i), all, top);
                int* lanes = stackalloc int[16];
                TOps.Store(all, lanes);
                for (int l = 0; l < TOps.Lanes; l++) most = Math.Max(most, lanes[l]);
            }
            for (int i = whole; i < of.Width; i++) most = Math.Max(most, line[i]);
            return most;
        }

        // A distance n, at most 32·ln 2, is z·ln 2 + r: z is ⌊n·⌊2²⁶/ln 2⌋·2⁻²⁶⌋ or one more, and 32 halvings leave nothing of 31 bits.
        private long Exponentials<TOps, TVector>(int* line, int most, int whole) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int ln2 = (int)codes.Exp.Ln2;
            TVector top = TOps.Splat(most), far = TOps.Splat((MostZ * ln2) - 1), by = TOps.Splat((1 << QuotientBits) / ln2), one = TOps.Splat(ln2), less = TOps.Splat(ln2 - 1);
            TVector b = TOps.Splat((int)codes.Exp.B), c = TOps.Splat((int)codes.Exp.C), low = TOps.Splat64(uint.MaxValue), sums = TOps.Splat64(0);
            for (int i = 0; i < whole; i += TOps.Lanes)
            {
                TVector n = TOps.MinMagnitude(TOps.ShiftRightLogical(TOps.Subtract(top, TOps.Load(line + i)), codes.Dropped), far);
                TVector z = TOps.ShiftRightLogical(TOps.Multiply(n, by), QuotientBits), r = TOps.Subtract(n, TOps.Multiply(z, one));
                TVector more = TOps.Signs(TOps.Subtract(less, r));
                z = TOps.Subtract(z, more);
                r = TOps.Subtract(r, TOps.And(more, one));
                // p·(p + b) + c of p = −r
                TVector e = TOps.Subtract(c, TOps.Multiply(r, TOps.Subtract(b, r)));
                e = TOps.ShiftRightEach(TOps.ShiftLeft(e, codes.Exp.Fraction), z);
                TOps.Store(e, line + i);
                sums = TOps.Add64(sums, TOps.Add64(TOps.And(e, low), TOps.OddToEven(e)));
            }
            long* parts = stackalloc long[8];
            TOps.Store(sums, (int*)parts);
            long sum = 0;
            for (int l = 0; l < TOps.Lanes / 2; l++) sum += parts[l];
            for (int i = whole; i < of.Width; i++) sum += line[i] = codes.Exponential(most - line[i]);
            return sum;
        }
    }
}
