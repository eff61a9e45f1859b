using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps;

namespace Dyadic.Cli.Benchmarks;

/// <summary>The kernels of integer training on spans, as rows: an activation of ResNet-20 at batch 128 and rows of an encoder of width 256; then odd sizes.</summary>
internal static class FixedPointRows
{
    private const string SmallPrefix = "small/";
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(1).Split("rows"));

    /// <summary>All rows.</summary>
    public static IEnumerable<KernelRow> All() => [.. Rows(131_072, 16, 2048, 256, small: false), .. Rows(67, 19, 13, 48, small: true)];

    // Pixels of channels, whose batch-norm has a group a channel, and tokens of features, whose layer-norm has a group a token.
    private static IEnumerable<KernelRow> Rows(int pixels, int channels, int tokens, int features, bool small)
    {
        KernelValue codes = new(DType.Int8, pixels, channels), sums = codes with { Type = DType.Int32 }, floats = codes with { Type = DType.Float32 };
        yield return Row("fixed_largest_f32", small, [floats], new(DType.Float32, 1), (x, y, m) => y.Span<float>()[0] = FixedPointMap.Largest(x[0].Span<float>(), "x", m));
        yield return Row("fixed_map_f32_s8", small, [floats], codes, (x, y, m) => FixedPointMap.Quantize(x[0].Span<float>(), y.Span<sbyte>(), 8, -6, Rounding.Stochastic, Draw, m));
        yield return Row("fixed_nearest_f32_s8", small, [floats], codes, (x, y, m) => FixedPointMap.Quantize(x[0].Span<float>(), y.Span<sbyte>(), 8, -6, Rounding.HalfEven, Draw, m));
        yield return Row("fixed_map_f32_s16", small, [floats], codes with { Type = DType.Int16 }, (x, y, m) => FixedPointMap.Quantize(x[0].Span<float>(), y.Span<short>(), 16, -14, Rounding.Stochastic, Draw, m));
        yield return Row("fixed_remap_s32_s8", small, [sums], codes, (x, y, m) => FixedPointMap.Requantize(x[0].Span<int>(), 0, y.Span<sbyte>(), 8, 24, Rounding.Stochastic, Draw, m));
        yield return Row("fixed_inverse_s32_f32", small, [sums], floats, (x, y, m) => FixedPointMap.Dequantize(x[0].Span<int>(), -30, y.Span<float>(), m));
        yield return Row("fixed_add_s8", small, [codes, codes], codes, (x, y, m) => FixedPointSum.Add<sbyte>(x[0].Span<sbyte>(), -5, x[1].Span<sbyte>(), -7, y.Span<sbyte>(), 8, 0, Rounding.Stochastic, Draw, m));
        DyadicScale hundredth = DyadicScale.Nearest(0.01, CodeSlope.ScaleBits);
        yield return Row("fixed_slope_s8", small, [codes], codes, (x, y, m) =>
        {
            CodeSpan v = new(MemoryMarshal.AsBytes(x[0].Span<sbyte>()), 8);
            CodeSlope.Run(v, v, -5, hundredth, negative: false, MemoryMarshal.AsBytes(y.Span<sbyte>()), 8, 0, Rounding.Stochastic, Draw, m);
        });
        short[] state = [.. Numbers(pixels * channels, 30_000).Select(v => (short)v)], roots = [.. state.Select(short.Abs)], mean = new short[state.Length], root = new short[state.Length];
        short[] meanExponents = new short[BlockMap.Blocks(state.Length)], rootExponents = new short[meanExponents.Length];
        yield return Row("fixed_adam_s16", small, [codes with { Type = DType.Int16 }], sums, (x, y, m) =>
        {
            state.CopyTo(mean, 0);
            roots.CopyTo(root, 0);
            meanExponents.AsSpan().Fill(-20);
            rootExponents.AsSpan().Fill(-20);
            IntegerAdam.Moments(mean, meanExponents, root, rootExponents, x[0].Span<short>(), -19, AdamScales.Of(1e-3, 0.9, 0.999, 1e-8, 0, false, 100), y.Span<int>(), 16, Rounding.Stochastic, Draw, m);
        });
        foreach ((string norm, int rows, int columns, NormGroups by) in new[] { ("batchnorm", pixels, channels, NormGroups.Columns), ("layernorm", tokens, features, NormGroups.Rows) })
        {
            KernelValue x8 = new(DType.Int8, rows, columns);
            int groups = by == NormGroups.Columns ? columns : rows;
            int[] first = Numbers(groups, 60_000), second = Numbers(groups, 2_000_000), third = Numbers(groups, 9000);
            GroupStatistics[] statistics = new GroupStatistics[groups];
            yield return Row($"fixed_{norm}_sums_s8", small, [x8], new(DType.Int64, groups), (x, y, m) =>
            {
                IntegerNorm.Statistics<sbyte>(x[0].Span<sbyte>(), columns, by, statistics, m);
                for (int i = 0; i < groups; i++) y.Span<long>()[i] = statistics[i].Squares;
            });
            yield return Row($"fixed_{norm}_s8", small, [x8], x8, (x, y, m) => IntegerNorm.Normalize<sbyte, sbyte>(x[0].Span<sbyte>(), columns, by, first, second, y.Span<sbyte>(), 8, Rounding.Stochastic, Draw, m));
            yield return Row($"fixed_{norm}_gradient_s8", small, [x8, x8], x8, (x, y, m) =>
                IntegerNorm.Gradient<sbyte, sbyte, sbyte>(x[0].Span<sbyte>(), x[1].Span<sbyte>(), columns, by, first, second, third, 0, y.Span<sbyte>(), 8, 0, Rounding.Stochastic, Draw, m));
        }
    }

    private static int[] Numbers(int count, int size)
    {
        Rng rng = new Rng(1).Split("numbers");
        return [.. Enumerable.Range(0, count).Select(_ => rng.NextInt(-size, size + 1))];
    }

    private static KernelRow Row(string kernel, bool small, KernelValue[] inputs, KernelValue output, SpanKernel run) =>
        new($"{(small ? SmallPrefix : "")}{kernel}_{string.Join('x', inputs[0].Dims)}", () => new SpanStep(kernel, run), inputs, output) { Small = small };

    private delegate void SpanKernel(ReadOnlySpan<TensorView> inputs, TensorView output, ExecutionMode mode);

    // A kernel that no plan holds, in the shape that rows time.
    private sealed class SpanStep(string kernel, SpanKernel run) : Step
    {
        public override string Kernel => kernel;

        public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) => run(inputs, outputs[0], mode);
    }
}
