using Dyadic.Kernels;
using Dyadic.Kernels.Contractions;
using Dyadic.Numerics;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Cli.Benchmarks;

/// <summary>The production kernels with sizes from networks, then small odd ones: rows of <c>bench kernels</c>, of doctor's admission, and of tests.</summary>
/// <remarks>Products are named M×K×N: x [M, K], y [M, N]. Convolutions are named by window, channels and image.</remarks>
internal static class KernelTable
{
    private const string SmallPrefix = "small/";
    private const double Spread = 74;      // the standard deviation of a random code
    private static readonly IntFormat U8 = IntFormat.Full(DType.UInt8, 117), S8 = IntFormat.Full(DType.Int8, -9);
    // Round decimals make ties, which managed kernels take; scales of real networks do not.
    private static readonly DyadicScale Rescale = DyadicScale.Nearest(0.83), TermA = DyadicScale.Nearest(0.831_736_2), TermB = DyadicScale.Nearest(0.604_318_7);

    /// <summary>All rows.</summary>
    public static IReadOnlyList<KernelRow> Rows { get; } = [.. Products(), .. Convolutions(), .. Gradients(), .. Pools(), .. Elements(), .. Moves(), .. FixedPointRows.All(), .. Small()];

    private static IEnumerable<KernelRow> Products()
    {
        foreach ((int m, int k, int n) in new[] { (1024, 1024, 1024), (128, 768, 768), (128, 768, 3072), (128, 3072, 768), (1, 768, 3072) })
        {
            yield return Linear(U8, m, k, n);
            yield return Linear(S8, m, k, n);
            yield return Linear(U8, m, k, n, bits: 9);
            yield return FloatLinear(m, k, n);
        }
        yield return BFloat16Product(128, 768, 768);
        yield return BFloat16Product(512, 512, 512);
    }

    private static IEnumerable<KernelRow> Convolutions()
    {
        foreach (Func<int, int, int, int, Window, KernelRow> conv in new Func<int, int, int, int, Window, KernelRow>[] { (c, m, g, size, w) => Conv(U8, c, m, g, size, size, w), (c, m, g, size, w) => FloatConv(c, m, g, size, size, w) })
        {
            yield return conv(64, 64, 1, 56, Square(3));
            yield return conv(256, 64, 1, 56, Square(1));
            yield return conv(64, 256, 1, 56, Square(1));
            yield return conv(16, 96, 1, 112, Square(1));
            yield return conv(256, 1024, 1, 14, Square(1));
            yield return conv(512, 512, 1, 7, Square(3));
            yield return conv(128, 128, 1, 56, Square(3, stride: 2));
            yield return conv(64, 64, 1, 28, Square(3, dilation: 2));
            yield return conv(128, 128, 4, 28, Square(3));
            yield return conv(3, 64, 1, 224, Square(7, stride: 2));
            yield return conv(3, 32, 1, 224, Square(3, stride: 2));
            foreach (int kernel in (int[])[3, 5])
                foreach (int stride in (int[])[1, 2]) yield return conv(96, 96, 96, 56, Square(kernel, stride));
        }
        yield return Conv(S8, 64, 64, 1, 56, 56, Square(3));
        yield return Added(U8, 64, 256, 1, 56, 56, Square(1));
        yield return Added(U8, 64, 64, 1, 56, 56, Square(3));
        yield return Added(U8, 256, 1024, 1, 14, 14, Square(1));
    }

    private static IEnumerable<KernelRow> Gradients()
    {
        foreach ((int c, int m, int size, int stride) in new[] { (16, 16, 32, 1), (16, 32, 32, 2), (64, 64, 8, 1), (64, 64, 56, 1) })
        {
            yield return InputGradient(16, c, m, size, size, Square(3, stride));
            yield return WeightGradient(16, c, m, size, size, Square(3, stride));
        }
    }

    private static IEnumerable<KernelRow> Pools()
    {
        yield return MaxPool(U8, 64, 112, 112, Square(3, stride: 2));
        yield return AveragePool(U8, 256, 14, 14, new(2, 2, 2, 2));
        yield return AveragePool(U8, 512, 7, 7, new(7, 7));
        yield return FloatPool(max: true, 64, 112, 112, Square(3, stride: 2));
        yield return FloatPool(max: false, 256, 14, 14, new(2, 2, 2, 2));
    }

    private static IEnumerable<KernelRow> Elements()
    {
        yield return Add(S8, 1, 56, 56, 256);
        yield return Lookup(1, 56, 56, 256);
        KernelValue x = new(DType.Float32, 1, 56, 56, 256), codes = x with { Type = DType.UInt8 }, scale = new(DType.Float32), zero = new(DType.UInt8);
        yield return new("quantize_u8_56x56x256", () => new QuantizeStep(1), [x, scale, zero], codes);
        yield return new("dequantize_u8_56x56x256", () => new DequantizeStep(1), [codes, scale, zero], x);
    }

    private static IEnumerable<KernelRow> Moves()
    {
        foreach (DType type in (DType[])[DType.UInt8, DType.Float32])
            foreach ((int c, int size) in new[] { (3, 224), (64, 56) })
            {
                yield return Layout(type, c, size, size, toChannelsLast: true);
                yield return Layout(type, c, size, size, toChannelsLast: false);
            }
        yield return new("transpose_s8_128x12x64", () => new IntTranspose([0, 2, 1, 3]), [new(DType.Int8, 1, 128, 12, 64)], new(DType.Int8, 1, 12, 128, 64));
        yield return new("transpose_s8_768x128", () => new IntTranspose([0, 2, 1]), [new(DType.Int8, 1, 768, 128)], new(DType.Int8, 1, 128, 768));
    }

    // Sizes with remainders for every kernel; the first dimension is a batch of one.
    private static IEnumerable<KernelRow> Small()
    {
        Window three = Square(3), two = new(2, 2, 2, 2);
        foreach (IntFormat f in (IntFormat[])[U8, S8])
        {
            yield return Conv(f, 19, 21, 1, 9, 11, three, small: true);
            yield return Conv(f, 3, 37, 1, 9, 11, Square(5, stride: 2), small: true);
            yield return Conv(f, 21, 35, 7, 9, 11, Square(3, dilation: 2), small: true);
            yield return Conv(f, 19, 19, 19, 9, 11, three, small: true);
            yield return Added(f, 19, 37, 1, 9, 11, three, small: true);
            yield return Added(f, 21, 35, 7, 9, 11, Square(3, dilation: 2), small: true);
            yield return Linear(f, 1, 83, 37, small: true);
            yield return Linear(f, 1, 83, 37, bits: 9, small: true);
            yield return MaxPool(f, 19, 8, 10, two, small: true);
            yield return AveragePool(f, 19, 8, 10, two, small: true);
        }
        yield return FloatConv(19, 21, 1, 9, 11, three, small: true);
        yield return FloatConv(3, 37, 1, 9, 11, Square(5, stride: 2), small: true);
        yield return FloatConv(21, 35, 7, 9, 11, Square(3, dilation: 2), small: true);
        yield return FloatConv(19, 19, 19, 9, 11, three, small: true);
        yield return FloatLinear(1, 83, 37, small: true);
        yield return BFloat16Product(35, 83, 37, small: true);
        foreach (int stride in (int[])[1, 2])
        {
            yield return InputGradient(3, 19, 21, 9, 11, Square(3, stride), small: true);
            yield return WeightGradient(3, 19, 21, 9, 11, Square(3, stride), small: true);
        }
        yield return FloatPool(max: true, 19, 8, 10, two, small: true);
        yield return FloatPool(max: false, 19, 8, 10, two, small: true);
        yield return Add(S8, 1, 19, 5, 7, small: true);
        yield return Lookup(1, 1, 1, 331, small: true);
        yield return Layout(DType.Int8, 19, 5, 7, toChannelsLast: true, small: true);
        yield return Layout(DType.Float32, 19, 5, 7, toChannelsLast: false, small: true);
        yield return Odd("mul_s8", () => new IntMul(DyadicScale.Nearest(0.0031), S8, S8, S8), [new(DType.Int8, 1, 331), new(DType.Int8, 1, 331)], new(DType.Int8, 1, 331));
        yield return Odd("concat_s8", () => new IntConcat(1, [Rescale, DyadicScale.Nearest(0.0031)], [S8, S8], S8), [new(DType.Int8, 1, 33), new(DType.Int8, 1, 70)], new(DType.Int8, 1, 103));
        yield return Odd("transpose_s8", () => new IntTranspose([0, 2, 1]), [new(DType.Int8, 1, 19, 23)], new(DType.Int8, 1, 23, 19));
        yield return Odd("slice_s8", () => new IntSlice([0, 2, 1], [1, 2, 1]), [new(DType.Int8, 1, 19, 23)], new(DType.Int8, 1, 8, 20));
        yield return Odd("pad_s8", () => new IntPad([0, 1, 2], -9), [new(DType.Int8, 1, 19, 23)], new(DType.Int8, 1, 22, 26));
        yield return Odd("argmax_s8", () => new IntArgMax(1, S8), [new(DType.Int8, 1, 103)], new(DType.Int64, 1));
    }

    private static KernelRow Odd(string name, Func<Step> make, KernelValue[] inputs, KernelValue output) => new(SmallPrefix + name, make, inputs, output) { Small = true };

    private static KernelRow Linear(IntFormat f, int m, int k, int n, int bits = 8, bool small = false) =>
        new($"{Prefix(small)}gemm_{f.Name}s{bits}_{m}x{k}x{n}", () => new IntLinear(Weights(n * k, bits), Biases(n), [Requantization(k, bits)], f, f), [new(f.Type, m, k)], new(f.Type, m, n))
        {
            Products = (long)m * k * n, WeightBytes = (long)k * n * (bits > 8 ? 2 : 1), Operands = bits > 8 ? OperandKind.S16S16 : OperandKind.U8S8, Small = small,
        };

    private static KernelRow FloatLinear(int m, int k, int n, bool small = false) =>
        new($"{Prefix(small)}gemm_f32_{m}x{k}x{n}", () => new PackedLinearStep(Reals(n * k), Reals(n), n, Clamp.None), [new(DType.Float32, m, k)], new(DType.Float32, m, n))
        {
            Products = (long)m * k * n, WeightBytes = 4L * k * n, Operands = OperandKind.F32, Small = small,
        };

    private static KernelRow BFloat16Product(int m, int k, int n, bool small = false) =>
        new($"{Prefix(small)}matmul_bf16_{m}x{k}x{n}", () => new MatMulStep(), [new(DType.BFloat16, m, k), new(DType.BFloat16, k, n)], new(DType.BFloat16, m, n))
        {
            Products = (long)m * k * n, Operands = OperandKind.BF16, Small = small,
        };

    private static KernelRow Conv(IntFormat f, int c, int m, int groups, int h, int w, Window window, bool small = false)
    {
        int taps = c / groups * window.Taps;
        KernelValue y = new(f.Type, 1, window.OutputHeight(h), window.OutputWidth(w), m);
        return new(ConvName($"{f.Name}s8", c, m, groups, h, w, window, small), () => new IntConv(Weights(m * taps, 8), Biases(m), [Requantization(taps, 8)], window, groups, f, f), [new(f.Type, 1, h, w, c)], y)
        {
            Products = y.Length * taps, WeightBytes = (long)m * taps, Operands = IsDepthwise(c, m, groups) ? OperandKind.S16S16 : OperandKind.U8S8, Small = small,
        };
    }

    // A convolution with a residual behind it.
    private static KernelRow Added(IntFormat f, int c, int m, int groups, int h, int w, Window window, bool small = false)
    {
        KernelRow conv = Conv(f, c, m, groups, h, w, window, small);
        return new(conv.Name + "_residual", () => ((IntConv)conv.Step).WithResidual(TermA, TermB, f, f), [.. conv.Inputs, conv.Output], conv.Output)
        {
            Products = conv.Products, WeightBytes = conv.WeightBytes, Operands = conv.Operands, Small = small,
        };
    }

    private static KernelRow FloatConv(int c, int m, int groups, int h, int w, Window window, bool small = false)
    {
        int taps = c / groups * window.Taps;
        KernelValue y = new(DType.Float32, 1, window.OutputHeight(h), window.OutputWidth(w), m);
        return new(ConvName("f32", c, m, groups, h, w, window, small), () => new PackedConvStep(Reals(m * taps), Reals(m), m, groups, window, Clamp.Relu), [new(DType.Float32, 1, h, w, c)], y)
        {
            Products = y.Length * taps, WeightBytes = 4L * m * taps, Operands = OperandKind.F32, Small = small,
        };
    }

    private static KernelRow InputGradient(int n, int c, int m, int h, int w, Window window, bool small = false)
    {
        KernelValue x = new(DType.Float32, n, h, w, c), y = new(DType.Float32, n, window.OutputHeight(h), window.OutputWidth(w), m);
        return new($"{ConvName("f32_input_gradient", c, m, 1, h, w, window, small)}x{n}", () => new PixelConvInputGradientStep(window), [y, new(DType.Float32, m, c, window.KernelH, window.KernelW)], x)
        {
            Products = y.Length * c * window.Taps, Operands = OperandKind.F32, Small = small,
        };
    }

    private static KernelRow WeightGradient(int n, int c, int m, int h, int w, Window window, bool small = false)
    {
        KernelValue x = new(DType.Float32, n, h, w, c), y = new(DType.Float32, n, window.OutputHeight(h), window.OutputWidth(w), m);
        return new($"{ConvName("f32_weight_gradient", c, m, 1, h, w, window, small)}x{n}", () => new PixelConvWeightGradientStep(window), [x, y], new(DType.Float32, m, c, window.KernelH, window.KernelW))
        {
            Products = y.Length * c * window.Taps, Operands = OperandKind.F32, Small = small,
        };
    }

    private static string ConvName(string types, int c, int m, int groups, int h, int w, Window window, bool small)
    {
        string stride = window.StrideH == 1 ? "" : $"_stride{window.StrideH}", dilation = window.DilationH == 1 ? "" : $"_dilated{window.DilationH}";
        bool depthwise = IsDepthwise(c, m, groups);
        string channels = depthwise ? $"{c}" : $"{c}to{m}{(groups == 1 ? "" : $"in{groups}")}";
        return $"{Prefix(small)}{(depthwise ? "depthwise" : "conv")}_{types}_{window.KernelH}x{window.KernelW}{stride}{dilation}_{channels}_{h}x{w}";
    }

    private static bool IsDepthwise(int c, int m, int groups) => groups == m && c == m;

    private static KernelRow MaxPool(IntFormat f, int c, int h, int w, Window window, bool small = false) =>
        new($"{Prefix(small)}maxpool_{f.Name}_{PoolName(c, h, w, window)}", () => new IntMaxPool(window, f), [new(f.Type, 1, h, w, c)], Pooled(f.Type, c, h, w, window)) { Small = small };

    private static KernelRow AveragePool(IntFormat f, int c, int h, int w, Window window, bool small = false) =>
        new($"{Prefix(small)}averagepool_{f.Name}_{PoolName(c, h, w, window)}", () => new IntAveragePool(window, [DyadicScale.Nearest(0.83 / window.Taps)], f, f), [new(f.Type, 1, h, w, c)], Pooled(f.Type, c, h, w, window)) { Small = small };

    // The step that the plan takes between convolutions.
    private static KernelRow FloatPool(bool max, int c, int h, int w, Window window, bool small = false) =>
        new($"{Prefix(small)}{(max ? "maxpool" : "averagepool")}_f32_{PoolName(c, h, w, window)}", () => Planned("pool_", Dims(1, c, h, w), (DType.Float32, [Neutral(c), new PoolStep(max ? PoolFunction.Max : PoolFunction.Average, window), Neutral(c)]), Dims(1, c, window.OutputHeight(h), window.OutputWidth(w))), [new(DType.Float32, 1, h, w, c)], Pooled(DType.Float32, c, h, w, window)) { Small = small };

    private static string PoolName(int c, int h, int w, Window window) => $"{window.KernelH}x{window.KernelW}{(window.StrideH == 1 ? "" : $"_stride{window.StrideH}")}_{c}_{h}x{w}";

    private static KernelValue Pooled(DType type, int c, int h, int w, Window window) => new(type, 1, window.OutputHeight(h), window.OutputWidth(w), c);

    private static KernelRow Add(IntFormat f, int n, int h, int w, int c, bool small = false)
    {
        KernelValue x = new(f.Type, n, h, w, c);
        (DyadicScale a, DyadicScale b) = small ? (Rescale, DyadicScale.Nearest(0.6)) : (TermA, TermB);
        return new($"{Prefix(small)}add_{f.Name}_{h}x{w}x{c}", () => new IntAdd(a, f, b, f, f), [x, x], x) { Products = 2 * x.Length, Small = small };
    }

    private static KernelRow Lookup(int n, int h, int w, int c, bool small = false)
    {
        KernelValue x = new(DType.UInt8, n, h, w, c);
        return new($"{Prefix(small)}lookup_{h}x{w}x{c}", () => IntLookup.Requantize(Rescale, U8, S8), [x], x with { Type = DType.Int8 }) { Small = small };
    }

    // The step that the plan puts before or behind a convolution.
    private static KernelRow Layout(DType type, int c, int h, int w, bool toChannelsLast, bool small = false)
    {
        string kernel = toChannelsLast ? "layout_nchw_nhwc" : "layout_nhwc_nchw";
        KernelValue logical = new(type, 1, c, h, w), last = new(type, 1, h, w, c);
        IntFormat f = type == DType.UInt8 ? U8 : S8;
        Step convolution() => type == DType.Float32 ? Neutral(c) : new IntConv([.. Enumerable.Repeat((short)1, c)], new int[c], [Rescale], new(1, 1), c, f, f);
        return new($"{Prefix(small)}{kernel}_{(type == DType.Float32 ? "f32" : "8")}_{c}_{h}x{w}", () => Planned(kernel, logical.Dims, (type, [convolution()]), logical.Dims), [toChannelsLast ? logical : last], toChannelsLast ? last : logical) { Small = small };
    }

    private static PackedConvStep Neutral(int c) => new(Enumerable.Repeat(1f, c).ToArray(), [], c, c, new(1, 1), Clamp.None);

    private static int[] Dims(params int[] dims) => dims;

    // The first step of the plan of a chain whose kernel starts with a name; the first step keeps the dimensions, the others give `after`.
    private static Step Planned(string kernel, int[] before, (DType Type, Step[] Steps) chain, int[] after)
    {
        PlanBuilder builder = new(batched: true);
        int value = builder.Input("x", chain.Type, before);
        for (int i = 0; i < chain.Steps.Length; i++) value = builder.Add($"{i}", chain.Steps[i], [value], (chain.Type, i == 0 ? before : after))[0];
        builder.Output("y", value);
        return builder.Build().Steps.First(s => s.Step.Kernel.StartsWith(kernel, StringComparison.Ordinal)).Step;
    }

    private static Window Square(int kernel, int stride = 1, int dilation = 1)
    {
        int pad = kernel / 2 * dilation;
        return new(kernel, kernel, stride, stride, pad, pad, pad, pad, dilation, dilation);
    }

    private static string Prefix(bool small) => small ? SmallPrefix : "";

    // Accumulators of k random products then fill the codes without saturating.
    private static DyadicScale Requantization(int k, int bits) => DyadicScale.Nearest(40 / (Math.Sqrt(k) * Spread * Spread * (1 << (bits - 8))));

    private static short[] Weights(int count, int bits)
    {
        Rng rng = new Rng(1).Split("weights");
        int most = (1 << (bits - 1)) - 1;
        short[] weights = new short[count];
        foreach (ref short w in weights.AsSpan()) w = (short)rng.NextInt(-most, most + 1);
        return weights;
    }

    private static int[] Biases(int count)
    {
        Rng rng = new Rng(1).Split("bias");
        return [.. Enumerable.Range(0, count).Select(_ => rng.NextInt(-20000, 20001))];
    }

    private static float[] Reals(int count)
    {
        float[] values = new float[count];
        new Rng(1).Split("reals").FillUniform(values, -1, 1);
        return values;
    }
}
