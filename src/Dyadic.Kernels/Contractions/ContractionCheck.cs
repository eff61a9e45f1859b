using System.Runtime.InteropServices;
using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Contractions;

/// <summary>A small case of a contraction, tile or depthwise kernel beside plain C#: two segments, all loops, rows that overlap, outputs between guard bytes.</summary>
internal sealed unsafe class ContractionCheck
{
    private const int Guard = 64, Segments = 2, Steps = 5, RowBytes = 64, GapBytes = 12;
    private const byte GuardByte = 0xA5;
    private static readonly IntFormat Format = new(DType.Int8, 0, -100, 111), Residual = IntFormat.Full(DType.Int8, -9), Sum = new(DType.UInt8, 40, 9, 210);
    private static readonly AlignedPair Scales = new(1_134_567_891, 987_654_321, 31);
    private readonly InstructionSet _set;
    private readonly int _rows, _columns, _size, _stride, _segments, _steps;
    private readonly bool _isFloat, _isDepthwise;
    private readonly TileEnd _end;
    private Func<int, int> _gaps = _ => 0;      // in front of a row
    private bool _isNarrow;      // operands of bfloat16
    private bool _goesOn;        // from what y holds

    private ContractionCheck(InstructionSet set, int rows, int columns, bool isFloat, bool isDepthwise, TileEnd end, int segments = Segments, int steps = Steps)
    {
        (_set, _rows, _columns, _isFloat, _isDepthwise, _end, _segments, _steps, _size) = (set, rows, columns, isFloat, isDepthwise, end, segments, steps, end.MakesCodes() ? 1 : 4);
        _stride = columns * _size + 16;
    }

    private delegate Accumulator Summing(in ContractionArguments a, int row, int column, Accumulator start);

    public static string? Run(ContractionKey key, KernelRun run)
    {
        return new ContractionCheck(key.Set, key.Rows, key.Columns, key.Kind == OperandKind.F32, false, key.End) { _goesOn = key.GoesOn }
            .Run(run, Contraction(key.Blocks * ChannelConstants.Block, key.Kind, Steps));
    }

    // Two runs of a full tile and a small one, or of a small one alone; between the rows of two tiles there is a gap.
    public static string? Run(TileKey key, KernelRun run)
    {
        const int Runs = 2, Few = 5, Groups = 2, CheckSteps = Groups * TileKey.Steps;
        int columns = key.Blocks * ChannelConstants.Block, first = key.Tiles == 2 ? TileShape.MostRows : Few, second = key.Tiles == 2 ? Few : 0, rows = first + second;
        return new ContractionCheck(key.Set, Runs * rows, columns, key.Kind == OperandKind.BF16, false, key.End, steps: CheckSteps) { _gaps = r => r / rows + (r + Few) / rows, _isNarrow = key.Kind == OperandKind.BF16 }
            .Run(OnTiles, key.Kind == OperandKind.BF16 ? BFloat16s(columns, CheckSteps) : Contraction(columns, OperandKind.U8S8, CheckSteps));

        void OnTiles(void* contraction)
        {
            byte* sums = stackalloc byte[TileArguments.SumsBytes];
            TileArguments a = new() { Contraction = *(ContractionArguments*)contraction, Runs = Runs, Steps16 = Groups, RowStride = RowBytes, Sums = sums };
            a.SetRows(first, second);
            run(&a);
        }
    }

    private static Summing Contraction(int columns, OperandKind kind, int steps) => (in ContractionArguments a, int row, int column, Accumulator sum) =>
    {
        byte* w = a.Weights + column * 4;
        for (int s = 0; s < Segments; s++)
        {
            byte* x = (byte*)a.Rows[row] + a.Segments[s];
            for (int k = 0; k < steps; k++, x += 4, w += columns * 4)
            {
                if (kind == OperandKind.F32) sum.Float = MathF.FusedMultiplyAdd(*(float*)x, *(float*)w, sum.Float);
                else if (kind == OperandKind.S16S16) sum.Integer += ((short*)x)[0] * ((short*)w)[0] + ((short*)x)[1] * ((short*)w)[1];
                else
                    for (int j = 0; j < 4; j++) sum.Integer += x[j] * (sbyte)w[j];
            }
        }
        return sum;
    };

    private static Summing BFloat16s(int columns, int steps) => (in ContractionArguments a, int row, int column, Accumulator sum) =>
    {
        byte* w = a.Weights + column * 4;
        for (int s = 0; s < Segments; s++)
        {
            BFloat16* x = (BFloat16*)((byte*)a.Rows[row] + a.Segments[s]);
            for (int first = 0; first < steps; first += TileKey.Steps)
            {
                float even = 0, odd = 0;
                for (int k = 0; k < TileKey.Steps; k++, x += 2, w += columns * 4)
                {
                    even = FlushedFloat.MultiplyAdd(x[0], ((BFloat16*)w)[0], even);
                    odd = FlushedFloat.MultiplyAdd(x[1], ((BFloat16*)w)[1], odd);
                }
                sum.Float = FlushedFloat.Add(sum.Float, FlushedFloat.Add(even, odd));
            }
        }
        return sum;
    };

    public static string? Run(DepthwiseKey key, KernelRun run)
    {
        return new ContractionCheck(key.Set, key.Rows, key.Columns, key.Kind == DepthwiseKind.F32, true, key.End).Run(run, Depthwise);

        Accumulator Depthwise(in ContractionArguments a, int row, int column, Accumulator sum)
        {
            for (int t = 0; t < Segments; t++)
            {
                byte* x = (byte*)a.Rows[row] + a.Segments[t] + column * key.ValueBytes, w = a.Weights + (t * ChannelConstants.Block + column) * 4;
                if (key.Kind == DepthwiseKind.F32) sum.Float = MathF.FusedMultiplyAdd(*(float*)x, *(float*)w, sum.Float);
                else sum.Integer += (key.Kind == DepthwiseKind.U8 ? *x : (sbyte)*x) * *(short*)w;
            }
            return sum;
        }
    }

    public static string? Run(DepthwiseRowKey key, KernelRun run)
    {
        return new ContractionCheck(key.Set, key.Rows, key.Columns, key.Kind == DepthwiseKind.F32, true, key.End, 2 * key.KernelW).Run(run, Depthwise);

        Accumulator Depthwise(in ContractionArguments a, int row, int column, Accumulator sum)
        {
            for (int t = 0; t < 2 * key.KernelW; t++)
            {
                byte* x = (byte*)a.Rows[row] + a.Segments[t / key.KernelW * key.KernelW] + t % key.KernelW * a.PixelStride + column * key.ValueBytes;
                byte* w = a.Weights + (t * ChannelConstants.Block + column) * 4;
                if (key.Kind == DepthwiseKind.F32) sum.Float = MathF.FusedMultiplyAdd(*(float*)x, *(float*)w, sum.Float);
                else sum.Integer += (key.Kind == DepthwiseKind.U8 ? *x : (sbyte)*x) * *(short*)w;
            }
            return sum;
        }
    }

    private string? Run(KernelRun run, Summing sum)
    {
        Rng random = new(1);
        int blocks = (_columns + ChannelConstants.Block - 1) / ChannelConstants.Block;      // of the weights and constants, half a block being one
        byte[] x = new byte[RowBytes * (_rows + _segments + 2) + GapBytes * _gaps(_rows)], w = new byte[_segments * _steps * blocks * ChannelConstants.Block * 4], constants = new byte[blocks * ChannelConstants.Bytes + Guard];
        byte[] residual = new byte[_rows * _stride], y = new byte[2 * Guard + _rows * _stride], expected = new byte[y.Length];
        foreach (byte[] operand in new[] { x, w, residual }) Fill(operand, random);
        if (_isNarrow)
        {
            FillBFloat16s(x, random, i => i / (RowBytes / 2) % 8 < 4);      // several rows, and every fourth column
            FillBFloat16s(w, random, i => i / 2 % _columns % 4 == 1);
        }
        if (_isDepthwise && !_isFloat)
            foreach (ref int pair in MemoryMarshal.Cast<byte, int>(w.AsSpan())) pair = (ushort)pair;      // an int16 below a zero
        for (int b = 0; b < blocks; b++) FillConstants(constants.AsSpan(b * ChannelConstants.Bytes, ChannelConstants.Bytes), random);
        Array.Fill(y, GuardByte);
        if (_goesOn)
            for (int r = 0; r < _rows; r++) Fill(y.AsSpan(Guard + r * _stride, _columns * _size), random);
        Array.Fill(expected, GuardByte);
        nint[] rows = new nint[_rows], segments = [.. Enumerable.Range(0, _segments).Select(s => (nint)(40 * s))];
        ContractionArguments a = new() { SegmentCount = _segments, PixelStride = RowBytes, Steps4 = _steps / 4, StepsRest = _steps % 4, YStride = _stride, ResidualStride = _stride };
        (a.Lo, a.Hi) = (BitConverter.SingleToInt32Bits(-2), BitConverter.SingleToInt32Bits(2.5f));
        byte* codes = stackalloc byte[CodeConstants.Bytes + SumConstants.Bytes];
        CodeConstants.Write(codes, _end == TileEnd.RequantizeAdd ? Sum : Format, _set);
        SumConstants.Write(codes + CodeConstants.Bytes, CodeConstants.Unsigned(Format), Residual, Sum, Scales);
        a.Codes = codes;
        fixed (byte* px = x, pw = w, pc = constants, pr = residual, py = y)
        fixed (nint* prow = rows, ps = segments)
        {
            for (int r = 0; r < rows.Length; r++) rows[r] = (nint)(px + r * RowBytes + _gaps(r) * GapBytes);
            a.Rows = prow;
            a.Segments = ps;
            a.Weights = pw;
            a.Constants = pc;
            a.Residual = pr;
            a.Y = py + Guard;
            for (int r = 0; r < _rows; r++)
                for (int n = 0; n < _columns; n++)
                {
                    byte* block = pc + n / ChannelConstants.Block * ChannelConstants.Bytes;
                    Accumulator start = new() { Integer = _goesOn ? ((int*)(a.Y + r * _stride))[n] : ((int*)block)[n % ChannelConstants.Block] };
                    Finish(sum(in a, r, n, start), a, block, r, n, expected.AsSpan(Guard + r * _stride + n * _size));
                }
            run(&a);
        }
        int at = y.AsSpan().CommonPrefixLength(expected);
        return at == y.Length ? null : $"byte {at - Guard} of a small case is {y[at]}, by definition {expected[at]}";
    }

    private void Finish(Accumulator sum, in ContractionArguments a, byte* constants, int row, int column, Span<byte> y)
    {
        if (_end == TileEnd.AddClamp) sum.Float += *(float*)(a.Residual + row * a.ResidualStride + column * 4);
        if (_end is TileEnd.Clamp or TileEnd.AddClamp) sum.Float = Math.Min(Math.Max(sum.Float, BitConverter.Int32BitsToSingle(a.Lo)), BitConverter.Int32BitsToSingle(a.Hi));
        if (!_end.MakesCodes())
        {
            MemoryMarshal.Write(y, sum.Integer);
            return;
        }
        int lane = column % ChannelConstants.Block;
        int multiplier = ((int*)(constants + ChannelConstants.Multiplier))[lane], rounding = ((int*)(constants + ChannelConstants.Rounding))[lane];
        long q = ((long)sum.Integer * multiplier + ((long)rounding << 32)) >> (32 + ((int*)(constants + ChannelConstants.Shift))[lane]);
        int code = (int)Math.Clamp(q - CodeConstants.Offset(Format), Format.Lo, Format.Hi);
        if (_end == TileEnd.RequantizeAdd) code = Scales.Requantize(code - Format.Zero, Residual.Read(a.Residual[row * a.ResidualStride + column]) - Residual.Zero, Sum.Zero, Sum.Lo, Sum.Hi);
        y[0] = IntFormat.Write(code);
    }

    // Integers over their whole range; floats of few bits.
    private void Fill(Span<byte> to, Rng random)
    {
        random.FillBits(MemoryMarshal.Cast<byte, uint>(to));
        if (!_isFloat) return;
        foreach (ref float f in MemoryMarshal.Cast<byte, float>(to)) f = random.NextInt(-999, 1000) / 512f;
    }

    // Seven random bits behind exponents near 0, so that sums round, or near −63 where values are small, so that products are subnormal or nearly so. Now and then a subnormal number.
    private static void FillBFloat16s(Span<byte> to, Rng random, Func<int, bool> isSmall)
    {
        Span<BFloat16> values = MemoryMarshal.Cast<byte, BFloat16>(to);
        for (int i = 0; i < values.Length; i++)
        {
            int exponent = random.NextInt(16) == 0 ? 0 : 127 - (isSmall(i) ? 63 : 0) + random.NextInt(-6, 6);
            values[i] = new((ushort)(random.NextInt(2) << 15 | exponent << 7 | random.NextInt(1 << 7)));
        }
    }

    private void FillConstants(Span<byte> block, Rng random)
    {
        if (_isFloat)
        {
            Fill(block, random);
            return;
        }
        for (int c = 0; c < ChannelConstants.Block; c++)
        {
            int shift = 33 + random.NextInt(20), zero = random.NextInt(-128, 256);
            MemoryMarshal.Cast<byte, int>(block)[c] = random.NextInt(-100_000, 100_000);
            int multiplier = MemoryMarshal.Cast<byte, int>(block[ChannelConstants.Multiplier..])[c] = random.NextInt(1 << 30, int.MaxValue);
            if (c % 2 != 0) MemoryMarshal.Cast<byte, int>(block[ChannelConstants.OddMultiplier..])[c - 1] = multiplier;
            MemoryMarshal.Cast<byte, int>(block[ChannelConstants.Rounding..])[c] = (1 + 2 * zero) << (shift - 33);
            MemoryMarshal.Cast<byte, int>(block[ChannelConstants.Shift..])[c] = shift - 32;
        }
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Accumulator
    {
        [FieldOffset(0)] public int Integer;
        [FieldOffset(0)] public float Float;
    }
}
