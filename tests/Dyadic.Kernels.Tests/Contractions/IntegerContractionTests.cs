using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Contractions;

public sealed unsafe class IntegerContractionTests
{
    public static TheoryData<InstructionSet> Sets => [.. InstructionSets.Available];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_set_gives_the_bytes_of_the_definition_within_its_buffers(InstructionSet set)
    {
        Rng random = new(11);
        ExecutionMode mode = new(SimdWidth.V256, 1) { Code = set };
        for (int n = 0; n < 500; n++) Assert.True(Check(n, ConvCase.Next(random), mode, random, c => c.Prepare(in mode)));
    }

    [Fact]
    public void Byte_tiles_give_the_bytes_of_the_definition_within_their_buffers()
    {
        CheckBytes<PlainDot>(300);
        if (ArmDot.IsSupported) CheckBytes<ArmDot>(500);
    }

    private static void CheckBytes<TDot>(int cases) where TDot : struct, IByteDot
    {
        Rng random = new(12);
        ExecutionMode mode = new(SimdWidth.V128, 1);
        int ran = 0;
        for (int n = 0; n < cases; n++)
            if (Check(n, ConvCase.Next(random), mode, random, c => c.PrepareBytes<TDot>())) ran++;
        Assert.InRange(ran, cases / 4, cases - 1);      // depthwise convolutions and weights of nine bits are left to others
    }

    // False where it finds no kernels.
    private static bool Check(int number, in WindowSizes s, ExecutionMode mode, Rng random, Action<IntegerContraction> prepare)
    {
        short[] w = new short[s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps];
        byte[] x = new byte[s.Batch * s.Height * s.Width * s.Channels];
        int reach = random.NextInt(3) == 0 ? 256 : 128;      // weights with a zero point need nine bits
        for (int i = 0; i < w.Length; i++) w[i] = (short)(random.NextInt(8) == 0 ? -reach : random.NextInt(-reach, reach));
        for (int i = 0; i < x.Length; i++) x[i] = (byte)(random.NextInt(8) == 0 ? 255 : random.NextInt(256));
        int[] bias = [.. Enumerable.Range(0, s.OutChannels).Select(_ => random.NextInt(-50_000, 50_000))];
        IntFormat from = Format(random), to = Format(random) with { Lo = 0, Hi = 127 - random.NextInt(20) };
        if (random.NextInt(2) == 0) to = IntFormat.Full(to.Type, to.Zero);
        long bound = 255L * 256 * (w.Length / s.OutChannels) + 50_000;
        // Usual scales; powers of two, which make ties; tiny and large ones that the kernels leave to managed code.
        int kind = random.NextInt(4);
        DyadicScale[] scales = [.. Enumerable.Range(0, s.OutChannels).Select(_ => kind switch
        {
            0 => new DyadicScale(1, 8 + random.NextInt(6)),
            1 when random.NextInt(4) == 0 => DyadicScale.Nearest(1e-12),      // a channel that was pruned away
            1 => DyadicScale.Nearest(Math.ScaleB(1 + random.NextDouble(), -random.NextInt(30))),
            _ => DyadicScale.Nearest((0.5 + random.NextDouble()) * 100 / bound),
        })];
        Requantizer requantizer = new(bias, scales, to, bound, s.Groups == s.OutChannels && s.OutChannels > 1 && s.Channels == s.Groups ? s.OutChannels : s.OutChannels / s.Groups);
        IntegerContraction conv = new(w, WeightSums.OfRows(w, s.OutChannels), bias, scales, s.Groups, s.Window, from, to, requantizer);
        prepare(conv);
        if (!conv.IsReady(in mode)) return false;
        Assert.False(conv.IsReady(mode with { Width = SimdWidth.Scalar, Code = InstructionSet.None }));
        bool atEnd = random.NextInt(2) == 0;
        int outputs = s.Batch * s.OutHeight * s.OutWidth * s.OutChannels;
        using FencedMemory source = FencedMemory.Of<byte>(x, atEnd), target = new(outputs, atEnd);
        conv.Run(in s, source.Pointer, target.Pointer, mode with { Threads = 1 + random.NextInt(3) });
        byte[] expected = Expected(in s, x, w, bias, scales, from, to);
        int different = expected.AsSpan().CommonPrefixLength(target.Span);
        Assert.True(different == outputs, $"case {number}, scales {kind}, {from} → {to}, {s}: output {different}");
        return true;
    }

    private static IntFormat Format(Rng random)
    {
        DType type = random.NextInt(2) == 0 ? DType.Int8 : DType.UInt8;
        return IntFormat.Full(type, type == DType.Int8 ? random.NextInt(-128, 128) : random.NextInt(256));
    }

    // The reference works on logical order.
    private static byte[] Expected(in WindowSizes s, byte[] x, short[] w, int[] bias, DyadicScale[] scales, IntFormat from, IntFormat to)
    {
        byte[] logical = new byte[x.Length], y = new byte[s.Batch * s.OutHeight * s.OutWidth * s.OutChannels], last = new byte[y.Length];
        Turn(x, logical, s.Batch, s.Height * s.Width, s.Channels);
        Reference.IntegerConv.Run(in s, logical, w, bias, scales, y, from, to);
        Turn(y, last, s.Batch, s.OutChannels, s.OutHeight * s.OutWidth);
        return last;
    }

    // [N, A, B] → [N, B, A]
    private static void Turn(byte[] from, byte[] to, int batch, int a, int b)
    {
        for (int n = 0; n < batch; n++)
            for (int i = 0; i < a; i++)
                for (int j = 0; j < b; j++) to[(n * b + j) * a + i] = from[(n * a + i) * b + j];
    }
}
