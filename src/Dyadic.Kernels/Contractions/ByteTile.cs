using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Contractions;

/// <summary>The tile of <see cref="ContractionKey"/> in managed vectors of 128 bits, with codes and weights both s8: up to 4 rows of x by one panel of 16 columns.</summary>
/// <remarks>Sixteen accumulators, four vectors of weights and four of x, each four steps of a row: 24 of the 32 registers of Arm64.</remarks>
internal static unsafe class ByteTile<TDot> where TDot : struct, IByteDot
{
    /// <summary>The most rows of a tile, as of <see cref="FloatTile"/>.</summary>
    public const int MostRows = FloatTile.MostRows;

    private const int Columns = ChannelConstants.Block, Step = 4, StepBytes = Step * Columns;

    /// <summary>The tile that ends with <paramref name="end"/>.</summary>
    public static delegate*<ContractionArguments*, int, void> Of(TileEnd end) => end == TileEnd.Requantize ? &Requantize : &Store;

    /// <summary>Ends with <see cref="TileEnd.Store"/>.</summary>
    public static void Store(ContractionArguments* a, int rows) => Sum(a, rows, a->Y, a->YStride);

    /// <summary>Ends with <see cref="TileEnd.Requantize"/>.</summary>
    [SkipLocalsInit]
    public static void Requantize(ContractionArguments* a, int rows)
    {
        int* sums = stackalloc int[MostRows * Columns];
        Sum(a, rows, (byte*)sums, Columns * sizeof(int));
        Vector128<short> lo = Vector128.WidenLower(Vector128.Load(a->Codes + CodeConstants.Lo)).AsInt16(), hi = Vector128.WidenLower(Vector128.Load(a->Codes + CodeConstants.Hi)).AsInt16();
        Vector128<byte> flip = Vector128.Load(a->Codes + CodeConstants.Flip);
        for (int r = 0; r < rows; r++, sums += Columns)
        {
            Vector128<short> left = Vector128.NarrowWithSaturation(Scaled(sums, a->Constants, 0), Scaled(sums, a->Constants, 4));
            Vector128<short> right = Vector128.NarrowWithSaturation(Scaled(sums, a->Constants, 8), Scaled(sums, a->Constants, 12));
            left = Vector128.Min(Vector128.Max(left, lo), hi);
            right = Vector128.Min(Vector128.Max(right, lo), hi);
            (Vector128.Narrow(left.AsUInt16(), right.AsUInt16()) ^ flip).Store(a->Y + r * a->YStride);
        }
    }

    // (15) without its ties, as in TileEpilogue.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Scaled(int* sums, byte* constants, int column)
    {
        Vector128<int> high = TDot.MultiplyHigh(Vector128.Load(sums + column), Row(ChannelConstants.Multiplier));
        return TDot.ShiftRight(high + Row(ChannelConstants.Rounding), Row(ChannelConstants.Shift));

        Vector128<int> Row(int at) => Vector128.Load((int*)(constants + at) + column);
    }

    private static void Sum(ContractionArguments* a, int rows, byte* y, nint stride)
    {
        if (rows == 1) OneRow(a, y);
        else FourRows(a, rows, y, stride);
    }

    private static void OneRow(ContractionArguments* a, byte* y)
    {
        byte* w = a->Weights;
        Accumulators c = new((int*)a->Constants);
        for (nint s = 0; s < a->SegmentCount; s++)
        {
            byte* x = (byte*)(a->Rows[0] + a->Segments[s]);
            for (nint k = a->Steps4; k > 0; k--, x += 4 * Step, w += 4 * StepBytes)
            {
                Vector128<sbyte> v = Vector128.Load((sbyte*)x);
                c.Add(new(w), v, 0);
                c.Add(new(w + StepBytes), v, 1);
                c.Add(new(w + 2 * StepBytes), v, 2);
                c.Add(new(w + 3 * StepBytes), v, 3);
            }
            for (nint k = a->StepsRest; k > 0; k--, x += Step, w += StepBytes) c.Add(new(w), Four(x), 0);
        }
        c.Store(y);
    }

    // Two and three rows repeat the last one.
    private static void FourRows(ContractionArguments* a, int rows, byte* y, nint stride)
    {
        byte* w = a->Weights;
        nint r0 = a->Rows[0], r1 = a->Rows[1], r2 = a->Rows[Math.Min(2, rows - 1)], r3 = a->Rows[rows - 1];
        Accumulators c0 = new((int*)a->Constants), c1 = c0, c2 = c0, c3 = c0;
        for (nint s = 0; s < a->SegmentCount; s++)
        {
            nint at = a->Segments[s];
            byte* x0 = (byte*)(r0 + at), x1 = (byte*)(r1 + at), x2 = (byte*)(r2 + at), x3 = (byte*)(r3 + at);
            for (nint k = a->Steps4; k > 0; k--, x0 += 4 * Step, x1 += 4 * Step, x2 += 4 * Step, x3 += 4 * Step, w += 4 * StepBytes)
            {
                Vector128<sbyte> v0 = Vector128.Load((sbyte*)x0), v1 = Vector128.Load((sbyte*)x1), v2 = Vector128.Load((sbyte*)x2), v3 = Vector128.Load((sbyte*)x3);
                Add(new(w), v0, v1, v2, v3, 0, ref c0, ref c1, ref c2, ref c3);
                Add(new(w + StepBytes), v0, v1, v2, v3, 1, ref c0, ref c1, ref c2, ref c3);
                Add(new(w + 2 * StepBytes), v0, v1, v2, v3, 2, ref c0, ref c1, ref c2, ref c3);
                Add(new(w + 3 * StepBytes), v0, v1, v2, v3, 3, ref c0, ref c1, ref c2, ref c3);
            }
            for (nint k = a->StepsRest; k > 0; k--, x0 += Step, x1 += Step, x2 += Step, x3 += Step, w += StepBytes)
                Add(new(w), Four(x0), Four(x1), Four(x2), Four(x3), 0, ref c0, ref c1, ref c2, ref c3);
        }
        c0.Store(y);
        c1.Store(y + stride);
        if (rows > 2) c2.Store(y + 2 * stride);
        if (rows > 3) c3.Store(y + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Weights w, Vector128<sbyte> v0, Vector128<sbyte> v1, Vector128<sbyte> v2, Vector128<sbyte> v3, [ConstantExpected(Max = (byte)3)] byte step,
        ref Accumulators c0, ref Accumulators c1, ref Accumulators c2, ref Accumulators c3)
    {
        c0.Add(w, v0, step);
        c1.Add(w, v1, step);
        c2.Add(w, v2, step);
        c3.Add(w, v3, step);
    }

    // One step of a row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Four(byte* x) => Vector128.CreateScalarUnsafe(*(int*)x).AsSByte();

    // One step of the panel.
    private readonly struct Weights
    {
        public readonly Vector128<sbyte> W0, W1, W2, W3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Weights(byte* w)
        {
            W0 = Vector128.Load((sbyte*)w);
            W1 = Vector128.Load((sbyte*)w + 16);
            W2 = Vector128.Load((sbyte*)w + 32);
            W3 = Vector128.Load((sbyte*)w + 48);
        }
    }

    // The sixteen sums of a row.
    private struct Accumulators
    {
        private Vector128<int> _c0, _c1, _c2, _c3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Accumulators(int* start)
        {
            _c0 = Vector128.Load(start);
            _c1 = Vector128.Load(start + 4);
            _c2 = Vector128.Load(start + 8);
            _c3 = Vector128.Load(start + 12);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Weights w, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte step)
        {
            _c0 = TDot.Add(_c0, w.W0, x, step);
            _c1 = TDot.Add(_c1, w.W1, x, step);
            _c2 = TDot.Add(_c2, w.W2, x, step);
            _c3 = TDot.Add(_c3, w.W3, x, step);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(byte* y)
        {
            _c0.Store((int*)y);
            _c1.Store((int*)y + 4);
            _c2.Store((int*)y + 8);
            _c3.Store((int*)y + 12);
        }
    }
}
