using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Contractions;

public sealed unsafe class IntegerContractionTests
{
    public static TheoryData<InstructionSet> Sets => [.. InstructionSets.Available];

    public static TheoryData<InstructionSet> SetsAndTiles =>
        [.. InstructionSets.Available.Append(InstructionSets.Available.Contains(InstructionSet.Avx512Vnni) ? InstructionSet.Amx : InstructionSet.None).Where(s => s != InstructionSet.None).Distinct()];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_set_gives_the_bytes_of_the_definition_within_its_buffers(InstructionSet set)
    {
        Rng random = new(11);
        for (int n = 0; n < 500; n++) Check(n, ConvCase.Next(random), set, random);
    }

    // Bytes by columns, as a product in a file has them.
    [Theory]
    [MemberData(nameof(SetsAndTiles))]
    public void Products_by_columns_are_those_by_rows(InstructionSet set)
    {
        Rng random = new(12);
        foreach ((int rows, int inner, int outs) in new[] { (1, 1, 1), (3, 5, 17), (13, 7, 33), (25, 259, 70), (5, 130, 16), (12, 64, 48), (2, 400, 96) })
        {
            sbyte[] columns = [.. Enumerable.Range(0, inner * outs).Select(_ => (sbyte)random.NextInt(-128, 128))];
            WeightCodes byColumns = WeightCodes.Of(columns, outs, byColumns: true), byRows = WeightCodes.Of(byColumns.Rows(), outs);
            byte[] x = [.. Enumerable.Range(0, rows * inner).Select(_ => (byte)random.NextInt(256))];
            Assert.Equal(Product(byRows), Product(byColumns));

            byte[] Product(WeightCodes codes)
            {
                int[] bias = new int[outs];
                DyadicScale[] scales = [.. Enumerable.Repeat(DyadicScale.Nearest(100.0 / (255 * 128 * inner)), outs)];
                IntFormat from = IntFormat.Full(DType.UInt8, 3), to = IntFormat.Full(DType.Int8);
                IntegerContraction product = new(codes, codes.Sums(), bias, scales, 1, new(1, 1), from, to, new(bias, scales, to, 258L * 128 * inner, outs));
                if (set == InstructionSet.Amx) product.PrepareWith(set, Interpreted);
                else product.Prepare(set);
                byte[] y = new byte[rows * outs];
                fixed (byte* px = x, py = y) product.Run(new(1, inner, rows, 1, outs, rows, 1, 1, new(1, 1)), px, null, py, new ExecutionMode(SimdWidth.V256, 1) { Code = set });
                return y;
            }
        }
    }

    // Where the machine has no tiles, their kernels are interpreted, between the true driver and the true kernels on vectors.
    [Fact]
    public void Tiles_give_the_bytes_of_the_definition_within_their_buffers()
    {
        if (!InstructionSets.Available.Contains(InstructionSet.Avx512Vnni)) return;
        Rng random = new(12);
        int number = 0, runs = 0;
        foreach (WindowSizes s in Tiled) Check(number++, in s, InstructionSet.Amx, random, Counted);
        while (number < 200) Check(number++, ConvCase.Next(random), InstructionSet.Amx, random, Counted);
        Assert.True(runs > 300, $"{runs} calls of kernels on tiles");

        KernelRun Counted(TileKey key)
        {
            KernelRun kernel = Interpreted(key);
            return a =>
            {
                Interlocked.Increment(ref runs);
                kernel(a);
            };
        }
    }

    // Neither signs nor thread counts nor tails decide it: what can be added in the kernel is.
    [Theory]
    [MemberData(nameof(Sets))]
    public void A_residual_is_added_in_the_kernel_unless_a_pair_of_codes_makes_a_tie(InstructionSet set)
    {
        sbyte[] w = [.. Enumerable.Repeat((sbyte)1, 8 * 40)];
        IntFormat format = IntFormat.Full(DType.Int8, 3);
        DyadicScale[] scales = [.. Enumerable.Repeat(DyadicScale.Nearest(0.0123), 40)];
        WeightCodes codes = WeightCodes.Of(w, 40);
        IntegerContraction product = new(codes, codes.Sums(), new int[40], scales, 1, new(1, 1), format, format, new(new int[40], scales, format, 255 * 8, 40));
        foreach ((double a, double b, bool ties) in new[] { (0.831_736_2, 0.604_318_7, false), (0.5, 0.5, true) })
        {
            IntegerAddition sum = new(format, format, format, AlignedPair.Of(DyadicScale.Nearest(a), DyadicScale.Nearest(b)));
            Assert.Equal(!ties, sum.Fits);
            IntegerContraction added = product.With(sum);
            added.Prepare(set);
            Assert.NotEmpty(added.Kernels(set));
            Assert.All(added.Kernels(set), k => Assert.Equal(!ties, k.Key.Name.Contains("_requantizeadd@", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void What_tiles_do_not_serve_shares_the_kernels_on_vectors()
    {
        if (!InstructionSets.Available.Contains(InstructionSet.Avx512Vnni)) return;
        foreach (bool refused in (bool[])[false, true])
        {
            short[] w = [.. Enumerable.Repeat((short)(refused ? 1 : 200), 32 * 64)];      // 200 does not fit a byte
            DyadicScale[] scales = [.. Enumerable.Repeat(DyadicScale.Nearest(1e-4), 32)];
            IntFormat format = IntFormat.Full(DType.UInt8, 0);
            IntegerContraction product = new(WeightCodes.Of(w, 32), WeightSums.OfRows(w, 32), new int[32], scales, 1, new(1, 1), format, format, new(new int[32], scales, format, 255 * 200 * 64, 32));
            product.PrepareWith(InstructionSet.Amx, _ => null);
            Assert.NotEmpty(product.Kernels(InstructionSet.Amx));
            Assert.Equal(product.Kernels(InstructionSet.Avx512Vnni), product.Kernels(InstructionSet.Amx));
        }
    }

    // Rows of one tall image with each number of tiles; lines of one column, of half a tile, of a tile, between one and two, beyond two; strides, odd channels.
    private static IEnumerable<WindowSizes> Tiled
    {
        get
        {
            foreach (int rows in (int[])[1, 15, 16, 17, 32, 33, 49, 100])
                foreach ((int inner, int outs) in new[] { (64, 32), (70, 48), (200, 33) }) yield return new(1, inner, rows, 1, outs, rows, 1, 1, new(1, 1));
            foreach (int width in (int[])[1, 2, 7, 16, 17, 32, 33, 65])
                foreach (int stride in (int[])[1, 2])
                {
                    Window t = new(3, 3, stride, stride, 1, 1, 1, 1, 1, 1);
                    foreach (int channels in (int[])[3, 16, 24]) yield return new(2, channels, 7, width * stride, 40, t.OutputHeight(7), width, 1, t);
                }
        }
    }

    private static KernelRun Interpreted(TileKey key)
    {
        if (KernelCache.Get(key) is { } kernel) return kernel.Run;
        KernelIr ir = key.Generate();
        return a => new KernelInterpreter(ir).Run(a);
    }

    [Fact]
    public void Byte_tiles_give_the_bytes_of_the_definition_within_their_buffers()
    {
        CheckBytes<PlainDot>(300);
        if (ArmDot.IsSupported) CheckBytes<ArmDot>(500);
    }

    private static void CheckBytes<TDot>(int cases) where TDot : struct, IByteDot
    {
        Rng random = new(13);
        ExecutionMode mode = new(SimdWidth.V128, 1);
        int ran = 0;
        for (int n = 0; n < cases; n++)
            if (Check(n, ConvCase.Next(random), mode, random, c => c.PrepareBytes<TDot>())) ran++;
        Assert.InRange(ran, cases / 4, cases - 1);      // depthwise convolutions and weights of nine bits are left to others
    }

    private static void Check(int number, in WindowSizes s, InstructionSet set, Rng random, Func<TileKey, KernelRun?>? tiles = null) =>
        Assert.True(Check(number, in s, new ExecutionMode(SimdWidth.V256, 1) { Code = set }, random, c =>
        {
            if (tiles is null) c.Prepare(set);
            else c.PrepareWith(set, tiles);
        }));

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
        IntegerContraction conv = new(WeightCodes.Of(w, s.OutChannels), WeightSums.OfRows(w, s.OutChannels), bias, scales, s.Groups, s.Window, from, to, requantizer);
        IntegerAddition? sum = random.NextInt(2) == 0 ? Sum(random, to) : null;
        if (sum is not null) conv = conv.With(sum);
        prepare(conv);
        if (!conv.IsReady(in mode)) return false;
        bool atEnd = random.NextInt(2) == 0;
        int outputs = s.Batch * s.OutHeight * s.OutWidth * s.OutChannels;
        byte[] r = new byte[outputs];
        for (int i = 0; i < r.Length; i++) r[i] = (byte)random.NextInt(256);
        using FencedMemory source = FencedMemory.Of<byte>(x, atEnd), residual = FencedMemory.Of<byte>(r, atEnd), apart = new(outputs, atEnd);
        FencedMemory target = sum is not null && random.NextInt(2) == 0 ? residual : apart;
        conv.Run(in s, source.Pointer, sum is null ? null : residual.Pointer, target.Pointer, mode with { Threads = 1 + random.NextInt(3) });
        byte[] expected = Expected(in s, x, w, bias, scales, from, to);
        sum?.RunReference([.. expected], r, expected);
        int different = expected.AsSpan().CommonPrefixLength(target.Span);
        Assert.True(different == outputs, $"case {number}, scales {kind}, {from} → {to} → {sum?.To}, {s}: output {different}");
        return true;
    }

    // Usual scales, and decimals that make ties, which generated kernels do not take.
    private static IntegerAddition Sum(Rng random, IntFormat codes)
    {
        double[] scales = random.NextInt(4) == 0 ? [0.5, 0.7] : [0.2 + random.NextDouble(), 0.2 + random.NextDouble()];
        IntFormat to = Format(random);
        if (random.NextInt(2) == 0) to = to with { Lo = to.Zero };
        return new(codes, Format(random), to, AlignedPair.Of(DyadicScale.Nearest(scales[0]), DyadicScale.Nearest(scales[1])));
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
