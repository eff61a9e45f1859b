using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Contractions;

/// <summary>A small case of a contraction kernel beside plain C#: two segments, all loops, rows that overlap, outputs between guard bytes.</summary>
internal static unsafe class ContractionCheck
{
    private const int Guard = 64, Segments = 2, Steps = 5, RowBytes = 64;
    private const byte GuardByte = 0xA5;

    public static string? Run(ContractionKey key, KernelRun run)
    {
        int columns = key.Blocks * ChannelConstants.Block, size = key.End == TileEnd.Requantize ? 1 : 4, stride = columns * size + 16;
        Rng random = new(1);
        byte[] x = new byte[RowBytes * (key.Rows + 1)], w = new byte[Segments * Steps * columns * 4], constants = new byte[key.Blocks * ChannelConstants.Bytes + Guard];
        Fill(key, x, random);
        Fill(key, w, random);
        FillConstants(key, constants, random);
        byte[] residual = new byte[key.Rows * stride], y = new byte[2 * Guard + key.Rows * stride], expected = new byte[y.Length];
        Fill(key, residual, random);
        Array.Fill(y, GuardByte);
        nint[] rows = new nint[key.Rows], segments = [0, 40];
        ContractionArguments a = new() { SegmentCount = Segments, Steps4 = Steps / 4, StepsRest = Steps % 4, YStride = stride, ResidualStride = stride };
        (a.Lo, a.Hi) = key.Kind == OperandKind.F32 ? (BitConverter.SingleToInt32Bits(-2), BitConverter.SingleToInt32Bits(2.5f)) : (-100, 111);
        fixed (byte* px = x, pw = w, pc = constants, pr = residual, py = y)
        fixed (nint* prow = rows, ps = segments)
        {
            for (int r = 0; r < rows.Length; r++) rows[r] = (nint)(px + r * RowBytes);
            a.Rows = prow;
            a.Segments = ps;
            a.Weights = pw;
            a.Constants = pc;
            a.Residual = pr;
            a.Y = py + Guard;
            Array.Fill(expected, GuardByte);
            for (int r = 0; r < key.Rows; r++)
                for (int n = 0; n < columns; n++) Expect(key, a, r, n, columns, expected.AsSpan(Guard + r * stride + n * size));
            run(&a);
        }
        int at = y.AsSpan().CommonPrefixLength(expected);
        return at == y.Length ? null : $"byte {at - Guard} of a small case is {y[at]}, by definition {expected[at]}";
    }

    private static void Expect(ContractionKey key, in ContractionArguments a, int row, int column, int columns, Span<byte> y)
    {
        byte* constants = a.Constants + column / ChannelConstants.Block * ChannelConstants.Bytes;
        int lane = column % ChannelConstants.Block, acc = ((int*)constants)[lane];
        float sum = ((float*)constants)[lane];
        byte* w = a.Weights + column * 4;
        for (int s = 0; s < Segments; s++)
        {
            byte* x = (byte*)a.Rows[row] + a.Segments[s];
            for (int k = 0; k < Steps; k++, x += 4, w += columns * 4)
            {
                sum = MathF.FusedMultiplyAdd(*(float*)x, *(float*)w, sum);
                for (int j = 0; j < 4; j++)
                    if (key.Kind == OperandKind.U8S8) acc += x[j] * (sbyte)w[j];
                    else if (key.Kind == OperandKind.S16S16 && j < 2) acc += ((short*)x)[j] * ((short*)w)[j];
            }
        }
        if (key.Kind == OperandKind.F32)
        {
            if (key.End == TileEnd.AddClamp) sum += *(float*)(a.Residual + row * a.ResidualStride + column * 4);
            if (key.End != TileEnd.Store) sum = Math.Min(Math.Max(sum, BitConverter.Int32BitsToSingle(a.Lo)), BitConverter.Int32BitsToSingle(a.Hi));
            MemoryMarshal.Write(y, sum);
        }
        else if (key.End == TileEnd.Store) MemoryMarshal.Write(y, acc);
        else y[0] = Requantize(acc, constants, lane, a.Lo, a.Hi);
    }

    internal static byte Requantize(int acc, byte* constants, int lane, int lo, int hi)
    {
        long offset = ((long*)(constants + (lane % 2 == 0 ? ChannelConstants.EvenOffset : ChannelConstants.OddOffset)))[lane / 2];
        long q = ((long)acc * ((int*)(constants + ChannelConstants.Multiplier))[lane] + offset) >> (32 + ((int*)(constants + ChannelConstants.Shift))[lane]);
        return (byte)Math.Clamp(q, lo, hi);
    }

    // Integers over their whole range; floats of few bits.
    internal static void Fill(ContractionKey key, Span<byte> to, Rng random)
    {
        random.FillBits(MemoryMarshal.Cast<byte, uint>(to));
        if (key.Kind != OperandKind.F32) return;
        foreach (ref float f in MemoryMarshal.Cast<byte, float>(to)) f = random.NextInt(-999, 1000) / 512f;
    }

    internal static void FillConstants(ContractionKey key, Span<byte> to, Rng random)
    {
        for (int b = 0; b < key.Blocks; b++)
        {
            Span<byte> block = to.Slice(b * ChannelConstants.Bytes, ChannelConstants.Bytes);
            if (key.Kind == OperandKind.F32)
            {
                Fill(key, block, random);
                continue;
            }
            for (int c = 0; c < ChannelConstants.Block; c++)
            {
                int shift = 33 + random.NextInt(0, 20);
                MemoryMarshal.Cast<byte, int>(block)[c] = random.NextInt(-100_000, 100_000);
                MemoryMarshal.Cast<byte, int>(block[ChannelConstants.Multiplier..])[c] = random.NextInt(1 << 30, int.MaxValue);
                MemoryMarshal.Cast<byte, long>(block[(c % 2 == 0 ? ChannelConstants.EvenOffset : ChannelConstants.OddOffset)..])[c / 2] = (1L << (shift - 1)) + ((long)random.NextInt(-128, 128) << shift);
                MemoryMarshal.Cast<byte, int>(block[ChannelConstants.Shift..])[c] = shift - 32;
            }
        }
    }
}
